import { TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconHistory } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Audit, auditGet } from '../../api';
import { askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { actionWords } from '../../text/audit';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { SearchBox } from '../../ui/SearchBox';

// AuditLog is who changed what, the newest first.
export function AuditLog() {
  const { t } = useTranslation();
  const { search, set, at, pager } = useListSearch();
  const list = useQuery({
    queryKey: ['audit', search.account, search.from, search.to, at],
    queryFn: () =>
      askList(auditGet({ query: { page: at.page, pageSize: at.size, ...(search.account ? { account: search.account } : {}), ...(search.from ? { from: search.from } : {}), ...(search.to ? { to: search.to } : {}) } })),
    placeholderData: keepPreviousData,
  });
  const first = { page: undefined };
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('audit.account')} value={search.account ?? ''} change={(account) => set({ account: account || undefined, ...first })} />
        <TextInput type="date" aria-label={t('transactions.from')} title={t('transactions.from')} value={search.from ?? ''} onChange={(e) => set({ from: e.currentTarget.value || undefined, ...first })} />
        <TextInput type="date" aria-label={t('transactions.to')} title={t('transactions.to')} value={search.to ?? ''} onChange={(e) => set({ to: e.currentTarget.value || undefined, ...first })} />
      </div>
      <DataTable
        label={t('settings.audit')}
        columns={[
          { key: 'who', head: t('audit.who'), phone: 'title', cell: (e: Audit) => <strong>{e.Actor}</strong> },
          { key: 'what', head: t('audit.what'), cell: (e) => <span title={e.Action}>{actionWords(e.Action, t)}</span> },
          { key: 'subject', head: t('audit.subject'), wide: true, cell: (e) => [e.SubjectId, e.Comment].filter(Boolean).join(', ') },
          { key: 'account', head: t('accounts.account'), phone: 'hide', cell: (e) => e.AccountId ?? '' },
          { key: 'when', head: t('incidents.when'), number: true, cell: (e) => <time title={exact(e.CreatedOnUtc, undefined)}>{when(e.CreatedOnUtc, undefined)}</time> },
        ]}
        rows={list.data?.items}
        rowKey={(e) => `${e.CreatedOnUtc}/${e.Action}/${e.SubjectId}`}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        empty={<EmptyState icon={IconHistory} title={t('audit.none')} text={t('audit.noneText')} />}
      />
    </>
  );
}
