import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { cyclesTransactionGet, cyclesTransactionsGet, type TransactionItem } from '../api';
import { askList } from '../lib/ask';
import { useLive } from '../lib/live';

// useRun reads a run, and follows it as long as it goes on. Rows of a list that was split are runs of their own; what they
// did is shown with what the run itself did.
export function useRun(account: string, cycle: string, id: string | undefined) {
  const queries = useQueryClient();
  const headers = { 'X-Cyclr-Account': account };
  const query = useQuery({
    queryKey: [account, 'run', cycle, id], enabled: !!id,
    queryFn: async () => {
      const run = id as string;
      const list = (await askList(cyclesTransactionsGet({ headers, path: { id: cycle }, query: { pageSize: 100 } }))).items;
      const rows = list.filter((x) => x.ParentTransactionId === run).slice(0, 20);
      const logs = await Promise.all(
        [run, ...rows.map((x) => x.Id)].map((transaction) => askList(cyclesTransactionGet({ headers, path: { id: cycle, transaction }, query: { pageSize: 300, sortOrderAsc: 'true' } }))),
      );
      const items: TransactionItem[] = logs.flatMap((l) => l.items).sort((a, b) => Date.parse(a.CreatedOnUtc) - Date.parse(b.CreatedOnUtc));
      return { items, transaction: list.find((x) => x.Id === run), rows };
    },
  });
  const soon = useRef<ReturnType<typeof setTimeout> | null>(null);
  const refresh = useCallback(() => {
    soon.current ??= setTimeout(() => {
      soon.current = null;
      void queries.invalidateQueries({ queryKey: [account, 'run', cycle] });
    }, 120);
  }, [queries, account, cycle]);
  useEffect(() => () => void (soon.current && clearTimeout(soon.current)), []);
  return { ...query, refresh };
}

// useFollow hears what happens to a cycle: the next run that begins while one waits for it, and all that a run does.
export function useFollow(account: string, cycle: string, enabled: boolean, waiting: boolean, began: (run: string) => void, changed: () => void) {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(true);
  useLive(
    account, enabled,
    (e) => {
      if (e.data.CycleId !== cycle) return;
      if (e.event === 'cycle') void queries.invalidateQueries({ queryKey: [account, 'cycle', cycle] });
      if ((e.event === 'transaction' || e.event === 'step') && waiting) began(String(e.data.TransactionId));
      changed();
    },
    setConnected,
  );
  return connected;
}
