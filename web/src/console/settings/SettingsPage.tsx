import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { may, useSession } from '../../lib/session';
import { TabLinks } from '../../ui/links';
import { PageHead } from '../../ui/Page';

// SettingsPage holds what concerns the partner as a whole; who may not see an area has no tab for it.
export function SettingsPage() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const tabs = [
    { to: '/settings/me', text: t('settings.me'), area: '' },
    { to: '/settings/general', text: t('settings.general'), area: 'GeneralSettings' },
    { to: '/settings/branding', text: t('settings.branding'), area: 'Marketplaces' },
    { to: '/settings/users', text: t('settings.users'), area: 'ConsoleUsers' },
    { to: '/settings/credentials', text: t('settings.credentials'), area: 'OAuthCredentials' },
    { to: '/settings/addresses', text: t('settings.addresses'), area: 'IPRestrictions' },
    { to: '/settings/notifications', text: t('settings.notifications'), area: 'Notifications' },
    { to: '/settings/audit', text: t('settings.audit'), area: 'GeneralSettings' },
    { to: '/settings/nodes', text: t('settings.nodes'), area: 'GeneralSettings' },
  ];
  return (
    <>
      <PageHead title={t('settings.title')} lead={session?.Partner} />
      <TabLinks label={t('settings.title')} tabs={tabs.filter((x) => !x.area || may(session, x.area))} />
      <Outlet />
    </>
  );
}
