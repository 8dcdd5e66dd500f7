import { Autocomplete, Menu, Select, UnstyledButton } from '@mantine/core';
import {
  IconArrowRight, IconChevronDown, IconCircleDashed, IconCursorText, IconList, IconMathFunction, IconMinus, IconSearch, IconVariable, type Icon,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MappingInput } from '../api';
import { LookupValue } from './LookupValue';
import type { SetupData } from './MappingTable';
import { MergeText } from './MergeText';
import { ignored, ofChoice, ofField, ofText, ofVariable, type Row, type Source, sourceOf, sourcesOf } from './model';

const icons: Record<Source, Icon> = {
  unset: IconCircleDashed, ignore: IconMinus, text: IconCursorText, script: IconMathFunction, step: IconArrowRight, choice: IconList, lookup: IconSearch, variable: IconVariable,
};

// ValueCell is where a value comes from and the value itself, as one control.
export function ValueCell({ row, save, ...data }: SetupData & { row: Row; save: (row: Row, after: MappingInput) => Promise<unknown> }) {
  const { t } = useTranslation();
  const stored = sourceOf(row.mapping);
  const [source, setSource] = useState(stored);
  useEffect(() => setSource(stored), [stored]);
  const Picture = icons[source];
  const put = (m: MappingInput) => void save(row, m);
  const choose = (next: Source) => {
    setSource(next);
    if (next === 'ignore') put(ignored);
  };
  return (
    <div className="pl-value">
      <Menu position="bottom-start" width={210} disabled={!data.edit}>
        <Menu.Target>
          <UnstyledButton className="pl-source" aria-label={t('setup.sourceOf', { name: row.name, source: t(`setup.sources.${source}`) })} disabled={!data.edit}>
            <Picture size={15} aria-hidden />
            <IconChevronDown size={12} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {sourcesOf(row, data.variables.length).map((s) => {
            const I = icons[s];
            return (
              <Menu.Item key={s} leftSection={<I size={15} />} onClick={() => choose(s)}>
                {t(`setup.sources.${s}`)}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      <Editor row={row} source={source} put={put} {...data} />
    </div>
  );
}

function Editor({ row, source, put, ...data }: SetupData & { row: Row; source: Source; put: (m: MappingInput) => void }) {
  const { t } = useTranslation();
  const m = row.mapping;
  const label = t('setup.valueOf', { name: row.name });
  switch (source) {
    case 'unset':
    case 'ignore':
      return <span className="pl-value-none">{t(source === 'ignore' ? 'setup.sources.ignore' : 'setup.chooseSource')}</span>;
    case 'step':
      return <FieldValue label={label} source={m.SourceStepId} location={m.SourceLocation} put={(s, l) => put(ofField(s, l))} {...data} />;
    case 'choice':
      return <Select className="pl-grow" aria-label={label} data={row.values} value={m.MappingType === 'ValueList' ? m.Value : null} searchable disabled={!data.edit} onChange={(v) => v !== null && put(ofChoice(v))} />;
    case 'variable':
      return (
        <Select
          className="pl-grow" aria-label={label} searchable disabled={!data.edit} value={m.MappingType === 'Variable' ? m.Value : null}
          data={data.variables.map((v) => ({ value: v.SystemName, label: v.DisplayName }))} onChange={(v) => v !== null && put(ofVariable(v))}
        />
      );
    case 'lookup':
      return <LookupValue label={label} row={row} put={put} {...data} />;
    case 'script':
    case 'text':
      return <MergeText key={source} label={label} value={m.MappingType === 'StaticValue' ? (m.Value ?? '') : ''} script={source === 'script'} put={(v) => put(ofText(v))} {...data} />;
  }
}

// FieldValue chooses a field of an earlier step, or takes a location that no step declares.
export function FieldValue({ label, source, location, put, fields, edit, nameOfStep }: SetupData & { label: string; source: string | null | undefined; location: string | null | undefined; put: (step: string, location: string) => void }) {
  const { t } = useTranslation();
  const steps = [...new Map(fields.map((f) => [f.StepId ?? '', f.StepName ?? ''])).entries()];
  const text = (f: { StepName?: string | null; Location: string }) => `${f.StepName}: ${f.Location}`;
  const here = fields.find((f) => f.StepId === source && f.Location === location);
  const shown = here ? text(here) : location ? `${nameOfStep(source ?? '') ?? t('setup.goneStep')}: ${location}` : '';
  const [typed, setTyped] = useState(shown);
  useEffect(() => setTyped(shown), [shown]);
  const take = (value: string) => {
    const f = fields.find((x) => text(x) === value);
    if (f) return put(f.StepId ?? '', f.Location);
    const at = value.indexOf(': ');
    const named = steps.find(([, name]) => name === value.slice(0, at));
    if (at > 0 && named && value.slice(at + 2).trim()) put(named[0], value.slice(at + 2).trim());
  };
  const groups = steps.map(([id, name]) => ({ group: name, items: [...new Set(fields.filter((f) => f.StepId === id).map(text))] }));
  return (
    <Autocomplete
      className="pl-grow" aria-label={label} data={groups} value={typed} onChange={setTyped} disabled={!edit} placeholder={t('setup.chooseField')} limit={200} maxDropdownHeight={320}
      onOptionSubmit={(v) => {
        setTyped(v);
        take(v);
      }}
      onBlur={() => typed !== shown && take(typed)}
      renderOption={({ option }) => <code>{option.value.slice(option.value.indexOf(': ') + 2)}</code>}
    />
  );
}
