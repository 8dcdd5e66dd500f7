import '../../text/reports';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { TabLinks } from '../../ui/links';
import { PageHead } from '../../ui/Page';

const names = ['history', 'accounts', 'cycles', 'connectors', 'templates', 'webhooks', 'transactions'] as const;

// ReportsPage is what all reports stand in. Every console user may see them.
export function ReportsPage() {
  const { t } = useTranslation();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const name = names.find((n) => path === `/reports/${n}`);
  return (
    <>
      <PageHead title={t('reports.title')} lead={t(name ? `report.lead.${name}` : 'reports.lead')} />
      <TabLinks label={t('reports.title')} tabs={[{ to: '/reports', text: t('report.tabs.tasks') }, ...names.map((n) => ({ to: `/reports/${n}`, text: t(`report.tabs.${n}`) }))]} />
      <Outlet />
    </>
  );
}
