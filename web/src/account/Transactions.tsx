import { Button, Select } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { IconArrowsShuffle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Transaction } from '../api';
import { count, exact, took, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useAccount, useCycles, useTransactions } from '../lib/queries';
import { useSession } from '../lib/session';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';
import { StatusPill } from '../ui/StatusPill';
import { transactionStatus } from '../ui/status';

const statuses = ['Queued', 'InProgress', 'Waiting', 'Completed', 'Errored', 'Stopped'] as const;
const wordOf = { Queued: 'queued', InProgress: 'inProgress', Waiting: 'waiting', Completed: 'completed', Errored: 'failed', Stopped: 'stopped' };

// Transactions lists the runs of an account, or of one of its cycles.
export function Transactions() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useAccount(account, !session?.Account).data?.Timezone;
  const { search, set, at, pager } = useListSearch();
  const list = useTransactions(account, search, at);
  const cycles = useCycles(account, { page: 1, size: 100 });
  const number = (n: number, bad: string) => <span className={n === 0 ? 'pl-zero' : bad}>{count(n)}</span>;
  const link = (x: Transaction) => ({ to: '/a/$account/transactions/$cycle/$transaction' as const, params: { account, cycle: x.CycleId, transaction: x.Id } });
  const columns: Column<Transaction>[] = [
    { key: 'status', head: t('transactions.status'), phone: 'title', cell: (x) => <StatusPill status={transactionStatus(x)} /> },
    {
      key: 'cycle', head: t('transactions.cycle'), wide: true, phone: 'title',
      cell: (x) => (
        <span className="pl-name">
          <Link {...link(x)}>{x.CycleName}</Link>
          {x.SplitType !== 'Unsplit' && <span className="pl-pill pl-off">{t(`transactions.splits.${x.SplitType}`)}</span>}
        </span>
      ),
    },
    { key: 'errors', head: t('transactions.errors'), number: true, cell: (x) => number(x.ErrorCount, 'pl-bad') },
    { key: 'warnings', head: t('transactions.warnings'), number: true, cell: (x) => number(x.WarningCount, 'pl-warn') },
    { key: 'started', head: t('transactions.started'), number: true, cell: (x) => <time title={exact(x.CreatedOnUtc, zone)}>{when(x.CreatedOnUtc, zone)}</time> },
    { key: 'took', head: t('transactions.took'), number: true, cell: (x) => took(x.CreatedOnUtc, x.CompletedOnUtc) },
  ];
  const filtered = !!search.status || !!search.cycle;
  return (
    <>
      <PageHead title={t('transactions.title')} lead={t('transactions.lead')} />
      <div className="pl-filters">
        <Select
          w={200}
          aria-label={t('transactions.status')}
          data={[{ value: '', label: t('transactions.all') }, ...statuses.map((s) => ({ value: s, label: t(`status.${wordOf[s]}`) }))]}
          value={search.status ?? ''}
          allowDeselect={false}
          onChange={(v) => set({ status: v || undefined, page: undefined })}
        />
        <Select
          w={280}
          aria-label={t('transactions.cycle')}
          searchable
          data={[{ value: '', label: t('transactions.allCycles') }, ...(cycles.data?.items ?? []).map((c) => ({ value: c.Id, label: c.Name }))]}
          value={search.cycle ?? ''}
          allowDeselect={false}
          onChange={(v) => set({ cycle: v || undefined, page: undefined })}
        />
      </div>
      <DataTable
        label={t('nav.transactions')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(x) => x.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(x) => (
          <LinkButton size="xs" {...link(x)} aria-label={`${t('transactions.show')}, ${x.CycleName}, ${when(x.CreatedOnUtc, zone)}`}>
            {t('transactions.show')}
          </LinkButton>
        )}
        empty={
          filtered ? (
            <EmptyState icon={IconArrowsShuffle} title={t('transactions.noneFiltered')} text={t('transactions.noneFilteredText')}>
              <Button onClick={() => set({ status: undefined, cycle: undefined, page: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconArrowsShuffle} title={t('transactions.none')} text={t('transactions.noneText')} />
          )
        }
      />
    </>
  );
}
