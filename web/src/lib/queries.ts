import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import {
  accountConnectorsAllGet, accountsAllGet, accountsGetGet, accountsSubAccountsGet, cyclesAllGet, cyclesAllIncidentsGet,
  cyclesAllTransactionsGet, cyclesTransactionGet, cyclesTransactionsGet, cyclesUpgradeableGet, recycleBinCyclesGet, templatesAllGet,
} from '../api';
import { ask, askList, askPages } from './ask';
import { useRefresh } from './fresh';

// What the pages read. Keys begin with the account, so that one account's data can be forgotten together.

export type PageOf = { page: number; size: number };

const query = (p: PageOf) => ({ page: p.page, pageSize: p.size });
const inAccount = (account: string) => ({ 'X-Cyclr-Account': account });

// useAccounts finds accounts of the first level by a part of name or API id, or with parent its sub accounts.
export const useAccounts = (search: string, p: PageOf, parent?: string, enabled = true) =>
  useQuery({
    enabled,
    queryKey: ['accounts', parent ?? '', 'list', search, p],
    queryFn: () => {
      const q = { ...query(p), ...(search ? { search } : {}), includeFigures: true, orderBy: 'Name', sortOrderAsc: 'true' as const };
      return askList(parent ? accountsSubAccountsGet({ path: { account: parent }, query: q }) : accountsAllGet({ query: q }));
    },
    placeholderData: keepPreviousData,
  });

export const useAccount = (account: string, enabled = true) =>
  useQuery({ queryKey: ['accounts', account], queryFn: () => ask(accountsGetGet({ path: { account } })), enabled, staleTime: 60_000 });

export type CyclesOf = { folder?: string; text?: string; by?: string; up?: boolean };

export const useCycles = (account: string, p: PageOf, { folder, text, by, up }: CyclesOf = {}) =>
  useQuery({
    queryKey: [account, 'cycles', { folder, text, by, up }, p],
    queryFn: () => askList(cyclesAllGet({ headers: inAccount(account), query: { ...query(p), includeDeleted: 'false', ...(folder ? { cycleFolderId: folder } : {}), ...(text ? { search: text } : {}), ...(by ? { orderBy: by, sortOrderAsc: up === false ? 'false' : 'true' } : {}) } })),
    placeholderData: keepPreviousData,
    refetchInterval: useRefresh(),
  });

// useBin is the account's deleted cycles, what was deleted last first.
export const useBin = (account: string, p: PageOf) =>
  useQuery({ queryKey: [account, 'bin', p], queryFn: () => askList(recycleBinCyclesGet({ headers: inAccount(account), query: query(p) })), placeholderData: keepPreviousData });

const named = (text?: string) => (text ? { search: text } : {});

export const useConnectors = (account: string, p: PageOf, text?: string) =>
  useQuery({
    queryKey: [account, 'connectors', p, text ?? ''],
    queryFn: () => askList(accountConnectorsAllGet({ headers: inAccount(account), query: { ...query(p), ...named(text) } })),
    placeholderData: keepPreviousData,
  });

// installedIn is all connectors of an account, for where one of them is chosen or looked up.
export const installedIn = (account: string) => ({
  queryKey: [account, 'connectors', 'all'], staleTime: 15_000,
  queryFn: () => askPages((at) => accountConnectorsAllGet({ headers: inAccount(account), query: { ...at, orderBy: 'Name' } })),
});

export const useTemplates = (account: string | undefined, p: PageOf, text?: string) =>
  useQuery({
    queryKey: [account ?? 'partner', 'templates', p, text ?? ''],
    queryFn: () => askList(templatesAllGet({ headers: account ? inAccount(account) : undefined, query: { ...query(p), ...named(text) } })),
    placeholderData: keepPreviousData,
  });

// useOffered is all that the partner has published.
export const useOffered = () => useQuery({ queryKey: ['partner', 'templates', 'offered'], queryFn: () => askPages((at) => templatesAllGet({ query: at })) });

export type TransactionFilter = { status?: string; cycle?: string; split?: string; code?: string; signature?: string; trouble?: string; waiting?: 'retry'; parent?: string; text?: string; sortBy?: string; sortOrderAsc?: 'true'; after?: string; before?: string };

export const useTransactions = (account: string, filter: TransactionFilter, p: PageOf) =>
  useQuery({
    queryKey: [account, 'transactions', filter, p],
    queryFn: () => {
      const { status, split: splitType, code, signature, trouble, waiting, parent, text, sortBy, sortOrderAsc, after, before } = filter;
      const given = Object.fromEntries(Object.entries({ status, splitType, code, signature, trouble, waiting, parent, text, sortBy, sortOrderAsc, after, before }).filter(([, v]) => v));
      const options = { headers: inAccount(account), query: { ...query(p), ...given } };
      return askList(filter.cycle ? cyclesTransactionsGet({ ...options, path: { id: filter.cycle } }) : cyclesAllTransactionsGet(options));
    },
    placeholderData: keepPreviousData,
    refetchInterval: useRefresh(),
  });

// useTransaction is the log of a run from its beginning, as far as it was asked for, and what failed last, wherever it stands.
export function useTransaction(account: string, cycle: string, transaction: string) {
  const key = [account, 'transaction', cycle, transaction];
  const refetchInterval = useRefresh();
  const read = (more: { sortOrderAsc: 'true' | 'false'; cursor?: string }) =>
    askList(cyclesTransactionGet({ headers: inAccount(account), path: { id: cycle, transaction }, query: { pageSize: 100, ...more } }));
  const log = useInfiniteQuery({
    queryKey: [...key, 'log'], initialPageParam: '', refetchInterval,
    queryFn: ({ pageParam }) => read({ sortOrderAsc: 'true', ...(pageParam ? { cursor: pageParam } : {}) }),
    getNextPageParam: (last) => last.next || undefined,
  });
  const latest = useQuery({ queryKey: [...key, 'latest'], enabled: log.hasNextPage, refetchInterval, queryFn: () => read({ sortOrderAsc: 'false' }) });
  const items = useMemo(() => log.data?.pages.flatMap((p) => p.items), [log.data]);
  const failed = (log.hasNextPage ? latest.data?.items.find((s) => s.Status === 'Failed') : undefined) ?? items?.findLast((s) => s.Status === 'Failed');
  return { ...log, items, failed, total: log.data?.pages[0]?.total ?? null };
}

export const useIncidents = (account: string, level: 'error' | 'warning', p: PageOf) =>
  useQuery({
    queryKey: [account, 'incidents', level, p],
    queryFn: () => askList(cyclesAllIncidentsGet({ headers: inAccount(account), path: { level }, query: query(p) })),
    placeholderData: keepPreviousData,
    refetchInterval: useRefresh(),
  });

// useUpgradeable is the ids of the cycles whose template has another live release than theirs.
export function useUpgradeable(account: string): Set<string> {
  const list = useQuery({ queryKey: [account, 'upgradeable'], queryFn: () => askPages((at) => cyclesUpgradeableGet({ headers: inAccount(account), query: at })), staleTime: 60_000 });
  return useMemo(() => new Set(list.data?.map((c) => c.Id)), [list.data]);
}
