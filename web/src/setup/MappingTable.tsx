import { Button, Switch, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconSearch, IconSparkles } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldRef, MappingInput, Step, Variable } from '../api';
import { ErrorPanel } from '../ui/ErrorPanel';
import type { Sample } from './data';
import { merged, short, valueAt } from './merge';
import { filled, ofField, open, type Row, sourceOf, suggestion, wantsSuggestion } from './model';
import { Trial } from './Trial';
import { ValueCell } from './ValueCell';

// alone: the step is only shown, and the server is asked nothing about it.
export type SetupData = { account: string; step: Step; edit: boolean; fields: FieldRef[]; variables: Variable[]; sample: Sample | null; nameOfStep: (id: string) => string | undefined; alone?: boolean };

type Props = SetupData & { rows: Row[]; loading: boolean; error: Error | null; retry: () => void; save: (row: Row, after: MappingInput) => Promise<unknown>; seek?: boolean };

const keyOf = (row: Row) => `${row.kind} ${row.id}`;

// MappingTable says for each parameter and field of a step where its value comes from, and what that yields.
export function MappingTable(props: Props) {
  const { t } = useTranslation();
  const { rows, fields, edit, save, seek } = props;
  const table = useRef<HTMLTableElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(''); // the row in which somebody is
  const [over, setOver] = useState<Row | null>(null);
  const ready = rows.length > 0;
  useEffect(() => {
    if (!seek || !ready) return;
    const place = table.current?.querySelector<HTMLElement>('.pl-row-open button, .pl-row-open input');
    place?.scrollIntoView({ block: 'center' });
    place?.focus();
  }, [seek, ready]);
  const [all, setAll] = useState(false);
  const suggestions = useMemo(() => {
    const found = new Map<Row, FieldRef>();
    for (const row of rows) {
      const s = wantsSuggestion(row) ? suggestion(row, fields) : undefined;
      if (s) found.set(row, s);
    }
    return found;
  }, [rows, fields]);
  const idle = (row: Row) => row.optional && (row.mapping.MappingType === 'Ignore' || row.mapping.MappingType === null) && !row.mapping.IsLaunchVisible;
  const hidden = rows.filter((r) => idle(r) && !suggestions.has(r));
  const want = typed.toLowerCase();
  const shown = rows.filter((r) => (all || !hidden.includes(r)) && `${r.name} ${r.location}`.toLowerCase().includes(want));
  const here = rows.find((r) => keyOf(r) === at) ?? shown.find(open);
  if (props.error && rows.length === 0) return <ErrorPanel what={t('setup.tabs.mapping')} error={props.error} retry={props.retry} />;
  return (
    <div className={props.alone ? undefined : 'pl-mapping-split'}>
      {!props.alone && <DataTree fields={fields} variables={props.variables} sample={props.sample} take={edit ? (f) => here && void save(here, ofField(f.StepId ?? '', f.Location)) : undefined} into={here?.name} />}
      <div className="pl-mapping">
        <div className="pl-mapping-bar">
          <TextInput aria-label={t('setup.findField')} placeholder={t('setup.findField')} leftSection={<IconSearch size={14} />} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
          {hidden.length > 0 && <Switch label={t('setup.optional', { count: hidden.length })} checked={all} onChange={(e) => setAll(e.currentTarget.checked)} />}
          {edit && suggestions.size > 0 && (
            <Button leftSection={<IconSparkles size={14} />} onClick={() => [...suggestions].forEach(([row, f]) => void save(row, ofField(f.StepId ?? '', f.Location)))}>
              {t('setup.accept', { count: suggestions.size })}
            </Button>
          )}
        </div>
        {props.loading && <p className="pl-dim pl-pad">{t('setup.loading')}</p>}
        {!props.loading && rows.length === 0 && <p className="pl-dim pl-pad">{t('setup.noFields')}</p>}
        <table className="pl-mapping-table" ref={table}>
          <thead>
            <tr>
              <th scope="col">{t('setup.field')}</th>
              <th scope="col">{t('setup.value')}</th>
              <th scope="col">{t('setup.result')}</th>
              <th scope="col">{t('setup.askCustomer')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr
                key={keyOf(row)} className={[open(row) ? 'pl-row-open' : '', over === row ? 'pl-row-over' : ''].filter(Boolean).join(' ') || undefined} onFocus={() => setAt(keyOf(row))}
                onDragOver={(e) => {
                  if (!edit || !carried.field) return;
                  e.preventDefault();
                  setOver(row);
                }}
                onDragLeave={() => setOver(null)}
                onDrop={(e) => {
                  e.preventDefault();
                  setOver(null);
                  if (edit && carried.field) void save(row, ofField(carried.field.StepId ?? '', carried.field.Location));
                }}
              >
                <th scope="row">
                  <span title={row.description}>
                    {row.name}
                    {!row.optional && (
                      <span className="pl-required" title={t('setup.required')}>
                        *<span className="pl-hidden">{t('setup.required')}</span>
                      </span>
                    )}
                  </span>{' '}
                  {row.dataType !== 'Undefined' && <span className="pl-dim pl-small">{row.dataType.toLowerCase()}</span>}
                  <code>{row.kind === 'field' ? row.location : t('setup.parameter')}</code>
                </th>
                <td>
                  <ValueCell {...props} row={row} />
                  {suggestions.has(row) && (
                    <p className="pl-suggested">
                      <IconSparkles size={13} aria-hidden /> {t('setup.suggested')} <code>{suggestions.get(row)!.StepName}: {suggestions.get(row)!.Location}</code>
                      {edit && (
                        <button type="button" className="pl-text-button" onClick={() => save(row, ofField(suggestions.get(row)!.StepId ?? '', suggestions.get(row)!.Location))}>
                          {t('setup.use')}<span className="pl-hidden">, {row.name}</span>
                        </button>
                      )}
                    </p>
                  )}
                </td>
                <td className="pl-result" data-head={t('setup.result')}>{sourceOf(row.mapping) === 'script' && !props.alone ? <Trial text={row.mapping.Value ?? ''} account={props.account} step={props.step} fields={props.fields} sample={props.sample} /> : resultOf(row, props) ?? <span className="pl-dim">{t(filled(row.mapping) && row.mapping.MappingType !== 'Ignore' ? 'setup.atRun' : 'setup.notSent')}</span>}</td>
                <td data-head={t('setup.askCustomer')}>
                  <Switch aria-label={`${t('setup.askCustomer')}, ${row.name}`} checked={row.mapping.IsLaunchVisible} disabled={!edit} onChange={(e) => save(row, { IsLaunchVisible: e.currentTarget.checked })} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

// resultOf is what a mapping yields on the sample; undefined where only a run can tell.
function resultOf(row: Row, data: SetupData): string | undefined {
  const m = row.mapping;
  switch (sourceOf(m)) {
    case 'text':
      return m.Value ? merged(m.Value, data.fields, data.sample?.documents ?? new Map(), data.variables) : undefined;
    case 'choice':
      return m.Value ?? undefined;
    case 'lookup':
      return m.TriggerValue ?? undefined;
    case 'variable':
      return data.variables.find((v) => v.SystemName === m.Value)?.Value ?? undefined;
    case 'step': {
      const doc = data.sample?.documents.get(m.SourceStepId ?? '');
      return doc === undefined || !m.SourceLocation ? undefined : short(valueAt(doc, m.SourceLocation));
    }
    default:
      return undefined;
  }
}

// The field that is being dragged: a drag within one page need not travel as text.
const carried: { field: FieldRef | null } = { field: null };

// DataTree is all that can be mapped, with its values in the sample. A field is dragged to a row, or pressed for the row in which
// somebody is.
function DataTree({ fields, variables, sample, take, into }: { fields: FieldRef[]; variables: Variable[]; sample: Sample | null; take: ((f: FieldRef) => void) | undefined; into: string | undefined }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [closed, setClosed] = useState<string[]>([]);
  const groups = useMemo(() => {
    const by = new Map<string, { name: string; fields: FieldRef[] }>();
    for (const f of fields) {
      const id = f.StepId ?? '';
      const group = by.get(id) ?? { name: f.StepName ?? '', fields: [] };
      group.fields.push(f);
      by.set(id, group);
    }
    return [...by];
  }, [fields]);
  const want = typed.toLowerCase();
  return (
    <nav className="pl-data" aria-label={t('setup.dataSoFar')}>
      <h3>{t('setup.dataSoFar')}</h3>
      <p className="pl-dim pl-small">{t(sample ? 'setup.sampleOfLastRun' : 'setup.noSample')}</p>
      <TextInput size="xs" aria-label={t('setup.findData')} placeholder={t('setup.findData')} leftSection={<IconSearch size={13} />} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} />
      {groups.map(([id, group]) => {
        const isClosed = closed.includes(id) && want === '';
        const Chevron = isClosed ? IconChevronRight : IconChevronDown;
        const doc = sample?.documents.get(id);
        return (
          <section key={id}>
            <button type="button" aria-expanded={!isClosed} onClick={() => setClosed(isClosed ? closed.filter((x) => x !== id) : [...closed, id])}>
              <Chevron size={13} aria-hidden /> {group.name}
            </button>
            {!isClosed && (
              <ul>
                {group.fields
                  .filter((f) => `${f.Name} ${f.Location}`.toLowerCase().includes(want))
                  .map((f) => (
                    <li key={f.Location} title={f.Name}>
                      <button
                        type="button" disabled={!take || !into} aria-label={into ? t('setup.mapTo', { field: f.Location, name: into }) : f.Location} draggable={!!take} onClick={() => take?.(f)}
                        onDragStart={(e) => {
                          carried.field = f;
                          e.dataTransfer.setData('text/plain', f.Location);
                        }}
                        onDragEnd={() => { carried.field = null; }}
                      >
                        <code>{f.Location}</code>
                        <span title={doc === undefined ? undefined : short(valueAt(doc, f.Location))}>{doc === undefined ? '' : short(valueAt(doc, f.Location))}</span>
                      </button>
                    </li>
                  ))}
              </ul>
            )}
          </section>
        );
      })}
      {variables.length > 0 && (
        <section>
          <h4>{t('builder.variables')}</h4>
          <ul>
            {variables.map((v) => (
              <li key={v.SystemName} title={v.DisplayName}>
                <code>{v.SystemName}</code>
                <span>{v.Value}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </nav>
  );
}
