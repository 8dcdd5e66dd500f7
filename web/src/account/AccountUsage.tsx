import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconChartBar } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { accountUsageGet } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { daysOf, sinceDay } from '../lib/usage';
import { useListSearch } from '../lib/paging';
import { DayChart } from '../ui/charts';
import { DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { ErrorPanel } from '../ui/ErrorPanel';
import { PageHead } from '../ui/Page';

// Usage is the report of one account's tasks, by day and by cycle; ?cycle shows one cycle alone.
export function Usage() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { search } = useListSearch();
  const from = sinceDay(30);
  const lines = useQuery({
    queryKey: [account, 'usage', from],
    queryFn: () => ask(accountUsageGet({ headers: { 'X-Cyclr-Account': account }, query: { by: 'day,cycle', from } })),
  });
  if (lines.error && !lines.data) return <ErrorPanel what={t('usage.title')} error={lines.error} retry={lines.refetch} />;
  const chosen = (lines.data ?? []).filter((l) => !search.cycle || l.CycleId === search.cycle);
  const sum = (key: (l: (typeof chosen)[number]) => string) => {
    const sums = new Map<string, (typeof chosen)[number]>();
    for (const l of chosen) {
      const k = key(l);
      const s = sums.get(k) ?? { ...l, TasksOk: 0, TasksIncident: 0 };
      sums.set(k, { ...s, TasksOk: s.TasksOk + l.TasksOk, TasksIncident: s.TasksIncident + l.TasksIncident });
    }
    return [...sums.values()];
  };
  const cycles = sum((l) => l.CycleId ?? '').sort((a, b) => b.TasksOk + b.TasksIncident - a.TasksOk - a.TasksIncident);
  return (
    <>
      <PageHead title={t('usage.title')} lead={t('usage.lead')} />
      <section className="pl-card">
        <h2 className="pl-title">{t('usage.perDay')}</h2>
        <DayChart days={daysOf(sum((l) => l.Day ?? ''), 30)} label={t('usage.perDay')} />
      </section>
      <DataTable
        label={t('usage.byCycle')}
        columns={[
          { key: 'name', head: t('cycles.cycle'), phone: 'title', wide: true, cell: (r) => <strong>{r.CycleName || t('usage.outside')}</strong> },
          { key: 'ok', head: t('usage.ok'), number: true, cell: (r) => count(r.TasksOk) },
          { key: 'incident', head: t('usage.incident'), number: true, cell: (r) => count(r.TasksIncident) },
        ]}
        rows={lines.data ? cycles : undefined}
        rowKey={(r) => r.CycleId ?? 'outside'}
        error={lines.error}
        retry={lines.refetch}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
    </>
  );
}
