import { Select } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconChartBar, IconSearch, IconWebhook } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type AccountReport as AccountRow, type ConnectorReport as ConnectorRow, type CycleReport as CycleRow, type HolderReport, reportsAccountsGet, reportsConnectorAccountsGet, reportsConnectorsGet,
  reportsCyclesGet, reportsTemplatesGet, reportsTransactionsGet, reportsWebhooksGet, type TemplateReport as TemplateRow, type TransactionReport as TransactionRow, type WebhookReport as WebhookRow,
} from '../../api';
import { ask, askList } from '../../lib/ask';
import { count, exact, when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { endOf, firstOf, ownZone } from '../../lib/zone';
import { TopBars } from '../../ui/charts';
import { type Column, DataTable } from '../../ui/DataTable';
import { DayField } from '../../ui/DayField';
import { EmptyState } from '../../ui/EmptyState';
import { LinkButton } from '../../ui/links';
import { SearchBox } from '../../ui/SearchBox';
import { StatusPill } from '../../ui/StatusPill';
import { cycleStatus, releaseStatus, transactionStatus } from '../../ui/status';
import { CsvButton, whole } from './CsvButton';

const number = (n: number, bad?: string) => <span className={n === 0 ? 'pl-zero' : bad}>{count(n)}</span>;
const time = (at: string | null | undefined) => (at ? <time title={exact(at, ownZone)}>{when(at, ownZone)}</time> : <span className="pl-dim">–</span>);

function Nothing({ searched }: { searched: boolean }) {
  const { t } = useTranslation();
  return searched ? <EmptyState icon={IconSearch} title={t('report.noMatch')} text={t('report.noMatchText')} /> : <EmptyState icon={IconChartBar} title={t('report.none')} text={t('report.noneText')} />;
}

// InAccount leads into an account for who may open one.
function InAccount({ id, to, children }: { id: string; to: 'cycles' | 'connectors' | 'usage'; children: ReactNode }) {
  const { data: session } = useSession();
  if (!may(session, 'OpenAccount')) return <>{children}</>;
  return <Link to={`/a/${encodeURIComponent(id)}/${to}` as never}>{children}</Link>;
}

export function AccountReport() {
  const { t } = useTranslation();
  const { search, set, at, pager } = useListSearch();
  const query = { ...(search.q ? { search: search.q } : {}), ...(search.sort === 'ActiveCycles' ? { orderBy: 'ActiveCycles' } : { orderBy: 'Name', sortOrderAsc: 'true' as const }) };
  const fetch = (page: number, pageSize: number) => askList(reportsAccountsGet({ query: { ...query, page, pageSize } }));
  const list = useQuery({ queryKey: ['reports', 'accounts', query, at], queryFn: () => fetch(at.page, at.size), placeholderData: keepPreviousData });
  const columns: Column<AccountRow>[] = [
    { key: 'name', head: t('accounts.account'), phone: 'title', wide: true, cell: (r) => <InAccount id={r.AccountId} to="cycles">{r.AccountName}</InAccount> },
    { key: 'sub', head: '', phone: 'hide', cell: (r) => r.IsSubAccount && <span className="pl-pill pl-off">{t('report.subAccount')}</span> },
    { key: 'active', head: t('report.active'), number: true, cell: (r) => number(r.ActiveCycles) },
    { key: 'cycles', head: t('report.cycles'), number: true, cell: (r) => number(r.Cycles) },
    { key: 'connectors', head: t('report.connectors'), number: true, cell: (r) => number(r.Connectors) },
    { key: 'custom', head: t('report.custom'), number: true, phone: 'hide', cell: (r) => number(r.CustomConnectors) },
    { key: 'errors', head: t('cycles.errors'), number: true, cell: (r) => number(r.ErrorCount, 'pl-bad') },
    { key: 'warnings', head: t('cycles.warnings'), number: true, phone: 'hide', cell: (r) => number(r.WarningCount, 'pl-warn') },
    { key: 'ok', head: t('usage.ok'), number: true, cell: (r) => number(r.TasksOk) },
    { key: 'incident', head: t('usage.incident'), number: true, cell: (r) => number(r.TasksIncident, 'pl-bad') },
  ];
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('accounts.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} />
        <Select w={210} aria-label={t('report.order')} data={[{ value: '', label: t('report.byName') }, { value: 'ActiveCycles', label: t('report.byActive') }]} value={search.sort ?? ''} disabled={!!search.q} allowDeselect={false} onChange={(v) => set({ sort: v || undefined, page: undefined })} />
        <CsvButton
          name="accounts" size={200} page={fetch} head={['AccountId', 'AccountName', 'IsSubAccount', 'ActiveCycles', 'Cycles', 'Connectors', 'CustomConnectors', 'ErrorCount', 'WarningCount', 'TasksOk', 'TasksIncident']}
          row={(r) => [r.AccountId, r.AccountName, String(r.IsSubAccount), r.ActiveCycles, r.Cycles, r.Connectors, r.CustomConnectors, r.ErrorCount, r.WarningCount, r.TasksOk, r.TasksIncident]}
        />
      </div>
      <TopBars label={t('report.chart.accounts')} unit={t('cycles.tasks')} bars={(list.data?.items ?? []).map((r) => ({ key: r.AccountId, name: r.AccountName, value: r.TasksOk + r.TasksIncident, bad: r.TasksIncident }))} />
      <DataTable label={t('report.tabs.accounts')} columns={columns} rows={list.data?.items} rowKey={(r) => r.AccountId} error={list.error} refreshing={list.isPlaceholderData} retry={list.refetch} pager={pager(list.data)} empty={<Nothing searched={!!search.q} />} />
    </>
  );
}

const cycleOrders = ['', 'TasksUsed', 'ErrorCount', 'WarningCount', 'InProgressTransactionCount', 'LastSuccessfulRunDate'] as const;

export function CycleReport() {
  const { t } = useTranslation();
  const { search, set, at, pager } = useListSearch();
  const state = search.status === 'Running' || search.status === 'Halted' ? (search.status as 'Running' | 'Halted') : undefined;
  const order = cycleOrders.find((o) => o === search.sort) ?? '';
  const query = { ...(search.q ? { search: search.q } : {}), ...(state ? { state } : {}), ...(order ? { orderBy: order } : {}) };
  const fetch = (page: number, pageSize: number) => askList(reportsCyclesGet({ query: { ...query, page, pageSize } }));
  const list = useQuery({ queryKey: ['reports', 'cycles', query, at], queryFn: () => fetch(at.page, at.size), placeholderData: keepPreviousData });
  const heads: Record<string, string> = { TasksUsed: t('cycles.tasks'), ErrorCount: t('cycles.errors'), WarningCount: t('cycles.warnings'), InProgressTransactionCount: t('cycles.inProgress'), LastSuccessfulRunDate: t('report.lastSuccess') };
  const columns: Column<CycleRow>[] = [
    {
      key: 'cycle', head: t('cycles.cycle'), phone: 'title', wide: true,
      cell: (r) => <span>{r.CycleName}<span className="pl-sub"><InAccount id={r.AccountId} to="cycles">{r.AccountName}</InAccount></span></span>,
    },
    { key: 'state', head: t('cycles.state'), cell: (r) => <StatusPill status={cycleStatus(r)} /> },
    { key: 'tasks', head: t('cycles.tasks'), number: true, cell: (r) => number(r.TasksUsed) },
    { key: 'errors', head: t('cycles.errors'), number: true, cell: (r) => number(r.ErrorCount, 'pl-bad') },
    { key: 'warnings', head: t('cycles.warnings'), number: true, phone: 'hide', cell: (r) => number(r.WarningCount, 'pl-warn') },
    { key: 'progress', head: t('cycles.inProgress'), number: true, cell: (r) => number(r.InProgressTransactionCount) },
    { key: 'last', head: t('report.lastSuccess'), number: true, cell: (r) => time(r.LastSuccessfulRunDate) },
  ];
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('reports.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} />
        <Select w={170} aria-label={t('cycles.state')} data={[{ value: '', label: t('report.any') }, { value: 'Running', label: t('report.running') }, { value: 'Halted', label: t('report.halted') }]} value={state ?? ''} allowDeselect={false} onChange={(v) => set({ status: v || undefined, page: undefined })} />
        <Select w={170} aria-label={t('report.order')} data={cycleOrders.map((o) => ({ value: o, label: o ? (heads[o] ?? o) : t('report.byName') }))} value={order} allowDeselect={false} onChange={(v) => set({ sort: v || undefined, page: undefined })} />
        <CsvButton
          name="cycles" page={fetch} head={['AccountId', 'AccountName', 'CycleId', 'CycleName', 'Status', 'TasksUsed', 'ErrorCount', 'WarningCount', 'InProgressTransactionCount', 'LastSuccessfulRunDate']}
          row={(r) => [r.AccountId, r.AccountName, r.CycleId, r.CycleName, r.Status, r.TasksUsed, r.ErrorCount, r.WarningCount, r.InProgressTransactionCount, r.LastSuccessfulRunDate ?? '']}
        />
      </div>
      <TopBars label={t('report.chart.cycles')} unit={t('cycles.tasks')} bars={(list.data?.items ?? []).map((r) => ({ key: r.CycleId, name: `${r.CycleName}, ${r.AccountName}`, value: r.TasksUsed }))} />
      <DataTable label={t('report.tabs.cycles')} columns={columns} rows={list.data?.items} rowKey={(r) => r.CycleId} error={list.error} refreshing={list.isPlaceholderData} retry={list.refetch} pager={pager(list.data)} empty={<Nothing searched={!!search.q || !!state} />} />
    </>
  );
}

export function ConnectorReport() {
  const { t } = useTranslation();
  const { search, set } = useListSearch();
  const fetch = () => ask(reportsConnectorsGet());
  const list = useQuery({ queryKey: ['reports', 'connectors'], queryFn: fetch, staleTime: 30_000 });
  const wanted = (search.q ?? '').toLowerCase();
  const rows = list.data?.filter((r) => r.Name.toLowerCase().includes(wanted));
  const chosen = list.data?.find((r) => String(r.ConnectorId) === search.code);
  const columns: Column<ConnectorRow>[] = [
    { key: 'name', head: t('connectors.connector'), phone: 'title', wide: true, cell: (r) => <button type="button" className="pl-text-button" onClick={() => set({ code: String(r.ConnectorId), page: undefined })}>{r.Name}</button> },
    { key: 'accounts', head: t('report.accounts'), number: true, cell: (r) => number(r.Accounts) },
    { key: 'installed', head: t('report.installations'), number: true, cell: (r) => number(r.Installations) },
    { key: 'signed', head: t('report.signedIn'), number: true, cell: (r) => number(r.Authenticated) },
    { key: 'active', head: t('report.active'), number: true, cell: (r) => number(r.ActiveCycles) },
    { key: 'cycles', head: t('report.cycles'), number: true, cell: (r) => number(r.Cycles) },
    { key: 'release', head: t('report.newest'), phone: 'hide', cell: (r) => <code>{r.Release}</code> },
  ];
  if (search.code) return <Holders connector={search.code} name={chosen?.Name ?? ''} back={() => set({ code: undefined, page: undefined })} />;
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('reports.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined })} />
        <CsvButton<ConnectorRow> name="connectors" page={whole(fetch)} head={['ConnectorId', 'Name', 'Release', 'Accounts', 'Installations', 'Authenticated', 'ActiveCycles', 'Cycles']} row={(r) => [r.ConnectorId, r.Name, r.Release, r.Accounts, r.Installations, r.Authenticated, r.ActiveCycles, r.Cycles]} />
      </div>
      <TopBars label={t('report.chart.connectors')} unit={t('report.accounts')} bars={(rows ?? []).map((r) => ({ key: String(r.ConnectorId), name: r.Name, value: r.Accounts }))} />
      <DataTable label={t('report.tabs.connectors')} columns={columns} rows={rows} rowKey={(r) => String(r.ConnectorId)} error={list.error} retry={list.refetch} empty={<Nothing searched={!!search.q} />} />
    </>
  );
}

function Holders({ connector, name, back }: { connector: string; name: string; back: () => void }) {
  const { t } = useTranslation();
  const { at, pager } = useListSearch();
  const fetch = (page: number, pageSize: number) => askList(reportsConnectorAccountsGet({ path: { connector }, query: { page, pageSize } }));
  const list = useQuery({ queryKey: ['reports', 'connectors', connector, at], queryFn: () => fetch(at.page, at.size), placeholderData: keepPreviousData });
  const columns: Column<HolderReport>[] = [
    { key: 'account', head: t('accounts.account'), phone: 'title', wide: true, cell: (r) => <InAccount id={r.AccountId} to="connectors">{r.AccountName}</InAccount> },
    { key: 'name', head: t('connectors.name'), cell: (r) => r.Name },
    { key: 'signed', head: t('report.signedIn'), cell: (r) => t(r.Authenticated ? 'status.authenticated' : 'status.notAuthenticated') },
    { key: 'cycles', head: t('report.cycles'), number: true, cell: (r) => number(r.Cycles) },
    { key: 'release', head: t('report.release'), cell: (r) => <code>{r.Release}</code> },
  ];
  return (
    <>
      <div className="pl-filters pl-spread">
        <p>
          <button type="button" className="pl-text-button" onClick={back}>{t('report.backTo')}</button> / {t('report.heldBy', { name })}
        </p>
        <CsvButton name={`connector-${connector}`} page={fetch} head={['AccountId', 'AccountName', 'AccountConnectorId', 'Name', 'Release', 'Authenticated', 'Cycles']} row={(r) => [r.AccountId, r.AccountName, r.AccountConnectorId, r.Name, r.Release, String(r.Authenticated), r.Cycles]} />
      </div>
      <DataTable label={t('report.heldBy', { name })} columns={columns} rows={list.data?.items} rowKey={(r) => String(r.AccountConnectorId)} error={list.error} refreshing={list.isPlaceholderData} retry={list.refetch} pager={pager(list.data)} empty={<Nothing searched={false} />} />
    </>
  );
}

export function TemplateReport() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { search, set } = useListSearch();
  const fetch = () => ask(reportsTemplatesGet());
  const list = useQuery({ queryKey: ['reports', 'templates'], queryFn: fetch, staleTime: 30_000 });
  const wanted = (search.q ?? '').toLowerCase();
  const rows = list.data?.filter((r) => r.TemplateName.toLowerCase().includes(wanted));
  const columns: Column<TemplateRow>[] = [
    { key: 'name', head: t('templates.one'), phone: 'title', wide: true, cell: (r) => (may(session, 'Templates') ? <Link to="/templates/$id/releases" params={{ id: r.TemplateId }}>{r.TemplateName}</Link> : r.TemplateName) },
    { key: 'release', head: t('report.release'), number: true, cell: (r) => r.Release },
    { key: 'status', head: t('cycles.state'), cell: (r) => <StatusPill status={releaseStatus(r)} /> },
    { key: 'accounts', head: t('report.accounts'), number: true, cell: (r) => number(r.Accounts) },
    { key: 'active', head: t('report.active'), number: true, cell: (r) => number(r.ActiveCycles) },
    { key: 'cycles', head: t('report.cycles'), number: true, cell: (r) => number(r.Cycles) },
    { key: 'tasks', head: t('cycles.tasks'), number: true, cell: (r) => number(r.TasksUsed) },
    { key: 'errors', head: t('cycles.errors'), number: true, cell: (r) => number(r.ErrorCount, 'pl-bad') },
  ];
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('reports.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined })} />
        <CsvButton<TemplateRow>
          name="templates" page={whole(fetch)} head={['TemplateId', 'TemplateName', 'Release', 'Status', 'Accounts', 'ActiveCycles', 'Cycles', 'TasksUsed', 'ErrorCount']}
          row={(r) => [r.TemplateId, r.TemplateName, r.Release, r.Status, r.Accounts, r.ActiveCycles, r.Cycles, r.TasksUsed, r.ErrorCount]}
        />
      </div>
      <TopBars label={t('report.chart.templates')} unit={t('report.cycles')} bars={(rows ?? []).map((r) => ({ key: r.ReleaseId, name: `${r.TemplateName} r${r.Release}`, value: r.Cycles }))} />
      <DataTable label={t('report.tabs.templates')} columns={columns} rows={rows} rowKey={(r) => r.ReleaseId} error={list.error} retry={list.refetch} empty={<Nothing searched={!!search.q} />} />
    </>
  );
}

export function WebhookReport() {
  const { t } = useTranslation();
  const { search, set } = useListSearch();
  const list = useQuery({ queryKey: ['reports', 'webhooks', search.q], queryFn: () => ask(reportsWebhooksGet({ query: { identifier: search.q ?? '' } })), enabled: !!search.q });
  const columns: Column<WebhookRow>[] = [
    { key: 'account', head: t('accounts.account'), phone: 'title', cell: (r) => <InAccount id={r.AccountId} to="cycles">{r.AccountName}</InAccount> },
    { key: 'cycle', head: t('cycles.cycle'), wide: true, cell: (r) => r.CycleName },
    { key: 'step', head: t('report.step'), cell: (r) => r.StepName },
    { key: 'state', head: t('cycles.state'), cell: (r) => <StatusPill status={cycleStatus(r)} /> },
  ];
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('report.address')} value={search.q ?? ''} change={(q) => set({ q: q || undefined })} width={340} />
      </div>
      {search.q ? (
        <DataTable
          label={t('report.tabs.webhooks')} columns={columns} rows={list.data ?? undefined} rowKey={(r) => r.StepId} error={list.error} retry={list.refetch}
          actions={(r) => <LinkButton size="xs" to={`/a/${encodeURIComponent(r.AccountId)}/cycles/${r.CycleId}/build` as never} search={{ step: r.StepId, panel: 'setup' } as never} aria-label={`${t('report.open')}, ${r.CycleName}`}>{t('report.open')}</LinkButton>}
          empty={<EmptyState icon={IconSearch} title={t('report.find')} text={t('report.findText')} />}
        />
      ) : (
        <EmptyState icon={IconWebhook} title={t('report.tabs.webhooks')} text={t('report.lead.webhooks')} />
      )}
    </>
  );
}

const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim());

export function TransactionReport() {
  const { t } = useTranslation();
  const { search, set, at, pager } = useListSearch();
  const id = search.q && isId(search.q) ? search.q.trim() : undefined;
  // Days are those of the zone in which the times are shown.
  const after = firstOf(search.from, ownZone);
  const before = endOf(search.to, ownZone);
  const query = id ? { transaction: id } : { ...(after ? { after } : {}), ...(before ? { before } : {}) };
  const fetch = (page: number, pageSize: number) => askList(reportsTransactionsGet({ query: { ...query, page, pageSize } }));
  const list = useQuery({ queryKey: ['reports', 'transactions', query, at], queryFn: () => fetch(at.page, at.size), placeholderData: keepPreviousData });
  const columns: Column<TransactionRow>[] = [
    { key: 'state', head: t('cycles.state'), cell: (r) => <StatusPill status={transactionStatus({ ...r, Status: r.Status === 'Cancelled' ? 'Stopped' : r.Status })} /> },
    { key: 'cycle', head: t('cycles.cycle'), phone: 'title', wide: true, cell: (r) => <span>{r.CycleName ?? t('report.gone')}<span className="pl-sub"><InAccount id={r.AccountId} to="cycles">{r.AccountName}</InAccount></span></span> },
    { key: 'errors', head: t('cycles.errors'), number: true, cell: (r) => number(r.ErrorCount, 'pl-bad') },
    { key: 'warnings', head: t('cycles.warnings'), number: true, phone: 'hide', cell: (r) => number(r.WarningCount, 'pl-warn') },
    { key: 'began', head: t('report.began'), number: true, cell: (r) => time(r.CreatedOnUtc) },
    { key: 'ended', head: t('report.ended'), number: true, phone: 'hide', cell: (r) => time(r.CompletedOnUtc) },
  ];
  const first = { page: undefined };
  return (
    <>
      <div className="pl-filters">
        <SearchBox label={t('report.id')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, ...first })} width={320} />
        <DayField zone={ownZone} value={search.from} change={(from) => set({ from, ...first })} />
        <DayField end zone={ownZone} value={search.to} change={(to) => set({ to, ...first })} />
        <CsvButton
          name="transactions" page={fetch} head={['TransactionId', 'AccountId', 'AccountName', 'CycleId', 'CycleName', 'Status', 'ErrorCount', 'WarningCount', 'CreatedOnUtc', 'CompletedOnUtc']}
          row={(r) => [r.TransactionId, r.AccountId, r.AccountName, r.CycleId ?? '', r.CycleName ?? '', r.Status, r.ErrorCount, r.WarningCount, r.CreatedOnUtc, r.CompletedOnUtc ?? '']}
        />
      </div>
      <DataTable
        label={t('report.tabs.transactions')} columns={columns} rows={list.data?.items} rowKey={(r) => r.TransactionId} error={list.error} refreshing={list.isPlaceholderData} retry={list.refetch} pager={id ? undefined : pager(list.data)}
        actions={(r) => r.CycleId && <LinkButton size="xs" to={`/a/${encodeURIComponent(r.AccountId)}/transactions/${r.CycleId}/${r.TransactionId}` as never} aria-label={`${t('report.open')}, ${r.TransactionId}`}>{t('report.open')}</LinkButton>}
        empty={<Nothing searched={!!search.q || !!search.from || !!search.to} />}
      />
    </>
  );
}
