import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconChartBar } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { accountUsageGet, type UsageLine } from '../api';
import { askList } from '../lib/ask';
import { count } from '../lib/format';
import { daysOf, sinceDay } from '../lib/usage';
import { useListSearch } from '../lib/paging';
import { DayChart } from '../ui/charts';
import { DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Loading } from '../ui/Loading';
import { PageHead } from '../ui/Page';

// Usage is the report of one account's tasks, by day and by cycle; ?cycle shows one cycle alone.
export function Usage() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { search } = useListSearch();
  const from = sinceDay(30);
  const { at, pager } = useListSearch();
  const headers = { 'X-Cyclr-Account': account };
  const read = (query: { by: string; orderBy?: string; page?: number; pageSize?: number }) => askList(accountUsageGet({ headers, query: { ...query, from } }));
  // Of one cycle both are sums of the same lines; of all, the server sums.
  const one = search.cycle;
  const days = useQuery({ queryKey: [account, 'usage', 'days', from, one], queryFn: async () => (await read({ by: one ? 'day,cycle' : 'day' })).items.filter((l) => !one || l.CycleId === one) });
  const cycles = useQuery({ queryKey: [account, 'usage', 'cycles', from, at], queryFn: () => read({ by: 'cycle', orderBy: 'Tasks', page: at.page, pageSize: at.size }), enabled: !one, placeholderData: keepPreviousData });
  const sum = (days.data ?? []).reduce((s, l) => ({ ...s, CycleName: l.CycleName, TasksOk: s.TasksOk + l.TasksOk, TasksIncident: s.TasksIncident + l.TasksIncident }), { CycleId: one, TasksOk: 0, TasksIncident: 0 } as UsageLine);
  const table = one ? { ...days, isPlaceholderData: false, rows: days.data && (days.data.length ? [sum] : []) } : { ...cycles, rows: cycles.data?.items };
  return (
    <>
      <PageHead title={t('usage.title')} lead={t('usage.lead')} />
      <section className="pl-card">
        <h2 className="pl-title">{t('usage.perDay')}</h2>
        {days.error && !days.data ? <ErrorPanel what={t('usage.perDay')} error={days.error} retry={days.refetch} inline /> : days.data ? <DayChart days={daysOf(days.data, 30)} label={t('usage.perDay')} /> : <Loading what={t('usage.perDay')} lines={6} />}
      </section>
      <DataTable
        label={t('usage.byCycle')}
        columns={[
          { key: 'name', head: t('cycles.cycle'), phone: 'title', wide: true, cell: (r) => <strong>{r.CycleName || t('usage.outside')}</strong> },
          { key: 'ok', head: t('usage.ok'), number: true, cell: (r) => count(r.TasksOk) },
          { key: 'incident', head: t('usage.incident'), number: true, cell: (r) => count(r.TasksIncident) },
        ]}
        rows={table.rows}
        rowKey={(r) => r.CycleId ?? 'outside'}
        error={table.error}
        refreshing={table.isPlaceholderData}
        retry={() => void table.refetch()}
        pager={one ? undefined : pager(cycles.data)}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
    </>
  );
}
