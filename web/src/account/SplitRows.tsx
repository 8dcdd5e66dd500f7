import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconCornerLeftUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { cyclesTransactionsGet, type Transaction } from '../api';
import { askList } from '../lib/ask';
import { count } from '../lib/format';
import { useRefresh } from '../lib/fresh';
import { StatusPill } from '../ui/StatusPill';
import { transactionStatus } from '../ui/status';

const shown = 50;

// SplitRows is where a transaction stands in the tree that splits make: what it is a row of, and the rows that it was split into.
export function SplitRows({ account, cycle, transaction }: { account: string; cycle: string; transaction: string }) {
  const { t } = useTranslation();
  const headers = { 'X-Cyclr-Account': account };
  const path = { id: cycle };
  const refetchInterval = useRefresh();
  const own = useQuery({ queryKey: [account, 'transactions', 'own', cycle, transaction], queryFn: () => askList(cyclesTransactionsGet({ headers, path, query: { text: transaction, pageSize: 1 } })), refetchInterval });
  const me = own.data?.items[0];
  const rows = useQuery({
    queryKey: [account, 'transactions', 'rows', cycle, transaction], enabled: me?.SplitType === 'Parent', refetchInterval,
    queryFn: () => askList(cyclesTransactionsGet({ headers, path, query: { parent: transaction, pageSize: shown, sortOrderAsc: 'true' } })),
  });
  if (!me || (!me.ParentTransactionId && !rows.data?.items.length)) return null;
  const total = rows.data?.total ?? rows.data?.items.length ?? 0;
  return (
    <>
      {me.ParentTransactionId && (
        <p className="pl-pad">
          <Link to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle, transaction: me.ParentTransactionId }}>
            <IconCornerLeftUp size={14} aria-hidden /> {t('transactions.parentOf')}
          </Link>
        </p>
      )}
      {!!rows.data?.items.length && (
        <>
          <div className="pl-title">{t('transactions.rowsOf', { n: count(total) })}</div>
          <ol className="pl-tree">
            {rows.data.items.map((x, i) => (
              <Row key={x.Id} account={account} row={x} place={i + 1} />
            ))}
          </ol>
          {total > shown && (
            <p className="pl-pad">
              <Link to="/a/$account/transactions" params={{ account }} search={{ parent: transaction } as never}>{t('transactions.allRows')}</Link>
            </p>
          )}
        </>
      )}
    </>
  );
}

function Row({ account, row, place }: { account: string; row: Transaction; place: number }) {
  const { t } = useTranslation();
  return (
    <li>
      <Link to="/a/$account/transactions/$cycle/$transaction" params={{ account, cycle: row.CycleId, transaction: row.Id }}>{t('transactions.row', { n: place })}</Link>
      <StatusPill status={transactionStatus(row)} />
    </li>
  );
}
