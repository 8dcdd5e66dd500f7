import type { CollectionKey, FieldMapping, FieldRef, MappingInput, ParameterMapping, Trigger } from '../api';

// What the table of a step's set-up shows, and how a choice in it becomes a mapping. Everything here is pure.

export type Source = 'unset' | 'ignore' | 'text' | 'script' | 'step' | 'choice' | 'lookup' | 'variable';

export type Row = {
  kind: 'parameter' | 'field';
  id: number;
  name: string;
  location: string;
  description: string;
  optional: boolean;
  dataType: string;
  values: string[];
  trigger: Trigger | undefined;
  mapping: ParameterMapping | FieldMapping;
};

export function rowsOf(parameters: ParameterMapping[], fields: FieldMapping[]): Row[] {
  const byOrder = (a: Row & { order: number }, b: Row & { order: number }) => a.order - b.order;
  const row = (kind: Row['kind'], x: ParameterMapping['Parameter'] | FieldMapping['Field'], mapping: Row['mapping']) => ({
    kind, id: x.Id, name: x.Name, location: 'Location' in x ? x.Location : '', description: x.Description ?? '', optional: x.IsOptional, dataType: x.DataType,
    values: x.Values ?? [], trigger: x.Triggers?.[0], mapping, order: x.DisplayOrder,
  });
  return [...parameters.map((m) => row('parameter', m.Parameter, m)).sort(byOrder), ...fields.map((m) => row('field', m.Field, m)).sort(byOrder)];
}

export function sourceOf(m: Row['mapping']): Source {
  switch (m.MappingType) {
    case 'Ignore':
      return 'ignore';
    case 'StaticValue':
      return (m.Value ?? '').startsWith('=') ? 'script' : 'text';
    case 'ValueList':
      return 'choice';
    case 'StepField':
      return 'step';
    case 'Trigger':
      return 'lookup';
    case 'Variable':
      return 'variable';
    default:
      return 'unset';
  }
}

// sourcesOf lists what a row can be filled with.
export function sourcesOf(row: Row, variables: number): Source[] {
  const list: Source[] = ['ignore', 'step', 'text', 'script'];
  if (row.values.length > 0) list.push('choice');
  if (row.trigger) list.push('lookup');
  if (variables > 0) list.push('variable');
  return list;
}

// filled reports whether a mapping yields a value, or deliberately none.
export function filled(m: Row['mapping']): boolean {
  switch (m.MappingType) {
    case 'Ignore':
      return true;
    case 'StaticValue':
    case 'ValueList':
    case 'Variable':
      return !!m.Value;
    case 'StepField':
      return !!m.SourceStepId && !!m.SourceLocation;
    case 'Trigger':
      return !!m.TriggerValue;
    default:
      return false;
  }
}

// open reports whether a row still needs somebody: it is required and has no value.
export function open(row: Row): boolean {
  return !row.optional && (row.mapping.MappingType === 'Ignore' || !filled(row.mapping));
}

export const ofText = (Value: string): MappingInput => ({ MappingType: 'StaticValue', Value });
export const ofChoice = (Value: string): MappingInput => ({ MappingType: 'ValueList', Value });
export const ofVariable = (Value: string): MappingInput => ({ MappingType: 'Variable', Value });
export const ofField = (SourceStepId: string, SourceLocation: string): MappingInput => ({ MappingType: 'StepField', SourceStepId, SourceLocation });
export const ofLookup = (TriggerValue: string, TriggerValueDisplayName: string): MappingInput => ({ MappingType: 'Trigger', TriggerValue, TriggerValueDisplayName });
export const ignored: MappingInput = { MappingType: 'Ignore' };

// plain is a name without what people write differently: case, blanks, punctuation, and the lists around it.
const plain = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

const last = (location: string) => location.split('.').at(-1) ?? location;

// suggestion finds the field of an earlier step that a row most likely wants: the same location, the same name, or the
// same last part of it. Of equals the nearest step wins, which is listed last.
export function suggestion(row: Row, fields: FieldRef[]): FieldRef | undefined {
  const want = [plain(row.location), plain(row.name), plain(last(row.location))].filter(Boolean);
  let best: FieldRef | undefined;
  let most = 0;
  for (const f of fields) {
    const have = [plain(f.Location), plain(f.Name), plain(last(f.Location))];
    const score = have[0] && have[0] === want[0] ? 3 : have[1] && want.includes(have[1]) ? 2 : have[2] && want.includes(have[2]) ? 1 : 0;
    if (score > 0 && score >= most) {
      best = f;
      most = score;
    }
  }
  return best;
}

// suggested reports whether a row is worth a suggestion: it has none yet.
export const wantsSuggestion = (row: Row) => !row.mapping.IsLaunchVisible && (row.mapping.MappingType === null || row.mapping.MappingType === undefined || (row.mapping.MappingType === 'Ignore' && !row.optional));

export type FieldChoice = { text: string; step: string; location: string };

// fieldChoices writes each field of the earlier steps in words that no other has: steps of one name are numbered.
export function fieldChoices(fields: FieldRef[]): { step: string; name: string; items: FieldChoice[] }[] {
  const locations = new Map<string, { name: string; list: Set<string> }>();
  for (const f of fields) {
    const id = f.StepId ?? '';
    const of = locations.get(id) ?? { name: f.StepName ?? '', list: new Set<string>() };
    of.list.add(f.Location);
    locations.set(id, of);
  }
  const names = new Set<string>();
  const used = new Set<string>();
  return [...locations].map(([step, { name, list }]) => {
    const under = (as: string) => [...list].map((location) => ({ text: `${as}: ${location}`, step, location }));
    let as = name;
    for (let n = 2; names.has(as) || under(as).some((x) => used.has(x.text)); n++) as = `${name} (${n})`;
    names.add(as);
    const items = under(as);
    for (const x of items) used.add(x.text);
    return { step, name: as, items };
  });
}

// fieldOf is what a text names: one of the choices, or a location of a step that declares it not.
export function fieldOf(text: string, choices: ReturnType<typeof fieldChoices>): { step: string; location: string } | undefined {
  for (const c of choices) for (const x of c.items) if (x.text === text) return x;
  const named = choices.filter((c) => text.startsWith(`${c.name}: `)).sort((a, b) => b.name.length - a.name.length)[0];
  const location = named && text.slice(named.name.length + 2).trim();
  return named && location ? { step: named.step, location } : undefined;
}

export type LookupChoice = { Name: string; Value: string };

// lookupText is a choice in words that no other of the list has.
export const lookupText = (c: LookupChoice, list: LookupChoice[]) => (list.some((o) => o !== c && o.Name === c.Name) ? `${c.Name} (${c.Value})` : c.Name);

// lookupOf is what a text means: what was picked under it, what of the list it names, else an id as it was typed.
export function lookupOf(text: string, list: LookupChoice[], picked: { text: string; choice: LookupChoice } | null): LookupChoice | undefined {
  if (picked?.text === text) return picked.choice;
  const typed = text.trim();
  if (typed === '') return undefined;
  return list.find((x) => lookupText(x, list) === typed) ?? { Name: typed, Value: typed };
}

export type Half = { Exit?: string | null; LeftStepId?: string | null; LeftLocation?: string | null; Condition?: string | null };

// isWhole reports whether the server takes a comparison.
export const isWhole = (c: Half) => !!(c.LeftStepId && c.LeftLocation && c.Condition);

// withHalves puts what is stored in place of the whole cases of a draft, and keeps those that are not whole yet.
export function withHalves<C extends Half>(draft: C[], stored: C[]): C[] {
  const rest = [...stored];
  const halves = draft.filter((c) => !isWhole(c));
  if (draft.length - halves.length !== stored.length) return [...stored, ...halves];
  return draft.map((c) => (isWhole(c) ? (rest.shift() as C) : c));
}

// listOf is the outermost list that a location goes through; empty where there is none.
export const listOf = (location: string): string => /^[^\]]*\[[^\]]*\]/.exec(location)?.[0] ?? '';

// listsOf are the lists of earlier steps from which rows take values, or which have a unique field.
export function listsOf(rows: Row[], keys: CollectionKey[]): { step: string; at: string }[] {
  const found = new Map<string, { step: string; at: string }>();
  const add = (step: string | null | undefined, location: string | null | undefined) => {
    const at = listOf(location ?? '');
    if (step && at) found.set(`${step} ${at}`, { step, at });
  };
  for (const r of rows) if (r.mapping.MappingType === 'StepField') add(r.mapping.SourceStepId, r.mapping.SourceLocation);
  for (const k of keys) add(k.SourceStepId, k.SourceLocation);
  return [...found.values()];
}
