import { Button } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { IconArrowsShuffle, IconRotateClockwise, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Transaction } from '../api';
import { count, exact, took, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useTransactions } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { utcOf, useZone } from '../lib/zone';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';
import { StatusPill } from '../ui/StatusPill';
import { transactionStatus } from '../ui/status';
import { RemoveMany } from './RemoveTransactions';
import { ResubmitMany } from './ResubmitMany';
import { TransactionFilters } from './transactionFilters';

const sortable = ['Status', 'ErrorCount', 'WarningCount', 'CreatedOnUtc']; // of any number of transactions

// Transactions lists the runs of an account, or of one of its cycles.
export function Transactions() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useZone(account);
  const { search, set, at, pager } = useListSearch();
  const period = { after: utcOf(search.from, zone), before: utcOf(search.to, zone) };
  // The order stands in the address as the column's name, with a minus in front when the greatest comes first.
  const order = search.sort && sortable.includes(search.sort.replace(/^-/, '')) ? search.sort : '-CreatedOnUtc';
  const sorting = { by: order.replace(/^-/, ''), up: !order.startsWith('-'), set: (by: string, up: boolean) => set({ sort: by === 'CreatedOnUtc' && !up ? undefined : `${up ? '' : '-'}${by}`, page: undefined }) };
  const sorted = { sortBy: sorting.by === 'CreatedOnUtc' ? undefined : sorting.by, sortOrderAsc: sorting.up ? ('true' as const) : undefined };
  const list = useTransactions(account, { ...sorted, text: search.q, status: search.status, cycle: search.cycle, split: search.split, code: search.code, signature: search.signature, trouble: search.trouble, waiting: search.waiting === 'retry' ? 'retry' : undefined, parent: search.parent, ...period }, at);
  const [many, setMany] = useState(false);
  const [removing, setRemoving] = useState(false);
  const edit = may(session, 'OpenAccount', 'Edit');
  const number = (n: number, bad: string) => <span className={n === 0 ? 'pl-zero' : bad}>{count(n)}</span>;
  const link = (x: Transaction) => ({ to: '/a/$account/transactions/$cycle/$transaction' as const, params: { account, cycle: x.CycleId, transaction: x.Id } });
  const columns: Column<Transaction>[] = [
    { key: 'status', head: t('transactions.status'), phone: 'title', sort: 'Status', cell: (x) => (
        <span className="pl-name">
          <StatusPill status={transactionStatus(x)} />
          {x.WaitingReason && (
            <span className="pl-dim" title={x.NextRetryOnUtc ? exact(x.NextRetryOnUtc, zone) : undefined}>
              {x.NextRetryOnUtc ? t('transactions.waitsUntil', { why: t(`transactions.waits.${x.WaitingReason}`), at: when(x.NextRetryOnUtc, zone) }) : t(`transactions.waits.${x.WaitingReason}`)}
            </span>
          )}
        </span>
      ),
    },
    {
      key: 'cycle', head: t('transactions.cycle'), wide: true, phone: 'title',
      cell: (x) => (
        <span className="pl-name">
          <Link {...link(x)}>{x.CycleName}</Link>
          {x.IsSplit && (
            <Link to="." search={{ parent: x.Id } as never} className="pl-pill pl-off" title={t('transactions.rows')}>
              {t('transactions.splits.Parent')}
            </Link>
          )}
          {x.SplitType === 'Child' && x.ParentTransactionId && (
            <Link to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle: x.CycleId, transaction: x.ParentTransactionId }} className="pl-pill pl-off" title={t('transactions.parentOf')}>
              {t('transactions.splits.Child')}
            </Link>
          )}
        </span>
      ),
    },
    { key: 'errors', head: t('transactions.errors'), number: true, sort: 'ErrorCount', cell: (x) => number(x.ErrorCount, 'pl-bad') },
    { key: 'warnings', head: t('transactions.warnings'), number: true, sort: 'WarningCount', cell: (x) => number(x.WarningCount, 'pl-warn') },
    { key: 'retries', head: t('transactions.retries'), number: true, cell: (x) => number(x.RetryCount, 'pl-warn') },
    { key: 'started', head: t('transactions.started'), number: true, sort: 'CreatedOnUtc', cell: (x) => <time title={exact(x.CreatedOnUtc, zone)}>{when(x.CreatedOnUtc, zone)}</time> },
    { key: 'took', head: t('transactions.took'), number: true, cell: (x) => took(x.CreatedOnUtc, x.CompletedOnUtc) },
  ];
  const filtered = !!(search.q || search.status || search.cycle || search.split || search.code || search.signature || search.from || search.to || search.trouble || search.parent || search.waiting);
  return (
    <>
      <PageHead title={t('transactions.title')} lead={zone ? t('transactions.leadZone', { zone }) : t('transactions.lead')}>
        {edit && (
          <Button leftSection={<IconRotateClockwise size={14} />} onClick={() => setMany(true)}>
            {t('resubmit.title')}
          </Button>
        )}
        {edit && (
          <Button leftSection={<IconTrash size={14} />} onClick={() => setRemoving(true)}>
            {t('remove.title')}
          </Button>
        )}
      </PageHead>
      <TransactionFilters account={account} zone={zone} />
      <DataTable
        label={t('nav.transactions')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(x) => x.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        sorting={sorting}
        actions={(x) => (
          <LinkButton size="xs" {...link(x)} aria-label={`${t('transactions.show')}, ${x.CycleName}, ${when(x.CreatedOnUtc, zone)}`}>
            {t('transactions.show')}
          </LinkButton>
        )}
        empty={
          filtered ? (
            <EmptyState icon={IconArrowsShuffle} title={t('transactions.noneFiltered')} text={t('transactions.noneFilteredText')}>
              <Button onClick={() => set({ q: undefined, status: undefined, cycle: undefined, split: undefined, code: undefined, signature: undefined, from: undefined, to: undefined, trouble: undefined, parent: undefined, waiting: undefined, page: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconArrowsShuffle} title={t('transactions.none')} text={t('transactions.noneText')} />
          )
        }
      />
      {many && <ResubmitMany account={account} preset={{ cycle: search.cycle, code: search.code, signature: search.signature, ...period }} close={() => setMany(false)} />}
      {removing && <RemoveMany account={account} preset={{ cycle: search.cycle, status: search.waiting ? 'Waiting' : search.status, splitType: search.split, code: search.code, signature: search.signature, trouble: search.trouble, ...period }} narrowed={!!(search.q || search.parent)} close={() => setRemoving(false)} />}
    </>
  );
}
