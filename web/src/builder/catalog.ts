import { useQueries, useQuery } from '@tanstack/react-query';
import { type AccountConnector, connectorsMethodsGet, type Method } from '../api';
import { ask } from '../lib/ask';
import { installedIn } from '../lib/queries';

// What can become a step: the tools, and the methods of the account's connectors.

export const tools = ['Decision', 'Switch', 'Delay', 'WaitUntil', 'WaitAll', 'SynchronousResponse', 'Annotation'] as const;

export type Tool = (typeof tools)[number];

export type Piece = { kind: 'tool'; tool: Tool } | { kind: 'method'; connector: AccountConnector; method: Method };

export const pieceKey = (p: Piece) => (p.kind === 'tool' ? p.tool : `${p.connector.Id} ${p.method.MethodUniqueIdentifier}`);

export const useInstalled = (account: string) => useQuery(installedIn(account));

const methodsOf = (account: string, ac: AccountConnector) => ({
  queryKey: [account, 'methods', ac.Connector.Id, ac.Connector.Release],
  staleTime: 300_000,
  queryFn: async () => (await ask(connectorsMethodsGet({ headers: { 'X-Cyclr-Account': account }, path: { connector: String(ac.Connector.Id || ac.Connector.Name) } }))) ?? [],
});

export const useMethods = (account: string, ac: AccountConnector, enabled: boolean) => useQuery({ ...methodsOf(account, ac), enabled });

// usePieces is everything at once, for where it is searched.
export function usePieces(account: string, enabled: boolean): { pieces: Piece[]; loading: boolean } {
  const installed = useInstalled(account);
  const methods = useQueries({ queries: (enabled ? (installed.data ?? []) : []).map((ac) => methodsOf(account, ac)) });
  const pieces: Piece[] = tools.map((tool) => ({ kind: 'tool', tool }));
  (installed.data ?? []).forEach((connector, i) => {
    for (const method of methods[i]?.data ?? []) pieces.push({ kind: 'method', connector, method });
  });
  return { pieces, loading: installed.isLoading || methods.some((m) => m.isLoading) };
}

// verbOf is the first word of what a method does, as it is drawn before its name.
export function verbOf(method: Method): string {
  if (method.MethodType === 'Webhook') return 'When';
  const first = method.Name.split(' ')[0] ?? '';
  return /^(get|list|create|update|delete|find|search|add|remove|send|upsert|new|updated)$/i.test(first) ? first : method.MethodType === 'Script' ? 'Script' : 'Do';
}
