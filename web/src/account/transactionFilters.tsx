import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Cycle } from '../api';
import { useListSearch } from '../lib/paging';
import { SearchBox } from '../ui/SearchBox';

export const statuses = ['Queued', 'InProgress', 'Waiting', 'Completed', 'Errored', 'Stopped', 'Cancelled'] as const;
const wordOf = { Queued: 'queued', InProgress: 'inProgress', Waiting: 'waiting', Completed: 'completed', Errored: 'failed', Stopped: 'stopped', Cancelled: 'cancelled' };
const splits = ['Unsplit', 'Parent', 'Child'] as const;

// TransactionFilters chooses what the list shows; every choice stands in the address.
export function TransactionFilters({ cycles }: { cycles: Cycle[] }) {
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
      <Select
        w={240}
        aria-label={t('transactions.cycle')}
        searchable
        data={[{ value: '', label: t('transactions.allCycles') }, ...cycles.map((c) => ({ value: c.Id, label: c.Name }))]}
        value={search.cycle ?? ''}
        allowDeselect={false}
        onChange={(v) => set({ cycle: v || undefined, ...first })}
      />
      <Select
        w={170}
        aria-label={t('transactions.split')}
        data={[{ value: '', label: t('transactions.anySplit') }, ...splits.map((s) => ({ value: s, label: t(`transactions.splitChoice.${s}`) }))]}
        value={search.split ?? ''}
        allowDeselect={false}
        onChange={(v) => set({ split: v || undefined, ...first })}
      />
      <TextInput type="datetime-local" aria-label={t('transactions.from')} title={t('transactions.from')} value={search.from ?? ''} onChange={(e) => set({ from: e.currentTarget.value || undefined, ...first })} />
      <TextInput type="datetime-local" aria-label={t('transactions.to')} title={t('transactions.to')} value={search.to ?? ''} onChange={(e) => set({ to: e.currentTarget.value || undefined, ...first })} />
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

// utcOf turns a time as it was typed, on the clocks of a zone, into UTC.
export function utcOf(local: string | undefined, zone: string | undefined): string | undefined {
  if (!local) return undefined;
  const guess = new Date(`${local}Z`);
  if (Number.isNaN(guess.getTime())) return undefined;
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone || 'UTC', dateStyle: 'short', timeStyle: 'medium' }).format(guess).replace(' ', 'T');
  return new Date(guess.getTime() - (new Date(`${shown}Z`).getTime() - guess.getTime())).toISOString();
}
