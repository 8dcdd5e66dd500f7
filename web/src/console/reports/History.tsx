import { useQuery } from '@tanstack/react-query';
import { IconChartBar } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { usageGet } from '../../api';
import { ask } from '../../lib/ask';
import { count } from '../../lib/format';
import { firstOfMonths, monthsOf } from '../../lib/usage';
import { type Day, DayChart } from '../../ui/charts';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { CsvButton, whole } from './CsvButton';

const months = 13;

// TaskHistory is the partner's tasks of the last thirteen months.
export function TaskHistory() {
  const { t } = useTranslation();
  const from = firstOfMonths(months);
  const fetch = async () => monthsOf((await ask(usageGet({ query: { by: 'day', from } }))) ?? [], months);
  const list = useQuery({ queryKey: ['usage', 'months', from], queryFn: fetch, staleTime: 60_000 });
  const share = (m: { ok: number; incident: number }) => (m.ok + m.incident === 0 ? '' : ((100 * m.incident) / (m.ok + m.incident)).toFixed(1));
  return (
    <>
      <div className="pl-filters">
        <CsvButton<Day> name="task-history" head={['Month', 'TasksOk', 'TasksIncident']} page={whole(fetch)} row={(m) => [m.day, m.ok, m.incident]} />
      </div>
      {list.isLoading && <Loading what={t('report.chart.history')} card lines={6} />}
      {list.data && (
        <section className="pl-card" aria-label={t('report.chart.history')}>
          <h2 className="pl-title">{t('report.chart.history')}</h2>
          <DayChart days={list.data} label={t('report.chart.history')} whole />
        </section>
      )}
      <DataTable
        label={t('report.tabs.history')}
        columns={[
          { key: 'month', head: t('report.month'), phone: 'title', wide: true, cell: (m) => m.day },
          { key: 'ok', head: t('usage.ok'), number: true, cell: (m) => count(m.ok) },
          { key: 'incident', head: t('usage.incident'), number: true, cell: (m) => <span className={m.incident ? 'pl-bad' : 'pl-zero'}>{count(m.incident)}</span> },
          { key: 'share', head: t('report.share'), number: true, cell: share },
        ]}
        rows={list.data ? [...list.data].reverse() : undefined}
        rowKey={(m) => m.day}
        error={list.error}
        retry={list.refetch}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
    </>
  );
}
