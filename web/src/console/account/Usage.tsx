import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { accountsQuotaGet, accountsSubAccountsGet, usageGet } from '../../api';
import { ask, askList } from '../../lib/ask';
import { count } from '../../lib/format';
import { daysOf, sinceDay } from '../../lib/usage';
import { DayChart } from '../../ui/charts';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { IconChartBar } from '@tabler/icons-react';

// AccountUsage shows an account's tasks by day, and beside them those of each sub account: never one sum of both.
export function AccountUsage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const from = sinceDay(30);
  const days = useQuery({ queryKey: ['accounts', id, 'usage', from], queryFn: () => ask(usageGet({ query: { account: id, by: 'day', from } })) });
  const cycles = useQuery({ queryKey: ['accounts', id, 'usage-cycles', from], queryFn: () => ask(usageGet({ query: { account: id, by: 'cycle', from } })) });
  const quota = useQuery({ queryKey: ['accounts', id, 'quota'], queryFn: () => ask(accountsQuotaGet({ path: { account: id } })) });
  const subs = useQuery({
    queryKey: ['accounts', id, 'sub-usage'],
    queryFn: () => askList(accountsSubAccountsGet({ path: { account: id }, query: { includeFigures: true, pageSize: 200 } })),
  });
  if (days.error && !days.data) return <ErrorPanel what={t('usage.title')} error={days.error} retry={days.refetch} />;
  const q = quota.data;
  return (
    <>
      <div className="pl-cards">
        <section className="pl-card pl-figure">
          <h2>{t('usage.thisPeriod')}</h2>
          <strong>{q ? count(q.TasksUsed) : ''}</strong>
          <span className="pl-dim">{q && (q.TaskLimit ? t('usage.ofLimit', { n: count(q.TaskLimit) }) : t('usage.noLimit'))}</span>
        </section>
        <section className="pl-card pl-figure">
          <h2>{t('usage.stored')}</h2>
          <strong>{q ? bytes(q.StoredBytes) : ''}</strong>
          <span className="pl-dim">{q && (q.StoredBytesLimit ? t('usage.ofLimit', { n: bytes(q.StoredBytesLimit) }) : t('usage.noLimit'))}</span>
        </section>
      </div>
      <section className="pl-card">
        <h2 className="pl-title">{t('usage.perDay')}</h2>
        <DayChart days={daysOf(days.data ?? [], 30)} label={t('usage.perDay')} />
      </section>
      <DataTable
        label={t('usage.byCycle')}
        columns={[
          { key: 'name', head: t('cycles.cycle'), phone: 'title', wide: true, cell: (r) => <strong>{r.CycleName || t('usage.outside')}</strong> },
          { key: 'ok', head: t('usage.ok'), number: true, cell: (r) => count(r.TasksOk) },
          { key: 'incident', head: t('usage.incident'), number: true, cell: (r) => count(r.TasksIncident) },
        ]}
        rows={cycles.data ?? undefined}
        rowKey={(r) => r.CycleId ?? 'outside'}
        error={cycles.error}
        retry={cycles.refetch}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
      {!!subs.data?.items.length && (
        <DataTable
          label={t('nav.subAccounts')}
          columns={[
            { key: 'name', head: t('nav.subAccounts'), phone: 'title', wide: true, cell: (a) => <strong>{a.Name}</strong> },
            { key: 'ok', head: t('usage.ok'), number: true, cell: (a) => count(a.Figures?.TasksOk ?? 0) },
            { key: 'incident', head: t('usage.incident'), number: true, cell: (a) => count(a.Figures?.TasksIncident ?? 0) },
          ]}
          rows={subs.data.items}
          rowKey={(a) => a.Id}
          error={subs.error}
          retry={subs.refetch}
          empty={null}
        />
      )}
    </>
  );
}

// bytes writes a size in the largest unit that keeps it above one.
export function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${i === 0 ? n : n.toFixed(1)} ${units[i]}`;
}
