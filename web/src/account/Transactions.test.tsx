// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { listed, page, serve, userOf } from '../test/page';
import { Transactions } from './Transactions';

const run = { Id: 'r', CycleId: 'c', CycleName: 'Orders', Status: 'Completed', SplitType: 'Unsplit', ErrorCount: 0, WarningCount: 0, RetryCount: 0, CreatedOnUtc: '2026-03-01T22:30:00Z', CompletedOnUtc: '2026-03-01T22:30:01Z' };

it('an account user sees times in the zone of the account, and filters by the same clocks', async () => {
  const asked = serve({ 'GET /v1.0/cycles/transactions': () => listed([run]), other: () => listed([]) });
  page(<Transactions />, { pattern: '/a/$account/transactions', at: '/a/acme/transactions', session: userOf('Asia/Tokyo') });
  expect((await screen.findByText('02 Mar 2026 07:30:00')).getAttribute('title')).toContain('Monday');
  fireEvent.change(screen.getByLabelText('From, in Asia/Tokyo'), { target: { value: '2026-03-02T07:00' } });
  await waitFor(() => expect(decodeURIComponent(asked.at(-1) ?? '')).toContain('after=2026-03-01T22:00:00.000Z'));
  expect(asked.some((a) => a.includes('/v1.0/accounts/'))).toBe(false); // what such a user may not ask for
});
