import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { Problem } from './ask';

export type Session = {
  UserName: string;
  Partner: string;
  Full: boolean;
  Rights: Record<string, 'None' | 'View' | 'Edit' | 'Manage'>;
  Account?: { Id: string; Name: string };
  ApiUrl: string;
  ServiceUrl: string;
};

async function send(method: string, body?: unknown): Promise<Response> {
  let response: Response;
  try {
    response = await fetch('/session', {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    throw new Problem(0, e instanceof Error ? e.message : String(e), null);
  }
  if (!response.ok) {
    const said = (await response.json().catch(() => ({}))) as { Message?: string };
    throw new Problem(response.status, said.Message ?? '', response.headers.get('X-Request-Id'));
  }
  return response;
}

// useSession tells who is signed in; null is nobody.
export function useSession() {
  return useQuery({
    queryKey: ['session'],
    staleTime: 60_000,
    queryFn: async (): Promise<Session | null> => {
      try {
        return (await (await send('GET')).json()) as Session;
      } catch (e) {
        if (e instanceof Problem && e.status === 401) return null;
        throw e;
      }
    },
  });
}

function forgetAll(queries: QueryClient) {
  queries.removeQueries({ predicate: (q) => q.queryKey[0] !== 'session' });
}

export function useSignIn() {
  const queries = useQueryClient();
  return useCallback(
    async (userName: string, password: string) => {
      const session = (await (await send('POST', { UserName: userName, Password: password })).json()) as Session;
      forgetAll(queries); // nothing of whoever was signed in before
      queries.setQueryData(['session'], session);
    },
    [queries],
  );
}

export function useSignOut() {
  const queries = useQueryClient();
  return useCallback(async () => {
    await send('DELETE');
    queries.setQueryData(['session'], null);
    forgetAll(queries);
  }, [queries]);
}

// may says whether the signed-in person has a right in an area.
export function may(session: Session | null | undefined, area: string, level: 'View' | 'Edit' | 'Manage' = 'View'): boolean {
  if (!session) return false;
  if (session.Full || session.Account) return true;
  const order = ['None', 'View', 'Edit', 'Manage'];
  return order.indexOf(session.Rights[area] ?? 'None') >= order.indexOf(level);
}
