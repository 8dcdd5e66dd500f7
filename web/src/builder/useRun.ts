import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { cyclesTransactionGet, cyclesTransactionsGet, type TransactionItem } from '../api';
import { askAll, askList } from '../lib/ask';
import { useLive } from '../lib/live';

// most bounds the entries of one run that are laid over the canvas, mostRows the rows of a split that are, with those of rows.
const most = 3000;
const mostRows = 30;

// useRun reads a run, and follows it as long as it goes on. Rows of a list that was split are runs of their own; what they
// did is shown with what the run itself did.
export function useRun(account: string, cycle: string, id: string | undefined) {
  const queries = useQueryClient();
  const headers = { 'X-Cyclr-Account': account };
  const query = useQuery({
    queryKey: [account, 'run', cycle, id], enabled: !!id,
    queryFn: async () => {
      const run = id as string;
      const rowsOf = async (parent: string) => (await askList(cyclesTransactionsGet({ headers, path: { id: cycle }, query: { parent, pageSize: mostRows } }))).items;
      const [own, rows] = await Promise.all([askList(cyclesTransactionsGet({ headers, path: { id: cycle }, query: { text: run, pageSize: 1 } })), rowsOf(run)]);
      // Rows may have been split, too.
      for (let i = 0; i < rows.length && rows.length < mostRows; i++) if (rows[i]?.IsSplit) rows.push(...(await rowsOf(rows[i]!.Id)).slice(0, mostRows - rows.length));
      const logs = await Promise.all(
        [run, ...rows.map((x) => x.Id)].map((transaction) =>
          askAll((cursor) => cyclesTransactionGet({ headers, path: { id: cycle, transaction }, query: { pageSize: 300, sortOrderAsc: 'true', ...(cursor ? { cursor } : {}) } }), most),
        ),
      );
      const items: TransactionItem[] = logs.flat().sort((a, b) => Date.parse(a.CreatedOnUtc) - Date.parse(b.CreatedOnUtc));
      return { items, transaction: own.items.find((x) => x.Id === run), rows };
    },
  });
  const soon = useRef<ReturnType<typeof setTimeout> | null>(null);
  const refresh = useCallback(() => {
    soon.current ??= setTimeout(() => {
      soon.current = null;
      void queries.invalidateQueries({ queryKey: [account, 'run', cycle] });
      void queries.invalidateQueries({ queryKey: [account, 'sample', cycle] }); // what came with it is the sample by now
    }, 120);
  }, [queries, account, cycle]);
  useEffect(() => () => void (soon.current && clearTimeout(soon.current)), []);
  return { ...query, refresh };
}

// latestRun is the run of a cycle that began last.
export async function latestRun(account: string, cycle: string): Promise<string | null> {
  const last = (await askList(cyclesTransactionsGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle }, query: { pageSize: 1 } }))).items[0];
  return last ? (last.ParentTransactionId ?? last.Id) : null;
}

// useFollow hears what happens to a cycle: the next run that begins while one waits for it, and all that a run does. What came
// before one listened, or was missed, is looked for once. waiting tells which run was the last before.
export function useFollow(account: string, cycle: string, enabled: boolean, waiting: { after: string | null } | null, began: (run: string) => void, changed: () => void) {
  const queries = useQueryClient();
  const [connected, setConnected] = useState(true);
  const awaited = useRef(waiting);
  awaited.current = waiting;
  const look = async () => {
    changed();
    void queries.invalidateQueries({ queryKey: [account, 'cycle', cycle] });
    const since = awaited.current;
    const last = since && (await latestRun(account, cycle).catch(() => null));
    if (since && last && last !== since.after && awaited.current === since) began(last);
  };
  useLive(
    account, enabled,
    (e) => {
      if (e.event === 'reset') return void look();
      if (e.data.CycleId !== cycle) return;
      if (e.event === 'cycle') void queries.invalidateQueries({ queryKey: [account, 'cycle', cycle] });
      if ((e.event === 'transaction' || e.event === 'step') && waiting) began(String(e.data.TransactionId));
      changed();
    },
    (now) => {
      setConnected(now);
      if (now) void look();
    },
  );
  return connected;
}
