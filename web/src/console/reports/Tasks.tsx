import { Select } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import type { UsageLine } from '../../api';
import { count } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { tasksOf, useTasks } from '../../lib/reports';
import { may, useSession } from '../../lib/session';
import { daysOf } from '../../lib/usage';
import { DayChart } from '../../ui/charts';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Loading } from '../../ui/Loading';
import { AccountChoice } from '../AccountChoice';
import { CsvButton } from './CsvButton';

const keys = ['account', 'account,cycle', 'connector', 'connector,method', 'account,day', 'day'] as const;
const spans = [7, 30, 90, 365];

// TaskReport is the tasks of the partner by what one wants to see them by. Parents' sums never hold those of sub accounts.
export function TaskReport() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { search, set, at, pager } = useListSearch();
  const by = keys.find((k) => k === search.by) ?? 'account';
  const days = spans.find((n) => String(n) === search.from) ?? 30;
  const account = search.account && may(session, 'Accounts') ? { account: search.account } : {};
  const of = { ...account, ...(by.endsWith('day') ? {} : { orderBy: 'Tasks' as const }) };
  const lines = useTasks(by, days, { ...of, page: at.page, pageSize: at.size });
  const perDay = useTasks('day', days, account);
  const parts = by.split(',');
  const columns: Column<UsageLine>[] = [
    ...(parts.includes('account')
      ? [{ key: 'account', head: t('accounts.account'), phone: 'title' as const, cell: (l: UsageLine) => (l.AccountId && may(session, 'Accounts') ? <Link to="/accounts/$id/usage" params={{ id: l.AccountId }}>{l.AccountName}</Link> : l.AccountName) }]
      : []),
    ...(parts.includes('cycle') ? [{ key: 'cycle', head: t('cycles.cycle'), wide: true, cell: (l: UsageLine) => l.CycleName || t('usage.outside') }] : []),
    ...(parts.includes('connector') ? [{ key: 'connector', head: t('connectors.connector'), phone: 'title' as const, cell: (l: UsageLine) => l.ConnectorName || l.ConnectorId }] : []),
    ...(parts.includes('method') ? [{ key: 'method', head: t('test.method'), wide: true, cell: (l: UsageLine) => l.MethodName || l.MethodId }] : []),
    ...(parts.includes('day') ? [{ key: 'day', head: t('usage.day'), phone: 'title' as const, cell: (l: UsageLine) => l.Day }] : []),
    { key: 'ok', head: t('usage.ok'), number: true, cell: (l) => count(l.TasksOk) },
    { key: 'incident', head: t('usage.incident'), number: true, cell: (l) => <span className={l.TasksIncident ? 'pl-bad' : 'pl-zero'}>{count(l.TasksIncident)}</span> },
  ];
  const first = { page: undefined };
  return (
    <>
      <div className="pl-filters">
        <Select w={220} aria-label={t('reports.by')} data={keys.map((k) => ({ value: k, label: t(`reports.key.${k}`) }))} value={by} allowDeselect={false} onChange={(v) => set({ by: v ?? undefined, ...first })} />
        <Select w={160} aria-label={t('reports.span')} data={spans.map((n) => ({ value: String(n), label: t('reports.days', { n }) }))} value={String(days)} allowDeselect={false} onChange={(v) => set({ from: v ?? undefined, ...first })} />
        {may(session, 'Accounts') && <AccountChoice bare width={240} any={t('reports.anyAccount')} value={search.account ?? null} change={(v) => set({ account: v ?? undefined, ...first })} />}
        <CsvButton<UsageLine>
          name={`tasks-${by.replace(',', '-')}-${days}`} page={(page, pageSize) => tasksOf(by, days, { ...of, page, pageSize })}
          head={['Day', 'AccountId', 'AccountName', 'CycleId', 'CycleName', 'ConnectorName', 'MethodName', 'TasksOk', 'TasksIncident']}
          row={(l) => [l.Day ?? '', l.AccountId ?? '', l.AccountName ?? '', l.CycleId ?? '', l.CycleName ?? '', l.ConnectorName ?? '', l.MethodName ?? '', l.TasksOk, l.TasksIncident]}
        />
      </div>
      <section className="pl-card" aria-label={t('reports.chart')}>
        <h2 className="pl-title">{t('reports.chart')}</h2>
        {perDay.error && !perDay.data ? <ErrorPanel what={t('reports.chart')} error={perDay.error} retry={perDay.refetch} inline /> : perDay.data ? <DayChart days={daysOf(perDay.data.items, days)} label={t('reports.chart')} /> : <Loading what={t('reports.chart')} lines={6} />}
      </section>
      <DataTable
        label={t('reports.title')}
        columns={columns}
        rows={lines.data?.items}
        rowKey={(l) => [l.Day, l.AccountId, l.CycleId, l.ConnectorId, l.MethodId].join('/')}
        error={lines.error}
        refreshing={lines.isPlaceholderData}
        retry={lines.refetch}
        pager={pager(lines.data)}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
    </>
  );
}
