import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, type RouteComponent, redirect, useParams, useRouterState } from '@tanstack/react-router';
import { IconAlertCircle, IconArrowBack, IconArrowsShuffle, IconBook, IconBraces, IconBuilding, IconBuildingStore, IconChartBar, IconLayoutDashboard, IconLock, IconPlug, IconPlugConnected, IconRepeat, IconRocket, IconSettings, IconTemplate, IconTools, IconUsers } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import { Cycles } from '../account/Cycles';
import { marketplacesGetGet, templatesGetGet } from '../api';
import { ask } from '../lib/ask';
import { useFresh } from '../lib/fresh';
import { readSearch } from '../lib/paging';
import { useAccount } from '../lib/queries';
import { may, type Session, useSession } from '../lib/session';
import { EmptyState } from '../ui/EmptyState';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Frame, type NavItem } from '../ui/Frame';
import { Loading } from '../ui/Loading';
import { NoAccess } from '../ui/NoAccess';
import { TaskTray } from '../ui/TaskTray';
import { Accounts, SubAccounts } from './Accounts';
import { missing } from './areas';
import { Dashboard } from './Dashboard';
import { SignIn } from './SignIn';

const FirstFactor = lazyRouteComponent(() => import('./settings/FirstFactor'), 'FirstFactor');

const root = createRootRoute({ component: Root, validateSearch: readSearch, notFoundComponent: Missing, errorComponent: ({ error }) => <Broken error={error as Error} /> });

const route = <P extends string>(path: P, component: RouteComponent) => createRoute({ getParentRoute: () => root, path, component });

const account = createRoute({ getParentRoute: () => root, path: '/accounts/$id', component: lazyRouteComponent(() => import('./account/AccountPage'), 'AccountPage') });

const inAccount = <P extends string>(path: P, component: RouteComponent) => createRoute({ getParentRoute: () => account, path, component });

const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: lazyRouteComponent(() => import('./settings/SettingsPage'), 'SettingsPage') });

const inSettings = <P extends string>(path: P, component: RouteComponent) => createRoute({ getParentRoute: () => settings, path, component });

const reports = createRoute({ getParentRoute: () => root, path: '/reports', component: lazyRouteComponent(() => import('./reports/ReportsPage'), 'ReportsPage') });

const inReports = <P extends string>(path: P, component: RouteComponent) => createRoute({ getParentRoute: () => reports, path, component });

export const router = createRouter({
  routeTree: root.addChildren([
    createRoute({ getParentRoute: () => root, path: '/', component: Dashboard }),
    route('/accounts', Accounts),
    account.addChildren([
      inAccount('sub-accounts', SubAccounts),
      inAccount('users', lazyRouteComponent(() => import('./account/Users'), 'AccountUsers')),
      inAccount('usage', lazyRouteComponent(() => import('./account/Usage'), 'AccountUsage')),
      inAccount('settings', lazyRouteComponent(() => import('./account/Settings'), 'AccountSettings')),
    ]),
    createRoute({ getParentRoute: () => root, path: '/templates/new', component: lazyRouteComponent(() => import('../builder/NewTemplate'), 'NewTemplate') }),
    createRoute({ getParentRoute: () => root, path: '/templates/$id/releases/$release/build', component: lazyRouteComponent(() => import('../builder/TemplateBuilder'), 'TemplateBuilder') }),
    route('/templates', lazyRouteComponent(() => import('./templates/Library'), 'TemplateLibrary')),
    route('/templates/bin', lazyRouteComponent(() => import('./templates/Bin'), 'TemplateBin')),
    route('/templates/$id/releases', lazyRouteComponent(() => import('./templates/Releases'), 'Releases')),
    route('/library', lazyRouteComponent(() => import('./connectors/Library'), 'ConnectorLibrary')),
    route('/custom-connectors', lazyRouteComponent(() => import('./connectors/Custom'), 'CustomConnectors')),
    createRoute({ getParentRoute: () => root, path: '/custom-connectors/$id', component: lazyRouteComponent(() => import('./connectors/Editor'), 'ConnectorEditor') }),
    route('/template-connectors', lazyRouteComponent(() => import('./templates/Connectors'), 'TemplateConnectors')),
    route('/scripts', lazyRouteComponent(() => import('./connectors/ScriptTester'), 'ScriptTester')),
    route('/marketplaces', lazyRouteComponent(() => import('./embedding/Marketplaces'), 'Marketplaces')),
    createRoute({ getParentRoute: () => root, path: '/marketplaces/$id', component: lazyRouteComponent(() => import('./embedding/Builder'), 'MarketplaceBuilder') }),
    route('/embedding', lazyRouteComponent(() => import('./embedding/TryLaunch'), 'TryLaunch')),
    reports.addChildren([
      inReports('/', lazyRouteComponent(() => import('./reports/Tasks'), 'TaskReport')),
      inReports('history', lazyRouteComponent(() => import('./reports/History'), 'TaskHistory')),
      inReports('accounts', lazyRouteComponent(() => import('./reports/lists'), 'AccountReport')),
      inReports('cycles', lazyRouteComponent(() => import('./reports/lists'), 'CycleReport')),
      inReports('connectors', lazyRouteComponent(() => import('./reports/lists'), 'ConnectorReport')),
      inReports('templates', lazyRouteComponent(() => import('./reports/lists'), 'TemplateReport')),
      inReports('webhooks', lazyRouteComponent(() => import('./reports/lists'), 'WebhookReport')),
      inReports('transactions', lazyRouteComponent(() => import('./reports/lists'), 'TransactionReport')),
    ]),
    settings.addChildren([
      inSettings('/', lazyRouteComponent(() => import('./settings/Me'), 'Me')),
      inSettings('me', lazyRouteComponent(() => import('./settings/Me'), 'Me')),
      inSettings('general', lazyRouteComponent(() => import('./settings/General'), 'General')),
      inSettings('branding', lazyRouteComponent(() => import('./settings/Branding'), 'BrandingPage')),
      inSettings('users', lazyRouteComponent(() => import('./settings/Users'), 'ConsoleUsers')),
      inSettings('credentials', lazyRouteComponent(() => import('./settings/Credentials'), 'Credentials')),
      inSettings('addresses', lazyRouteComponent(() => import('./settings/Addresses'), 'Addresses')),
      inSettings('notifications', lazyRouteComponent(() => import('./settings/Notifications'), 'Notifications')),
      inSettings('audit', lazyRouteComponent(() => import('./settings/Audit'), 'AuditLog')),
      inSettings('nodes', lazyRouteComponent(() => import('./settings/Nodes'), 'Nodes')),
    ]),
    route('/a/$account/cycles', Cycles),
    route('/a/$account/bin', lazyRouteComponent(() => import('../account/RecycleBin'), 'RecycleBin')),
    createRoute({ getParentRoute: () => root, path: '/a/$account/cycles/$cycle/build', component: lazyRouteComponent(() => import('../builder/CycleBuilder'), 'CycleBuilder') }),
    route('/a/$account/connectors', lazyRouteComponent(() => import('../account/Connectors'), 'Connectors')),
    route('/a/$account/connected', lazyRouteComponent(() => import('../account/ConnectorWizard'), 'Connected')),
    route('/a/$account/usage', lazyRouteComponent(() => import('../account/AccountUsage'), 'Usage')),
    route('/a/$account/transactions', lazyRouteComponent(() => import('../account/Transactions'), 'Transactions')),
    route('/a/$account/transactions/$cycle/$transaction', lazyRouteComponent(() => import('../account/TransactionDetail'), 'TransactionDetail')),
    route('/a/$account/users', lazyRouteComponent(() => import('../account/Members'), 'Members')),
    route('/a/$account/settings', lazyRouteComponent(() => import('../account/OwnSettings'), 'OwnSettings')),
    route('/a/$account/incidents', lazyRouteComponent(() => import('../account/Incidents'), 'Incidents')),
    route('/a/$account/templates', lazyRouteComponent(() => import('../account/Templates'), 'Templates')),
    createRoute({ getParentRoute: () => root, path: '/a/$account', beforeLoad: ({ params }) => { throw redirect({ to: '/a/$account/cycles', params: { account: (params as { account: string }).account } }); } }),
  ]),
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

// Root asks who is signed in, and shows the console or an account around the page.
function Root() {
  const { t } = useTranslation();
  const session = useSession();
  const path = useRouterState({ select: (s) => s.location.pathname });
  if (session.error && session.data === undefined) return <ErrorPanel what={t('product')} error={session.error} retry={session.refetch} />;
  if (session.data === undefined) return <div className="pl-page"><Loading what={t('product')} lines={6} /></div>;
  if (session.data === null) return <SignIn />;
  if (session.data.NeedsSecondFactor) return <FirstFactor />;
  const own = session.data.Account;
  if (own && !path.startsWith(`/a/${encodeURIComponent(own.Id)}/`)) return <Elsewhere to={own.Id} />;
  return (
    <>
      {path.startsWith('/a/') ? <InAccount session={session.data} /> : <InConsole session={session.data} />}
      <TaskTray />
    </>
  );
}

// Elsewhere takes a user of one account to it, from whatever address.
function Elsewhere({ to }: { to: string }) {
  router.navigate({ to: '/a/$account/cycles', params: { account: to }, replace: true });
  return null;
}

function InConsole({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id?: string };
  const path = useRouterState({ select: (s) => s.location.pathname });
  const name = useNameOf(path, id);
  const nav: NavItem[] = [
    { to: '/', text: t('nav.dashboard'), icon: IconLayoutDashboard },
    ...(may(session, 'Accounts') ? [{ to: '/accounts', text: t('nav.accounts'), icon: IconBuilding, group: t('nav.customers') }] : []),
    ...(may(session, 'Templates') ? [{ to: '/templates', text: t('nav.templates'), icon: IconTemplate, group: t('nav.build') }] : []),
    ...(may(session, 'Templates', 'Edit') && may(session, 'OpenAccount') ? [{ to: '/template-connectors', text: t('nav.templateConnectors'), icon: IconPlug, group: t('nav.build') }] : []),
    ...(may(session, 'ConnectorLibraries') ? [{ to: '/library', text: t('nav.library'), icon: IconPlugConnected, group: t('nav.build') }, { to: '/custom-connectors', text: t('nav.custom'), icon: IconTools, group: t('nav.build') }, { to: '/scripts', text: t('nav.scripts'), icon: IconBraces, group: t('nav.build') }] : []),
    ...(may(session, 'Marketplaces') ? [{ to: '/marketplaces', text: t('nav.marketplaces'), icon: IconBuildingStore, group: t('nav.embed') }] : []),
    ...(may(session, 'AccountUsers', 'Edit') ? [{ to: '/embedding', text: t('nav.launch'), icon: IconRocket, group: t('nav.embed') }] : []),
    { to: '/reports', text: t('nav.reports'), icon: IconChartBar, end: true },
    { to: '/settings', text: t('nav.settings'), icon: IconSettings },
    { to: '/docs/index', text: t('nav.help'), icon: IconBook },
  ];
  const lacks = missing(session, path);
  if (!lacks && (path.endsWith('/build') || path.startsWith('/custom-connectors/'))) return <Outlet />;
  const here = lacks ? { to: path, text: t('error.noAccess') } : (nav.find((n) => n.to !== '/' && path.startsWith(n.to)) ?? nav[0]);
  const crumbs = [{ text: here?.text ?? '', ...(id ? { to: here?.to } : {}) }, ...(id && name ? [{ text: name }] : [])];
  return (
    <Frame session={session} nav={nav} crumbs={crumbs}>
      {lacks ? <NoAccess {...lacks} /> : <Outlet />}
    </Frame>
  );
}

// useNameOf is the name of the thing that a page of the console is about, once it is known.
function useNameOf(path: string, id: string | undefined): string | undefined {
  const of = (place: string) => !!id && path.startsWith(`/${place}/`);
  const account = useAccount(id ?? '', of('accounts')).data?.Name;
  const template = useQuery({ queryKey: ['partner', 'templates', 'one', id], queryFn: () => ask(templatesGetGet({ path: { id: id ?? '' } })), enabled: of('templates') && !path.endsWith('/build'), retry: false, staleTime: 60_000 }).data?.Name;
  const marketplace = useQuery({ queryKey: ['marketplaces', 'name', id], queryFn: () => ask(marketplacesGetGet({ path: { marketplace: Number(id) } })), enabled: of('marketplaces'), retry: false, staleTime: 60_000 }).data?.Name;
  return of('accounts') ? account : of('templates') ? template : of('marketplaces') ? (marketplace ?? undefined) : undefined;
}

function InAccount({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { account, transaction } = useParams({ strict: false }) as { account: string; transaction?: string };
  const path = useRouterState({ select: (s) => s.location.pathname });
  const known = useAccount(account, !session.Account && may(session, 'OpenAccount'));
  const lacks = missing(session, path) ?? (session.Account && !session.Account.Administrator && path.match(/^\/a\/[^/]+\/(users|settings)$/) ? 'administrator' : null);
  const name = session.Account?.Name ?? known.data?.Name ?? account;
  const building = path.endsWith('/build');
  useFresh(account, !building && !lacks);
  if (building && !lacks) return known.error && !known.data ? <ErrorPanel what={t('accounts.account')} error={known.error} retry={known.refetch} /> : <Outlet />;
  const base = `/a/${encodeURIComponent(account)}`;
  const nav: NavItem[] = [
    { to: `${base}/cycles`, text: t('nav.cycles'), icon: IconRepeat },
    { to: `${base}/connectors`, text: t('nav.connectors'), icon: IconPlugConnected },
    { to: `${base}/transactions`, text: t('nav.transactions'), icon: IconArrowsShuffle },
    { to: `${base}/incidents`, text: t('nav.incidents'), icon: IconAlertCircle },
    { to: `${base}/templates`, text: t('nav.templates'), icon: IconTemplate },
    { to: `${base}/usage`, text: t('nav.usage'), icon: IconChartBar },
    ...(session.Account?.Administrator ? [{ to: `${base}/users`, text: t('accounts.users'), icon: IconUsers }, { to: `${base}/settings`, text: t('nav.settings'), icon: IconSettings }] : []),
    ...(session.Account ? [] : [{ to: '/accounts', text: t('act.backToConsole'), icon: IconArrowBack, end: true }]),
  ];
  const here = nav.find((n) => path.startsWith(n.to)) ?? (path === `${base}/bin` ? { to: path, text: t('bin.title') } : undefined);
  const crumbs = [
    ...(session.Account ? [] : [{ text: t('nav.accounts'), to: '/accounts' }]),
    { text: name, to: `${base}/cycles` },
    ...(here ? [transaction ? { text: here.text, to: here.to } : { text: here.text }] : []),
    ...(transaction ? [{ text: t('transactions.one') }] : []),
  ];
  return (
    <Frame session={session} nav={nav} account={{ id: account, name }} crumbs={crumbs}>
      {lacks === 'administrator' ? (
        <EmptyState icon={IconLock} title={t('error.noAccess')} text={t('error.administratorsOnly')} />
      ) : lacks ? (
        <NoAccess {...lacks} />
      ) : known.error && !known.data ? (
        <ErrorPanel what={t('accounts.account')} error={known.error} retry={known.refetch} />
      ) : (
        <Outlet />
      )}
    </Frame>
  );
}

function Missing() {
  const { t } = useTranslation();
  return <EmptyState icon={IconAlertCircle} title={t('error.notFound', { what: location.pathname })} text={t('error.notFoundWhy')} />;
}

function Broken({ error }: { error: Error }) {
  const { t } = useTranslation();
  return <ErrorPanel what={t('error.broken')} error={error} retry={() => location.reload()} />;
}
