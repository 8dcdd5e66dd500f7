import { Button, SegmentedControl } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Incident } from '../api';
import { exact, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useIncidents } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { useZone } from '../lib/zone';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';
import { ResubmitMany } from './ResubmitMany';

// Incidents lists what went wrong in an account.
export function Incidents() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useZone(account);
  const { search, set, at, pager } = useListSearch();
  const level = search.level ?? 'error';
  const list = useIncidents(account, level, at);
  const [like, setLike] = useState<Incident | null>(null);
  const edit = may(session, 'OpenAccount', 'Edit');
  const columns: Column<Incident>[] = [
    {
      key: 'message', head: t('incidents.message'), wide: true, phone: 'title',
      cell: (i) => (
        <span title={i.FullMessage}>
          <strong>{i.ShortMessage}</strong>
          <span className="pl-sub">
            {i.CycleName}
            {i.StepName ? `, ${i.StepName}` : ''}
          </span>
        </span>
      ),
    },
    { key: 'code', head: t('incidents.code'), phone: 'hide', cell: (i) => <code>{i.Code}</code> },
    { key: 'when', head: t('incidents.when'), number: true, cell: (i) => <time title={exact(i.CreatedOnUtc, zone)}>{when(i.CreatedOnUtc, zone)}</time> },
  ];
  return (
    <>
      <PageHead title={t('incidents.title')} lead={t('incidents.lead')} />
      <div className="pl-filters">
        <SegmentedControl
          aria-label={t('incidents.level')}
          data={[{ value: 'error', label: t('incidents.error') }, { value: 'warning', label: t('incidents.warning') }]}
          value={level}
          onChange={(v) => set({ level: v === 'warning' ? 'warning' : undefined, page: undefined })}
        />
      </div>
      <DataTable
        label={t('nav.incidents')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(i) => String(i.Id)}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(i) =>
          i.TransactionId && (
            <>
            {i.IncidentLevel === 'Error' && (
              <LinkButton size="xs" to="/a/$account/transactions" params={{ account }} search={{ cycle: i.CycleId, signature: i.Signature } as never} aria-label={`${t('transactions.like')}, ${i.ShortMessage}`}>
                {t('transactions.like')}
              </LinkButton>
            )}
            {edit && i.IncidentLevel === 'Error' && (
              <Button size="xs" onClick={() => setLike(i)} aria-label={`${t('resubmit.like')}, ${i.ShortMessage}`}>
                {t('resubmit.like')}
              </Button>
            )}
            <LinkButton size="xs" to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle: i.CycleId, transaction: i.TransactionId }} aria-label={`${t('incidents.open')}, ${i.ShortMessage}`}>
              {t('incidents.open')}
            </LinkButton>
            </>
          )
        }
        empty={<EmptyState icon={IconCircleCheck} title={t('incidents.none')} text={t('incidents.noneText')} />}
      />
      {like && (
        <ResubmitMany
          account={account}
          preset={{ cycle: like.CycleId, signature: like.Signature }}
          close={() => setLike(null)}
        />
      )}
    </>
  );
}
