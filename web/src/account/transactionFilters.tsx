import { Button, Checkbox, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useListSearch } from '../lib/paging';
import { DayField } from '../ui/DayField';
import { SearchBox } from '../ui/SearchBox';
import { CycleChoice } from './CycleChoice';

export const statuses = ['Queued', 'InProgress', 'Waiting', 'Completed', 'Errored', 'Stopped', 'Cancelled'] as const;
const wordOf = { Queued: 'queued', InProgress: 'inProgress', Waiting: 'waiting', Completed: 'completed', Errored: 'failed', Stopped: 'stopped', Cancelled: 'cancelled' };
const splits = ['Unsplit', 'Parent', 'Child'] as const;

// TransactionFilters chooses what the list shows; every choice stands in the address. Times are typed on the clocks of the zone.
export function TransactionFilters({ account, zone }: { account: string; zone: string | undefined }) {
  const { t } = useTranslation();
  const { search, set } = useListSearch();
  const first = { page: undefined };
  const any = search.q ?? search.status ?? search.cycle ?? search.split ?? search.code ?? search.signature ?? search.from ?? search.to ?? search.parent ?? search.waiting;
  return (
    <div className="pl-filters">
      <SearchBox label={t('transactions.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, ...first })} width={240} />
      <Select
        w={170}
        aria-label={t('transactions.status')}
        data={[{ value: '', label: t('transactions.all') }, ...statuses.map((s) => ({ value: s, label: t(`status.${wordOf[s]}`) }))]}
        value={search.status ?? ''}
        allowDeselect={false}
        onChange={(v) => set({ status: v || undefined, ...first })}
      />
      <CycleChoice account={account} bare width={240} any={t('transactions.allCycles')} value={search.cycle ?? null} change={(v) => set({ cycle: v ?? undefined, ...first })} />
      <Select
        w={170}
        aria-label={t('transactions.split')}
        data={[{ value: '', label: t('transactions.anySplit') }, ...splits.map((s) => ({ value: s, label: t(`transactions.splitChoice.${s}`) }))]}
        value={search.split ?? ''}
        allowDeselect={false}
        onChange={(v) => set({ split: v || undefined, ...first })}
      />
      <DayField time zone={zone} value={search.from} change={(from) => set({ from, ...first })} />
      <DayField end time zone={zone} value={search.to} change={(to) => set({ to, ...first })} />
      <Select
        w={170}
        aria-label={t('transactions.trouble')}
        data={[{ value: '', label: t('transactions.anyTrouble') }, ...['errors', 'warnings', 'none'].map((v) => ({ value: v, label: t(`transactions.troubleChoice.${v}`) }))]}
        value={search.trouble ?? ''}
        allowDeselect={false}
        onChange={(v) => set({ trouble: v || undefined, ...first })}
      />
      <Checkbox label={t('transactions.retrying')} checked={search.waiting === 'retry'} onChange={(e) => set({ waiting: e.currentTarget.checked ? 'retry' : undefined, ...first })} />
      {search.code && <Button size="xs" onClick={() => set({ code: undefined, ...first })}>{t('transactions.codeChip', { code: search.code })} ×</Button>}
      {search.signature && <Button size="xs" onClick={() => set({ signature: undefined, ...first })}>{t('transactions.likeChip', { error: search.signature.split('/').slice(1).join(' ') })} ×</Button>}
      {(any || search.trouble) && (
        <Button variant="subtle" onClick={() => set({ q: undefined, status: undefined, cycle: undefined, split: undefined, code: undefined, signature: undefined, from: undefined, to: undefined, trouble: undefined, parent: undefined, waiting: undefined, ...first })}>
          {t('transactions.clearFilters')}
        </Button>
      )}
    </div>
  );
}
