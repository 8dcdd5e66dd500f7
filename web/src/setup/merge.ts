import { stringifyExact } from '../lib/exact';
import type { FieldRef, Variable } from '../api';

// Merge fields in typed text: {{Step name.location}}, {{SystemName}}, {{Variable}}.

export const systemNames = ['AccountId', 'AccountExternalId', 'CycleId', 'TransactionId', 'LastSuccessfulRunDate', 'Cyclr_Webhook_Url', 'Cyclr_Webhook_Id'];

export type Completion = { label: string; detail: string; insert: string };

// Details are the words for what is no field.
export type Details = { variable: string; system: string };

// mergeName writes how a text names a field: by the step's name, or by its id where two steps share a name.
export function mergeName(field: FieldRef, fields: FieldRef[]): string {
  const same = fields.some((f) => f.StepName === field.StepName && f.StepId !== field.StepId);
  const step = same || !field.StepName || /[{}]/.test(field.StepName) ? field.StepId : field.StepName;
  return `${step}.${field.Location}`;
}

// openAt finds the merge field that is being written at a place in a text: where it begins, and what there is of it.
export function openAt(text: string, caret: number): { from: number; typed: string } | undefined {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf('{{');
  if (from < 0 || before.indexOf('}}', from) >= 0 || before[from - 1] === '\\') return undefined;
  const typed = before.slice(from + 2);
  return typed.includes('\n') ? undefined : { from, typed };
}

// completions lists what fits what is typed, the best first.
export function completions(typed: string, fields: FieldRef[], variables: Variable[], words: Details, most = 12): Completion[] {
  const all: Completion[] = [
    ...fields.map((f) => ({ label: f.Name || f.Location, detail: `${f.StepName}, ${f.Location}`, insert: mergeName(f, fields) })),
    ...variables.map((v) => ({ label: v.DisplayName, detail: words.variable, insert: v.SystemName })),
    ...systemNames.map((name) => ({ label: name, detail: words.system, insert: name })),
  ];
  const want = typed.trim().toLowerCase();
  const rank = (c: Completion) => {
    const texts = [c.label, c.insert, c.detail].map((t) => t.toLowerCase());
    if (texts.some((t) => t.startsWith(want))) return 0;
    return texts.some((t) => t.includes(want)) ? 1 : 2;
  };
  return all
    .map((c, i) => ({ c, i, rank: want === '' ? 0 : rank(c) }))
    .filter((x) => x.rank < 2)
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .slice(0, most)
    .map((x) => x.c);
}

// complete puts a completion into a text, and says where the caret goes.
export function complete(text: string, caret: number, insert: string): { text: string; caret: number } {
  const open = openAt(text, caret);
  const from = open ? open.from : caret;
  const rest = text.slice(caret).replace(/^[^{}\n]*\}\}/, '');
  const head = `${text.slice(0, from)}{{${insert}}}`;
  return { text: head + (open ? rest : text.slice(caret)), caret: head.length };
}

// valueAt reads a location in a document, as a person would expect to see it: lists give all of their values.
export function valueAt(doc: unknown, location: string): unknown {
  let now: unknown[] = [doc];
  let list = false;
  for (const part of parts(location)) {
    const next: unknown[] = [];
    for (const v of now) {
      const got = part.name === '' ? v : v && typeof v === 'object' && !Array.isArray(v) ? (v as Record<string, unknown>)[part.name] : undefined;
      if (part.list && Array.isArray(got)) next.push(...got);
      else if (got !== undefined) next.push(got);
    }
    list ||= part.list;
    now = next;
  }
  return list ? now : now[0];
}

function parts(location: string): { name: string; list: boolean }[] {
  return (location.match(/\[[^\]]*\]|\\(?:[^\\]|\\\\)*\\|[^.[\]]+/g) ?? []).map((p) =>
    p.startsWith('[') ? { name: p.slice(1, -1), list: true } : { name: p.startsWith('\\') ? p.slice(1, -1) : p, list: false },
  );
}

// short writes a value in a few letters.
export function short(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) {
    const first = value.slice(0, 3).map(short).join(', ');
    return value.length > 3 ? `${first} +${value.length - 3}` : first;
  }
  if (typeof value === 'string') return value;
  const text = stringifyExact(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

// merged is a text with its merge fields replaced from samples, which are documents by step id.
export function merged(text: string, fields: FieldRef[], samples: Map<string, unknown>, variables: Variable[]): string | undefined {
  let known = true;
  const out = text.replace(/(?<!\\)\{\{([^{}]*?)(?:\s+format=[^{}]*)?\}\}/g, (_all, ref: string) => {
    const name = ref.trim();
    const v = variables.find((x) => x.SystemName === name);
    if (v) return v.Value ?? '';
    const f = fields.find((x) => mergeName(x, fields) === name || `${x.StepId}.${x.Location}` === name);
    const doc = f?.StepId ? samples.get(f.StepId) : undefined;
    if (!f || doc === undefined) {
      known = false;
      return '…';
    }
    return short(valueAt(doc, f.Location));
  });
  return known ? out : undefined;
}
