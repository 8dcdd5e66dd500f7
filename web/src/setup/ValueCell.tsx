import { Autocomplete, Menu, Select, UnstyledButton } from '@mantine/core';
import {
  IconArrowRight, IconChevronDown, IconCircleDashed, IconCursorText, IconList, IconMathFunction, IconMinus, IconSearch, IconVariable, type Icon,
} from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MappingInput } from '../api';
import { LookupValue } from './LookupValue';
import type { SetupData } from './MappingTable';
import { MergeText } from './MergeText';
import { fieldChoices, fieldOf, ignored, ofChoice, ofField, ofText, ofVariable, type Row, type Source, sourceOf, sourcesOf } from './model';

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
      return <Select className="pl-grow" aria-label={label} data={[...new Set(row.values)]} value={m.MappingType === 'ValueList' ? m.Value : null} searchable disabled={!data.edit} onChange={(v) => v !== null && put(ofChoice(v))} />;
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
  const choices = useMemo(() => fieldChoices(fields), [fields]);
  const locations = useMemo(() => new Map(choices.flatMap((c) => c.items.map((x) => [x.text, x.location]))), [choices]);
  const here = choices.find((c) => c.step === source)?.items.find((x) => x.location === location);
  const shown = here ? here.text : location ? `${nameOfStep(source ?? '') ?? t('setup.goneStep')}: ${location}` : '';
  const [typed, setTyped] = useState(shown);
  useEffect(() => setTyped(shown), [shown]);
  const take = (value: string) => {
    const named = fieldOf(value, choices);
    if (named) put(named.step, named.location);
  };
  const groups = choices.map((c) => ({ group: c.name, items: c.items.map((x) => x.text) }));
  return (
    <Autocomplete
      className="pl-grow" aria-label={label} data={groups} value={typed} onChange={setTyped} disabled={!edit} placeholder={t('setup.chooseField')} limit={200} maxDropdownHeight={320}
      onOptionSubmit={(v) => {
        setTyped(v);
        take(v);
      }}
      onBlur={() => typed !== shown && take(typed)}
      renderOption={({ option }) => <code>{locations.get(option.value) ?? option.value}</code>}
    />
  );
}
