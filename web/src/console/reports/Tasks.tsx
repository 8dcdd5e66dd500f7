import { Button, Select } from '@mantine/core';
import { IconChartBar, IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';
import type { UsageLine } from '../../api';
import { csv, download } from '../../lib/download';
import { count } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { useTasks } from '../../lib/reports';
import { may, useSession } from '../../lib/session';
import { daysOf } from '../../lib/usage';
import { DayChart } from '../../ui/charts';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { SearchBox } from '../../ui/SearchBox';

const keys = ['account', 'account,cycle', 'connector', 'connector,method', 'account,day', 'day'] as const;
const spans = [7, 30, 90, 365];
const shown = 200;

// TaskReport is the tasks of the partner by what one wants to see them by. Parents' sums never hold those of sub accounts.
export function TaskReport() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { search, set } = useListSearch();
  const by = keys.find((k) => k === search.by) ?? 'account';
  const days = spans.find((n) => String(n) === search.from) ?? 30;
  const lines = useTasks(by, days);
  const perDay = useTasks('day', days);
  const wanted = (search.q ?? '').toLowerCase();
  const rows = (lines.data ?? [])
    .filter((l) => !wanted || Object.values(l).some((v) => String(v).toLowerCase().includes(wanted)))
    .sort((a, b) => (by.endsWith('day') ? (a.Day ?? '').localeCompare(b.Day ?? '') : b.TasksOk + b.TasksIncident - a.TasksOk - a.TasksIncident));
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
  const file = () =>
    download(
      `tasks-${by.replace(',', '-')}-${days}.csv`,
      csv([
        ['Day', 'AccountId', 'AccountName', 'CycleId', 'CycleName', 'ConnectorName', 'MethodName', 'TasksOk', 'TasksIncident'],
        ...rows.map((l) => [l.Day ?? '', l.AccountId ?? '', l.AccountName ?? '', l.CycleId ?? '', l.CycleName ?? '', l.ConnectorName ?? '', l.MethodName ?? '', l.TasksOk, l.TasksIncident]),
      ]),
      'text/csv',
    );
  return (
    <>
      <div className="pl-filters">
        <Select w={220} aria-label={t('reports.by')} data={keys.map((k) => ({ value: k, label: t(`reports.key.${k}`) }))} value={by} allowDeselect={false} onChange={(v) => set({ by: v ?? undefined })} />
        <Select w={160} aria-label={t('reports.span')} data={spans.map((n) => ({ value: String(n), label: t('reports.days', { n }) }))} value={String(days)} allowDeselect={false} onChange={(v) => set({ from: v ?? undefined })} />
        <SearchBox label={t('reports.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined })} />
        <Button leftSection={<IconDownload size={14} />} onClick={file} disabled={rows.length === 0}>
          {t('reports.csv')}
        </Button>
      </div>
      <section className="pl-card" aria-label={t('reports.chart')}>
        <h2 className="pl-title">{t('reports.chart')}</h2>
        <DayChart days={daysOf(perDay.data ?? [], days)} label={t('reports.chart')} />
      </section>
      <DataTable
        label={t('reports.title')}
        columns={columns}
        rows={lines.data ? rows.slice(0, shown) : undefined}
        rowKey={(l) => [l.Day, l.AccountId, l.CycleId, l.ConnectorId, l.MethodId].join('/')}
        error={lines.error}
        retry={lines.refetch}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
      {rows.length > shown && <p className="pl-dim">{t('reports.more', { n: count(rows.length - shown) })}</p>}
    </>
  );
}
