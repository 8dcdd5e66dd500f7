import { Autocomplete, Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MappingInput, stepsFieldLookupPost, stepsParameterLookupPost } from '../api';
import { ask } from '../lib/ask';
import { wordsOf } from '../ui/words';
import { setupKey } from './data';
import type { SetupData } from './MappingTable';
import { type LookupChoice, lookupOf, lookupText, ofLookup, type Row } from './model';

// LookupValue offers what the application itself has, searched while typing. What is not in the list can be typed.
export function LookupValue({ row, label, put, account, step, edit }: SetupData & { row: Row; label: string; put: (m: MappingInput) => void }) {
  const { t } = useTranslation();
  const m = row.mapping;
  const shown = m.MappingType === 'Trigger' ? (m.TriggerValueDisplayName ?? m.TriggerValue ?? '') : '';
  const [typed, setTyped] = useState(shown);
  const [asked, setAsked] = useState(false);
  const picked = useRef<{ text: string; choice: LookupChoice } | null>(null);
  useEffect(() => {
    setTyped(shown);
    picked.current = null;
  }, [shown]);
  const [search] = useDebouncedValue(typed === shown ? '' : typed, 250);
  const queries = useQueryClient();
  const lookup = (text: string) => ({
    queryKey: [...setupKey(account, step.Id), 'lookup', row.kind, row.id, text], staleTime: 60_000, retry: false,
    queryFn: () => {
      const options = { headers: { 'X-Cyclr-Account': account }, query: { search: text, page: 1, pageSize: 50 }, body: {} };
      return ask(row.kind === 'parameter' ? stepsParameterLookupPost({ ...options, path: { step: step.Id, parameter: String(row.id) } }) : stepsFieldLookupPost({ ...options, path: { step: step.Id, field: String(row.id) } }));
    },
  });
  const choices = useQuery({ ...lookup(search), enabled: asked && edit });
  const list = choices.data ?? [];
  const pick = (value: string) => {
    const choice = lookupOf(value, list, null);
    if (!choice) return;
    picked.current = { text: value, choice };
    put(ofLookup(choice.Value, choice.Name));
  };
  // What was typed may be the name of something that was not found yet.
  const leave = async () => {
    if (typed === shown || picked.current?.text === typed) return;
    const before = picked.current;
    const found = typed.trim() === '' ? [] : ((await queries.fetchQuery(lookup(typed)).catch(() => null)) ?? list);
    const choice = lookupOf(typed, found, null);
    if (choice && picked.current === before) put(ofLookup(choice.Value, choice.Name));
  };
  return (
    <Autocomplete
      className="pl-grow" aria-label={label} data={[...new Set(list.map((c) => lookupText(c, list)))]} filter={({ options }) => options} value={typed} onChange={setTyped} disabled={!edit} placeholder={t('setup.searchLookup')}
      onFocus={() => setAsked(true)} rightSection={choices.isFetching ? <Loader size={14} /> : undefined} error={choices.error ? wordsOf(choices.error, t) : undefined}
      description={m.MappingType === 'Trigger' && m.TriggerValue !== shown ? t('setup.lookupID', { id: m.TriggerValue }) : undefined}
      onOptionSubmit={(v) => {
        setTyped(v);
        pick(v);
      }}
      onBlur={() => void leave()}
    />
  );
}
