import type { Session } from '../lib/session';
import { may } from '../lib/session';

type Need = { area: string; level: 'View' | 'Edit' };

// What one needs to see the pages that begin with an address; the longer address decides.
const needs: [path: string, ...needs: Need[]][] = [
  ['/accounts', { area: 'Accounts', level: 'View' }],
  ['/templates', { area: 'Templates', level: 'View' }],
  ['/templates/new', { area: 'Templates', level: 'Edit' }],
  ['/template-connectors', { area: 'Templates', level: 'Edit' }, { area: 'OpenAccount', level: 'View' }],
  ['/library', { area: 'ConnectorLibraries', level: 'View' }],
  ['/custom-connectors', { area: 'ConnectorLibraries', level: 'View' }],
  ['/scripts', { area: 'ConnectorLibraries', level: 'View' }],
  ['/marketplaces', { area: 'Marketplaces', level: 'View' }],
  ['/embedding', { area: 'AccountUsers', level: 'Edit' }],
  ['/settings/general', { area: 'GeneralSettings', level: 'View' }],
  ['/settings/branding', { area: 'Marketplaces', level: 'View' }],
  ['/settings/users', { area: 'ConsoleUsers', level: 'View' }],
  ['/settings/credentials', { area: 'OAuthCredentials', level: 'View' }],
  ['/settings/addresses', { area: 'IPRestrictions', level: 'View' }],
  ['/settings/notifications', { area: 'Notifications', level: 'View' }],
  ['/settings/audit', { area: 'GeneralSettings', level: 'View' }],
  ['/settings/nodes', { area: 'GeneralSettings', level: 'View' }],
  ['/a', { area: 'OpenAccount', level: 'View' }],
];

const within = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

// missing is the right that somebody lacks for an address, null for none.
export function missing(session: Session, path: string): Need | null {
  const of = needs.filter(([place]) => within(path, place)).sort((a, b) => b[0].length - a[0].length)[0];
  const all = (of?.slice(1) ?? []) as Need[];
  return all.find((n) => !may(session, n.area, n.level)) ?? null;
}
