import { Autocomplete, Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MappingInput, stepsFieldLookupPost, stepsParameterLookupPost } from '../api';
import { ask } from '../lib/ask';
import { wordsOf } from '../ui/words';
import { setupKey } from './data';
import type { SetupData } from './MappingTable';
import { ofLookup, type Row } from './model';

// LookupValue offers what the application itself has, searched while typing. What is not in the list can be typed.
export function LookupValue({ row, label, put, account, step, edit }: SetupData & { row: Row; label: string; put: (m: MappingInput) => void }) {
  const { t } = useTranslation();
  const m = row.mapping;
  const shown = m.MappingType === 'Trigger' ? (m.TriggerValueDisplayName ?? m.TriggerValue ?? '') : '';
  const [typed, setTyped] = useState(shown);
  const [asked, setAsked] = useState(false);
  useEffect(() => setTyped(shown), [shown]);
  const [search] = useDebouncedValue(typed === shown ? '' : typed, 250);
  const choices = useQuery({
    queryKey: [...setupKey(account, step.Id), 'lookup', row.kind, row.id, search], enabled: asked && edit, staleTime: 60_000, retry: false,
    queryFn: () => {
      const options = { headers: { 'X-Cyclr-Account': account }, query: { search, page: 1, pageSize: 50 }, body: {} };
      return ask(row.kind === 'parameter' ? stepsParameterLookupPost({ ...options, path: { step: step.Id, parameter: String(row.id) } }) : stepsFieldLookupPost({ ...options, path: { step: step.Id, field: String(row.id) } }));
    },
  });
  const list = choices.data ?? [];
  const text = (c: { Name: string; Value: string }) => (list.some((o) => o !== c && o.Name === c.Name) ? `${c.Name} (${c.Value})` : c.Name);
  const take = (value: string) => {
    const c = list.find((x) => text(x) === value);
    if (c) put(ofLookup(c.Value, c.Name));
    else if (value.trim()) put(ofLookup(value.trim(), value.trim()));
  };
  return (
    <Autocomplete
      className="pl-grow" aria-label={label} data={[...new Set(list.map(text))]} filter={({ options }) => options} value={typed} onChange={setTyped} disabled={!edit} placeholder={t('setup.searchLookup')}
      onFocus={() => setAsked(true)} rightSection={choices.isFetching ? <Loader size={14} /> : undefined} error={choices.error ? wordsOf(choices.error, t) : undefined}
      description={m.MappingType === 'Trigger' && m.TriggerValue !== shown ? t('setup.lookupID', { id: m.TriggerValue }) : undefined}
      onOptionSubmit={(v) => {
        setTyped(v);
        take(v);
      }}
      onBlur={() => typed !== shown && take(typed)}
    />
  );
}
