import '../text/i18n';
import '../text/embedding';
import '../text/reports';
import '../text/workbench';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { cleanup, configure, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, vi } from 'vitest';
import { client } from '../api/client.gen';
import { readSearch } from '../lib/paging';
import type { Session } from '../lib/session';
import { theme } from '../ui/theme';
import { Toasts } from '../ui/Toasts';

// Components are tested in a document without a browser, on answers that the test gives.

// The machine may be busy with other tests.
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 20_000 });

client.setConfig({ baseUrl: 'http://test.example' });

window.matchMedia ??= ((media: string) => ({ matches: false, media, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {}, onchange: null, dispatchEvent: () => false })) as never;
window.ResizeObserver ??= class { observe() {} unobserve() {} disconnect() {} } as never;
Element.prototype.scrollIntoView ??= () => {};

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

export type Answers = Record<string, (url: URL, body: unknown) => unknown>;

export const refusal = (status: number, message = 'It was refused.') => new Response(JSON.stringify({ Message: message }), { status, headers: { 'Content-Type': 'application/json' } });
export const never = () => new Promise<Response>(() => {});

// serve answers what is asked for, by method and path with * for any part, and notes all of it.
export function serve(answers: Answers): string[] {
  const asked: string[] = [];
  const of = (key: string) => Object.entries(answers).find(([k]) => new RegExp(`^${k.replaceAll('*', '[^/]+')}$`).test(key))?.[1] ?? answers.other;
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const request = typeof input === 'string' ? new Request(new URL(input, 'http://test.example'), init) : input;
    const url = new URL(request.url);
    const text = await request.text();
    asked.push(`${request.method} ${url.pathname}${url.search}${text ? ` ${text}` : ''}`);
    const out = await of(`${request.method} ${url.pathname}`)?.(url, text ? JSON.parse(text) : undefined);
    return out instanceof Response ? out.clone() : out === undefined ? refusal(404, 'Nothing is here.') : new Response(JSON.stringify(out), { headers: { 'Content-Type': 'application/json' } });
  });
  return asked;
}

export const listed = (items: unknown[], headers: Record<string, string> = {}) => new Response(JSON.stringify(items), { headers: { 'Content-Type': 'application/json', ...headers } });

export const boss: Session = { UserName: 'boss', Partner: 'Stockwise', Full: true, SecondFactor: true, NeedsSecondFactor: false, Rights: {}, ApiUrl: 'http://test.example', ServiceUrl: 'http://test.example' };
export const userOf = (zone: string): Session => ({ ...boss, UserName: 'jo', Full: false, Account: { Id: 'acme', Name: 'Acme', Administrator: true, Timezone: zone } });

// page shows something as if it stood at an address, whose pattern has the parameters.
export function page(what: ReactNode, { at = '/', pattern = '/', session = boss }: { at?: string; pattern?: string; session?: Session } = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  queries.setQueryData(['session'], session);
  const root = createRootRoute({ component: Outlet, validateSearch: readSearch });
  const routes = [createRoute({ getParentRoute: () => root, path: pattern, component: () => what }), ...(pattern === '/$' ? [] : [createRoute({ getParentRoute: () => root, path: '/$', component: () => 'elsewhere' })])];
  const router = createRouter({ routeTree: root.addChildren(routes), history: createMemoryHistory({ initialEntries: [at] }) });
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={queries}>
        <Toasts>
          <RouterProvider router={router as never} />
        </Toasts>
      </QueryClientProvider>
    </MantineProvider>,
  );
}
