// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { page, serve } from '../test/page';
import { ConnectorWizard, signedInSince } from './ConnectorWizard';

it.each([
  [{ Authenticated: true, SignedInOnUtc: '2026-01-01T00:00:00Z' }, '2026-01-01T00:00:00Z', false],
  [{ Authenticated: true, SignedInOnUtc: '2026-01-02T00:00:00Z' }, '2026-01-01T00:00:00Z', true],
  [{ Authenticated: true, SignedInOnUtc: '2026-01-02T00:00:00Z' }, null, true],
  [{ Authenticated: false, SignedInOnUtc: '2026-01-02T00:00:00Z' }, '2026-01-01T00:00:00Z', false],
  [{ Authenticated: true }, null, false],
  [{ Authenticated: true, SignedInOnUtc: '2026-01-02T00:00:00Z' }, undefined, false],
] as const)('%o after %s: %s', (now, before, want) => expect(signedInSince(now as never, before)).toBe(want));

it('who signs in again waits for the new sign-in, not the one that there was', async () => {
  const connector = {
    Id: 7, Name: 'Our desk', Description: null, Authenticated: true, SignedInOnUtc: '2026-01-01T00:00:00Z', AuthenticationId: 'oauth',
    Connector: { Id: 1, Name: 'Desk', Release: '1.0.0', Authentication: [{ Id: 'oauth', AuthName: 'OAuth', AuthType: 'OAuth2' }] },
  };
  const asked = serve({
    'GET /v1.0/account/connectors/7': () => ({ ...connector }),
    'PUT /v1.0/account/connectors/7': () => connector,
    'GET /v1.0/account/connectors/7/setup': () => ({ Name: 'Our desk', Authentication: 'OAuth', Consent: true, Scopes: ['tickets.read', 'tickets.write'], Properties: [], CredentialFields: [] }),
    'PUT /v1.0/account/connectors/7/setup': () => connector,
    'POST /v1.0/accounts/onetimetoken': () => ({ Token: 't' }),
    'GET /v1.0/connectors/1/methods': () => [],
    other: (url) => (url.pathname.toLowerCase().includes('token') ? { Token: 't' } : undefined),
  });
  const vendor = { location: { href: '' }, close: vi.fn() };
  window.open = (() => vendor) as never;
  page(<ConnectorWizard account="acme" id={7} close={() => {}} />);
  fireEvent.click(await screen.findByRole('button', { name: 'Continue' }));
  await screen.findByText('Nothing to fill in here: you sign in at the vendor next.');
  fireEvent.click(screen.getByRole('button', { name: 'Continue' }));
  const go = await screen.findByRole('button', { name: 'Go to Desk' });
  expect(screen.getByText(/^It is asked to allow:/).textContent).toBe('It is asked to allow: tickets.read, tickets.write');
  fireEvent.click(go);
  await screen.findByText(/^Waiting for the window of Desk/);
  await waitFor(() => expect(vendor.location.href).toContain('/connectorauth/updateaccountconnectoroauth?id=7'));
  const looks = () => asked.filter((a) => a === 'GET /v1.0/account/connectors/7').length;
  const before = looks();
  await waitFor(() => expect(looks()).toBeGreaterThan(before + 1), { timeout: 20_000 });
  expect(screen.getByText(/^Waiting for the window of Desk/)).toBeTruthy();
  connector.SignedInOnUtc = '2026-01-01T00:05:00Z';
  await screen.findByText('Call a method to see that it works. You may also leave that for later.', {}, { timeout: 20_000 });
}, 60_000);
