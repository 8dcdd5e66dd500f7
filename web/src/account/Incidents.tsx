import { SegmentedControl } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Incident } from '../api';
import { exact, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useAccount, useIncidents } from '../lib/queries';
import { useSession } from '../lib/session';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';

// Incidents lists what went wrong in an account.
export function Incidents() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useAccount(account, !session?.Account).data?.Timezone;
  const { search, set, at, pager } = useListSearch();
  const level = search.level ?? 'error';
  const list = useIncidents(account, level, at);
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
            <LinkButton size="xs" to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle: i.CycleId, transaction: i.TransactionId }} aria-label={`${t('incidents.open')}, ${i.ShortMessage}`}>
              {t('incidents.open')}
            </LinkButton>
          )
        }
        empty={<EmptyState icon={IconCircleCheck} title={t('incidents.none')} text={t('incidents.noneText')} />}
      />
    </>
  );
}
