// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import type { ComponentType } from 'react';
import { describe, expect, it } from 'vitest';
import { Connectors } from '../account/Connectors';
import { Cycles } from '../account/Cycles';
import { Incidents } from '../account/Incidents';
import { Members } from '../account/Members';
import { OwnSettings } from '../account/OwnSettings';
import { RecycleBin } from '../account/RecycleBin';
import { Templates } from '../account/Templates';
import { TransactionDetail } from '../account/TransactionDetail';
import { Transactions } from '../account/Transactions';
import { Usage } from '../account/AccountUsage';
import { Accounts, SubAccounts } from '../console/Accounts';
import { AccountSettings } from '../console/account/Settings';
import { AccountUsage } from '../console/account/Usage';
import { AccountUsers } from '../console/account/Users';
import { CustomConnectors } from '../console/connectors/Custom';
import { ConnectorEditor } from '../console/connectors/Editor';
import { ConnectorLibrary } from '../console/connectors/Library';
import { Dashboard } from '../console/Dashboard';
import { Marketplaces } from '../console/embedding/Marketplaces';
import { TaskHistory } from '../console/reports/History';
import { AccountReport, ConnectorReport, CycleReport, TemplateReport, TransactionReport, WebhookReport } from '../console/reports/lists';
import { TaskReport } from '../console/reports/Tasks';
import { Addresses } from '../console/settings/Addresses';
import { AuditLog } from '../console/settings/Audit';
import { BrandingPage } from '../console/settings/Branding';
import { Credentials } from '../console/settings/Credentials';
import { General } from '../console/settings/General';
import { Nodes } from '../console/settings/Nodes';
import { Notifications } from '../console/settings/Notifications';
import { ConsoleUsers } from '../console/settings/Users';
import { TemplateBin } from '../console/templates/Bin';
import { TemplateConnectors } from '../console/templates/Connectors';
import { TemplateLibrary } from '../console/templates/Library';
import { Releases } from '../console/templates/Releases';
import { never, page, refusal, serve } from './page';

// Every page that reads something, and where it stands.
const pages: [string, ComponentType, pattern: string, at?: string][] = [
  ['dashboard', Dashboard, '/'],
  ['accounts', Accounts, '/accounts'],
  ['sub accounts', SubAccounts, '/accounts/$id/sub-accounts', '/accounts/acme/sub-accounts'],
  ['users of an account', AccountUsers, '/accounts/$id/users', '/accounts/acme/users'],
  ['usage of an account', AccountUsage, '/accounts/$id/usage', '/accounts/acme/usage'],
  ['settings of an account', AccountSettings, '/accounts/$id/settings', '/accounts/acme/settings'],
  ['template library', TemplateLibrary, '/templates'],
  ['releases', Releases, '/templates/$id/releases', '/templates/x/releases'],
  ['bin of templates', TemplateBin, '/templates/bin'],
  ['template connectors', TemplateConnectors, '/template-connectors'],
  ['connector library', ConnectorLibrary, '/library'],
  ['custom connectors', CustomConnectors, '/custom-connectors'],
  ['connector editor', ConnectorEditor, '/custom-connectors/$id', '/custom-connectors/7'],
  ['marketplaces', Marketplaces, '/marketplaces'],
  ['report of tasks', TaskReport, '/reports'],
  ['task history', TaskHistory, '/reports/history'],
  ['report of accounts', AccountReport, '/reports/accounts'],
  ['report of cycles', CycleReport, '/reports/cycles'],
  ['report of connectors', ConnectorReport, '/reports/connectors'],
  ['report of templates', TemplateReport, '/reports/templates'],
  ['report of webhooks', WebhookReport, '/reports/webhooks', '/reports/webhooks?q=x'],
  ['report of transactions', TransactionReport, '/reports/transactions'],
  ['general settings', General, '/settings/general'],
  ['branding', BrandingPage, '/settings/branding'],
  ['console users', ConsoleUsers, '/settings/users'],
  ['credentials', Credentials, '/settings/credentials'],
  ['addresses', Addresses, '/settings/addresses'],
  ['notifications', Notifications, '/settings/notifications'],
  ['audit log', AuditLog, '/settings/audit'],
  ['nodes', Nodes, '/settings/nodes'],
  ['cycles', Cycles, '/a/$account/cycles', '/a/acme/cycles'],
  ['bin of cycles', RecycleBin, '/a/$account/bin', '/a/acme/bin'],
  ['connectors', Connectors, '/a/$account/connectors', '/a/acme/connectors'],
  ['transactions', Transactions, '/a/$account/transactions', '/a/acme/transactions'],
  ['transaction', TransactionDetail, '/a/$account/transactions/$cycle/$transaction', '/a/acme/transactions/c/r'],
  ['incidents', Incidents, '/a/$account/incidents', '/a/acme/incidents'],
  ['templates of an account', Templates, '/a/$account/templates', '/a/acme/templates'],
  ['own usage', Usage, '/a/$account/usage', '/a/acme/usage'],
  ['members', Members, '/a/$account/users', '/a/acme/users'],
  ['own settings', OwnSettings, '/a/$account/settings', '/a/acme/settings'],
];

describe.each(pages)('%s', (_name, Page, pattern, at = pattern) => {
  it('says that it is loading', async () => {
    serve({ other: never });
    page(<Page />, { pattern, at });
    await waitFor(() => expect(screen.getAllByRole('status').filter((s) => /^Loading: /.test(s.getAttribute('aria-label') ?? '')).length).toBeGreaterThan(0));
  });
  it('says that it failed, and tries again', async () => {
    let down = true;
    const asked = serve({ other: () => (down ? refusal(500, 'The disk is full.') : never()) });
    page(<Page />, { pattern, at });
    const alert = (await screen.findAllByText('The disk is full.'))[0];
    expect(alert?.closest('[role=alert]')).toBeTruthy();
    const before = asked.length;
    down = false;
    screen.getAllByRole('button', { name: 'Try again' })[0]?.click();
    await waitFor(() => expect(asked.length).toBeGreaterThan(before));
  });
  it('says that one has no access', async () => {
    serve({ other: () => refusal(403, 'Not for you.') });
    page(<Page />, { pattern, at });
    expect((await screen.findAllByText('No access')).length).toBeGreaterThan(0);
  });
});
