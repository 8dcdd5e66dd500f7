import { ActionIcon, Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconChevronDown, IconChevronRight, IconCornerLeftUp } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cyclesTransactionsGet, type Transaction } from '../api';
import { askList } from '../lib/ask';
import { count } from '../lib/format';
import { useRefresh } from '../lib/fresh';
import { ErrorPanel } from '../ui/ErrorPanel';
import { StatusPill } from '../ui/StatusPill';
import { transactionStatus } from '../ui/status';

const shown = 50;
const deepest = 12; // how far up it is looked for the first

const read = async (account: string, cycle: string, id: string) => (await askList(cyclesTransactionsGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle }, query: { text: id, pageSize: 1 } }))).items.find((x) => x.Id === id);

// SplitRows is where a transaction stands in the tree that splits make: what it is a row of, up to the first, and the rows that it
// was split into, which may have been split themselves.
export function SplitRows({ account, cycle, transaction }: { account: string; cycle: string; transaction: string }) {
  const { t } = useTranslation();
  const refetchInterval = useRefresh();
  const own = useQuery({ queryKey: [account, 'transactions', 'own', cycle, transaction], queryFn: async () => (await read(account, cycle, transaction)) ?? null, refetchInterval });
  const me = own.data;
  const parent = me?.ParentTransactionId;
  const above = useQuery({
    queryKey: [account, 'transactions', 'above', cycle, transaction], enabled: !!parent,
    queryFn: async () => {
      const list: string[] = [];
      for (let id = parent; id && list.length < deepest; id = (await read(account, cycle, id))?.ParentTransactionId) list.unshift(id);
      return list;
    },
  });
  if (!me || (!parent && !me.IsSplit)) return null;
  return (
    <>
      {parent && (
        <nav className="pl-pad pl-above" aria-label={t('transactions.above')}>
          {(above.data ?? [parent]).map((id, i, all) => (
            <Link key={id} to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle, transaction: id }}>
              <IconCornerLeftUp size={14} aria-hidden /> {i === all.length - 1 ? t('transactions.parentOf') : t('transactions.aboveOf', { n: all.length - i })}
            </Link>
          ))}
        </nav>
      )}
      {me.IsSplit && <Rows account={account} cycle={cycle} transaction={transaction} first />}
    </>
  );
}

// Rows are what a transaction was split into, in the order of its list.
function Rows({ account, cycle, transaction, first = false }: { account: string; cycle: string; transaction: string; first?: boolean }) {
  const { t } = useTranslation();
  const refetchInterval = useRefresh();
  const rows = useInfiniteQuery({
    queryKey: [account, 'transactions', 'rows', cycle, transaction], initialPageParam: '', refetchInterval,
    queryFn: ({ pageParam }) =>
      askList(cyclesTransactionsGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle }, query: { parent: transaction, pageSize: shown, sortOrderAsc: 'true', ...(pageParam ? { cursor: pageParam } : {}) } })),
    getNextPageParam: (last) => last.next || undefined,
  });
  if (rows.error && !rows.data) return <ErrorPanel what={t('transactions.rows')} error={rows.error} retry={rows.refetch} inline />;
  const items = rows.data?.pages.flatMap((p) => p.items) ?? [];
  const total = rows.data?.pages[0]?.total;
  return (
    <>
      {first && <div className="pl-title">{t('transactions.rowsOf', { n: total == null ? `${count(items.length)}${rows.hasNextPage ? '+' : ''}` : count(total) })}</div>}
      <ol className="pl-tree">
        {items.map((x, i) => (
          <Row key={x.Id} account={account} row={x} place={i + 1} />
        ))}
      </ol>
      {rows.hasNextPage && (
        <p className="pl-pad">
          <Button size="xs" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>{t('transactions.more')}</Button>{' '}
          {first && <Link to="/a/$account/transactions" params={{ account }} search={{ parent: transaction } as never}>{t('transactions.allRows')}</Link>}
        </p>
      )}
    </>
  );
}

function Row({ account, row, place }: { account: string; row: Transaction; place: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <li>
      <div>
        {row.IsSplit && (
          <ActionIcon size={24} aria-expanded={open} aria-label={t('transactions.rowsOfRow', { n: place })} onClick={() => setOpen(!open)}>
            <Chevron size={14} />
          </ActionIcon>
        )}
        <Link to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle: row.CycleId, transaction: row.Id }}>{t('transactions.row', { n: place })}</Link>
        <StatusPill status={transactionStatus(row)} />
      </div>
      {open && <Rows account={account} cycle={row.CycleId} transaction={row.Id} />}
    </li>
  );
}
