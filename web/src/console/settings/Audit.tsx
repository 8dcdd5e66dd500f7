import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconHistory } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Audit, auditGet } from '../../api';
import { useActorName } from '../../lib/actors';
import { askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { endOf, firstOf, ownZone } from '../../lib/zone';
import { actionWords } from '../../text/audit';
import { DataTable } from '../../ui/DataTable';
import { DayField } from '../../ui/DayField';
import { EmptyState } from '../../ui/EmptyState';
import { AccountChoice } from '../AccountChoice';
import { CsvButton } from '../reports/CsvButton';

// AuditLog is who changed what, the newest first.
export function AuditLog() {
  const { t } = useTranslation();
  const { search, set, at, pager } = useListSearch();
  const { data: session } = useSession();
  const nameOf = useActorName();
  // Days are those of the zone in which the times are shown.
  const from = firstOf(search.from, ownZone);
  const to = endOf(search.to, ownZone);
  const query = { ...(search.account ? { account: search.account } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) };
  const fetch = (page: number, pageSize: number) => askList(auditGet({ query: { ...query, page, pageSize } }));
  const list = useQuery({ queryKey: ['audit', query, at], queryFn: () => fetch(at.page, at.size), placeholderData: keepPreviousData });
  const first = { page: undefined };
  return (
    <>
      <div className="pl-filters">
        {may(session, 'Accounts') && <AccountChoice bare width={240} any={t('reports.anyAccount')} value={search.account ?? null} change={(account) => set({ account: account ?? undefined, ...first })} />}
        <DayField zone={ownZone} value={search.from} change={(from) => set({ from, ...first })} />
        <DayField end zone={ownZone} value={search.to} change={(to) => set({ to, ...first })} />
        <CsvButton<Audit> name="audit" page={fetch} head={['CreatedOnUtc', 'Actor', 'Action', 'Subject', 'SubjectId', 'Comment', 'AccountId']} row={(e) => [e.CreatedOnUtc, e.Actor, e.Action, e.Subject, e.SubjectId, e.Comment, e.AccountId ?? '']} />
      </div>
      <DataTable
        label={t('settings.audit')}
        columns={[
          { key: 'who', head: t('audit.who'), phone: 'title', cell: (e: Audit) => <strong title={e.Actor}>{nameOf(e.Actor)}</strong> },
          { key: 'what', head: t('audit.what'), cell: (e) => <span title={e.Action}>{actionWords(e.Action, t)}</span> },
          { key: 'subject', head: t('audit.subject'), wide: true, cell: (e) => [e.SubjectId, e.Comment].filter(Boolean).join(', ') },
          { key: 'account', head: t('accounts.account'), phone: 'hide', cell: (e) => e.AccountId ?? '' },
          { key: 'when', head: t('incidents.when'), number: true, cell: (e) => <time title={exact(e.CreatedOnUtc, ownZone)}>{when(e.CreatedOnUtc, ownZone)}</time> },
        ]}
        rows={list.data?.items}
        rowKey={(e) => `${e.CreatedOnUtc}/${e.Action}/${e.SubjectId}`}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        empty={
          Object.keys(query).length > 0 ? (
            <EmptyState icon={IconHistory} title={t('audit.noMatch')} text={t('audit.noMatchText')}>
              <Button onClick={() => set({ account: undefined, from: undefined, to: undefined, ...first })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconHistory} title={t('audit.none')} text={t('audit.noneText')} />
          )
        }
      />
    </>
  );
}
