// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { boss, listed, page, serve } from '../../test/page';
import { Notifications } from './Notifications';

const names: Record<string, string> = { acme: 'Acme Ltd', globex: 'Globex' };
const accounts = Object.entries(names).map(([Id, Name]) => ({ Id, Name }));
const note = { Id: 'n', Name: 'Watch', Enabled: true, Events: ['Errors'], UserIds: [], AccountIds: ['acme', 'gone'] };

it('shows accounts by their names, and lets others be found and left out', async () => {
  const asked = serve({
    'GET /v1.0/notifications': () => ({ Configured: true, From: 'x@y.example', Users: [], Notifications: [note] }),
    'GET /v1.0/accounts': () => listed(accounts),
    'GET /v1.0/accounts/*': (url) => accounts.find((a) => url.pathname.endsWith(`/${a.Id}`)),
    'PUT /v1.0/notifications/*': () => note,
  });
  page(<Notifications />, { session: boss });
  await screen.findByText('Acme Ltd');
  await screen.findByText('gone'); // an account that is no more keeps its id
  fireEvent.click(screen.getByRole('button', { name: 'Edit, Watch' }));
  const box = await screen.findByRole('combobox', { name: 'About which accounts' });
  fireEvent.click(box);
  fireEvent.click(await screen.findByRole('option', { name: /Globex/ }));
  fireEvent.click(screen.getByRole('button', { name: 'Leave out gone' }));
  fireEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(asked.find((a) => a.startsWith('PUT'))).toContain('"AccountIds":["acme","globex"]'));
});
