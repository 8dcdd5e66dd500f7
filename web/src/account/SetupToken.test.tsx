// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { listed, page, serve, userOf } from '../test/page';
import { minutesUntil, SetupToken } from './SetupToken';

const connector = { Id: 7, Name: 'Our CRM' } as never;

function setUp() {
  return serve({
    'GET /v1.0/account/connectors/7/setuptokens': () => [],
    'POST /v1.0/account/connectors/7/setuptokens': (_url, body) => ({ Id: 'l', Token: 'ABCD-EFGH', Link: 'https://pages.example/setup?link=l', UserName: (body as { UserName?: string }).UserName ?? 'API', ExpiresAtUtc: '2026-11-26T10:00:00Z' }),
    'GET /v1.0/account/members': () => listed([{ UserName: 'ann@acme.example', Administrator: true, CreatedOnUtc: '2026-01-01T00:00:00Z' }, { UserName: 'bob@acme.example', Administrator: false, CreatedOnUtc: '2026-01-01T00:00:00Z' }]),
  });
}

const sent = (asked: string[]) => JSON.parse(asked.find((a) => a.startsWith('POST'))?.replace(/^[^{]*/, '') ?? '{}') as { UserName?: string; ExpiresInMinutes: number };

it('chooses one of the users, and then shows token and link apart, each to copy', async () => {
  const asked = setUp();
  page(<SetupToken account="acme" connector={connector} zone="Europe/Berlin" close={() => {}} />, { session: userOf('Europe/Berlin') });
  fireEvent.click(await screen.findByRole('radio', { name: "A user's" }));
  fireEvent.click(screen.getByRole('combobox', { name: 'User of the account' }));
  fireEvent.click(await screen.findByRole('option', { name: 'bob@acme.example' }));
  fireEvent.click(screen.getByRole('button', { name: 'Generate' }));
  await screen.findByText('ABCD-EFGH');
  expect(screen.getByText('https://pages.example/setup?link=l')).toBeTruthy();
  expect(screen.getAllByRole('button', { name: /^Copy, / }).map((b) => b.getAttribute('aria-label'))).toEqual(['Copy, Token', 'Copy, Link']);
  expect(sent(asked)).toEqual({ ExpiresInMinutes: 5, UserName: 'bob@acme.example' });
});

it('makes a user, and ends at a time of the account', async () => {
  const asked = setUp();
  page(<SetupToken account="acme" connector={connector} zone="Europe/Berlin" close={() => {}} />, { session: userOf('Europe/Berlin') });
  fireEvent.click(await screen.findByRole('radio', { name: "A new user's" }));
  fireEvent.change(screen.getByRole('textbox', { name: /^Name of the new user/ }), { target: { value: 'new@acme.example' } });
  fireEvent.click(screen.getByRole('combobox', { name: 'Valid for' }));
  fireEvent.click(await screen.findByRole('option', { name: 'Until a time of my own' }));
  // two hours from now, as clocks in Berlin show it
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'short' }).format(new Date(Date.now() + 7_200_000)).replace(' ', 'T');
  fireEvent.change(screen.getByLabelText(/^Until, in Europe\/Berlin/), { target: { value: local } });
  fireEvent.click(screen.getByRole('button', { name: 'Generate' }));
  await waitFor(() => expect(sent(asked).UserName).toBe('new@acme.example'));
  expect(sent(asked).ExpiresInMinutes).toBeGreaterThan(115);
  expect(sent(asked).ExpiresInMinutes).toBeLessThanOrEqual(120);
});

it('counts whole minutes that are left', () => {
  const now = Date.parse('2026-01-01T00:00:30Z');
  expect([minutesUntil('2026-01-01T00:10:00Z', now), minutesUntil('2025-01-01T00:00:00Z', now), minutesUntil(undefined, now)]).toEqual([9, 0, 0]);
});
