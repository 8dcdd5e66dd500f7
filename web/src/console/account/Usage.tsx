import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { accountsQuotaGet, usageGet } from '../../api';
import { ask, askList } from '../../lib/ask';
import { count } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { useAccount, useAccounts } from '../../lib/queries';
import { daysOf, sinceDay } from '../../lib/usage';
import { DayChart } from '../../ui/charts';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Loading } from '../../ui/Loading';
import { IconChartBar } from '@tabler/icons-react';

// shown is how many cycles are listed, those with the most tasks.
const shown = 100;

// AccountUsage shows an account's tasks by day, and beside them those of each sub account: never one sum of both.
export function AccountUsage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const from = sinceDay(30);
  const days = useQuery({ queryKey: ['accounts', id, 'usage', from], queryFn: () => ask(usageGet({ query: { account: id, by: 'day', from } })) });
  const cycles = useQuery({ queryKey: ['accounts', id, 'usage-cycles', from], queryFn: () => askList(usageGet({ query: { account: id, by: 'cycle', from, orderBy: 'Tasks', page: 1, pageSize: shown } })) });
  const quota = useQuery({ queryKey: ['accounts', id, 'quota'], queryFn: () => ask(accountsQuotaGet({ path: { account: id } })) });
  const { at, pager } = useListSearch();
  const parent = useAccount(id).data;
  const subs = useAccounts('', at, parent && !parent.ParentAccountId ? id : undefined, !!parent && !parent.ParentAccountId);
  if (days.error && !days.data) return <ErrorPanel what={t('usage.title')} error={days.error} retry={days.refetch} />;
  const q = quota.data;
  const figure = (n: string | undefined, of: string | undefined) => (n === undefined ? quota.error ? <ErrorPanel what={t('usage.thisPeriod')} error={quota.error} retry={quota.refetch} inline /> : <Loading what={t('usage.title')} lines={2} /> : <><strong>{n}</strong><span className="pl-dim">{of}</span></>);
  return (
    <>
      <div className="pl-cards">
        <section className="pl-card pl-figure">
          <h2>{t('usage.thisPeriod')}</h2>
          {figure(q && count(q.TasksUsed), q && (q.TaskLimit ? t('usage.ofLimit', { n: count(q.TaskLimit) }) : t('usage.noLimit')))}
        </section>
        <section className="pl-card pl-figure">
          <h2>{t('usage.stored')}</h2>
          {figure(q && bytes(q.StoredBytes), q && (q.StoredBytesLimit ? t('usage.ofLimit', { n: bytes(q.StoredBytesLimit) }) : t('usage.noLimit')))}
        </section>
      </div>
      <section className="pl-card">
        <h2 className="pl-title">{t('usage.perDay')}</h2>
        {days.data === undefined ? <Loading what={t('usage.perDay')} lines={6} /> : <DayChart days={daysOf(days.data ?? [], 30)} label={t('usage.perDay')} />}
      </section>
      <DataTable
        label={t('usage.byCycle')}
        columns={[
          { key: 'name', head: t('cycles.cycle'), phone: 'title', wide: true, cell: (r) => <strong>{r.CycleName || t('usage.outside')}</strong> },
          { key: 'ok', head: t('usage.ok'), number: true, cell: (r) => count(r.TasksOk) },
          { key: 'incident', head: t('usage.incident'), number: true, cell: (r) => count(r.TasksIncident) },
        ]}
        rows={cycles.data?.items}
        rowKey={(r) => r.CycleId ?? 'outside'}
        error={cycles.error}
        retry={cycles.refetch}
        empty={<EmptyState icon={IconChartBar} title={t('usage.none')} text={t('usage.noneText')} />}
      />
      {(cycles.data?.total ?? 0) > shown && <p className="pl-dim">{t('usage.moreCycles', { n: count(shown) })}</p>}
      {(subs.error || !!subs.data?.items.length || at.page > 1) && (
        <DataTable
          label={t('nav.subAccounts')}
          columns={[
            { key: 'name', head: t('nav.subAccounts'), phone: 'title', wide: true, cell: (a) => <Link to="/accounts/$id/usage" params={{ id: a.Id }}>{a.Name}</Link> },
            { key: 'ok', head: t('usage.ok'), number: true, cell: (a) => count(a.Figures?.TasksOk ?? 0) },
            { key: 'incident', head: t('usage.incident'), number: true, cell: (a) => count(a.Figures?.TasksIncident ?? 0) },
          ]}
          rows={subs.data?.items}
          rowKey={(a) => a.Id}
          error={subs.error}
          refreshing={subs.isPlaceholderData}
          retry={subs.refetch}
          pager={pager(subs.data)}
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
