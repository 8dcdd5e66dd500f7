import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { dropTasks } from '../ui/tasks';
import { Problem } from './ask';

export type Session = {
  UserName: string;
  Partner: string;
  Full: boolean;
  SecondFactor: boolean;
  NeedsSecondFactor: boolean;
  Rights: Record<string, 'None' | 'View' | 'Edit' | 'Manage'>;
  Account?: { Id: string; Name: string; Administrator: boolean; Timezone: string };
  Accounts?: { Id: string; Name: string }[];
  ApiUrl: string;
  ServiceUrl: string;
};

// CodeNeeded says that name and password were right, and the authenticator app's code is asked for, too.
export class CodeNeeded extends Problem {}

async function send(method: string, body?: unknown, path = '/session'): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    throw new Problem(0, e instanceof Error ? e.message : String(e), null);
  }
  if (!response.ok) {
    const said = (await response.json().catch(() => ({}))) as { Message?: string };
    if (response.headers.get('X-Second-Factor') === 'needed') throw new CodeNeeded(response.status, said.Message ?? '', response.headers.get('X-Request-Id'));
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

const last = 'console/last'; // who signed in last in this tab

export function useSignIn() {
  const queries = useQueryClient();
  return useCallback(
    async (userName: string, password: string, code: string) => {
      const session = (await (await send('POST', { UserName: userName, Password: password, Code: code })).json()) as Session;
      forgetAll(queries); // nothing of whoever was signed in before
      if (sessionStorage.getItem(last) !== session.UserName) dropTasks(); // who signs in again goes on with the own
      sessionStorage.setItem(last, session.UserName);
      queries.setQueryData(['session'], session);
      await queries.invalidateQueries({ queryKey: ['session'] });
    },
    [queries],
  );
}

// useChangeAccount goes to another account of the signed-in user.
export function useChangeAccount() {
  const queries = useQueryClient();
  return useCallback(
    async (account: string) => {
      const session = (await (await send('PUT', { Account: account })).json()) as Session;
      forgetAll(queries);
      dropTasks();
      queries.setQueryData(['session'], session);
      await queries.invalidateQueries({ queryKey: ['session'] });
    },
    [queries],
  );
}

export function useSignOut() {
  const queries = useQueryClient();
  return useCallback(async () => {
    await send('DELETE');
    dropTasks();
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

export type NewFactor = { Secret: string; Picture: string };

const factorPath = '/session/secondfactor';

export const beginSecondFactor = async () => (await (await send('POST', {}, factorPath)).json()) as NewFactor;

export const confirmSecondFactor = async (code: string) => ((await (await send('PUT', { Code: code }, factorPath)).json()) as { RecoveryCodes: string[] }).RecoveryCodes;

export const removeSecondFactor = (code: string) => send('DELETE', { Code: code }, factorPath);
