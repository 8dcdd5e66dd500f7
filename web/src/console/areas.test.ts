import { expect, it } from 'vitest';
import type { Session } from '../lib/session';
import { missing } from './areas';

const as = (rights: Session['Rights'], more: Partial<Session> = {}) => ({ Full: false, Rights: rights, ...more }) as Session;

it.each([
  ['/accounts/x/users', {}, 'Accounts'],
  ['/accounts', { Accounts: 'View' }, undefined],
  ['/accounts-of-nobody', {}, undefined],
  ['/templates/new', { Templates: 'View' }, 'Templates'],
  ['/templates/x/releases', { Templates: 'View' }, undefined],
  ['/template-connectors', { Templates: 'Edit' }, 'OpenAccount'],
  ['/settings/audit', { ConsoleUsers: 'Manage' }, 'GeneralSettings'],
  ['/settings/me', {}, undefined],
  ['/reports', {}, undefined],
  ['/', {}, undefined],
  ['/a/acme/cycles', {}, 'OpenAccount'],
] as const)('%s with %o lacks %s', (path, rights, area) => expect(missing(as(rights), path)?.area).toBe(area));

it('an account user and who may everything lack nothing', () => {
  expect(missing(as({}, { Full: true }), '/settings/users')).toBeNull();
  expect(missing(as({}, { Account: { Id: 'a', Name: 'A', Administrator: false, Timezone: 'Etc/UTC' } }), '/a/a/cycles')).toBeNull();
});
