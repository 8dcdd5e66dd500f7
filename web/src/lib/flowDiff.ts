import type { FieldMapping, ParameterMapping, ReleaseFlow, ReleaseStep } from '../api';

// A release compared with another: which steps are new, gone or changed, and in what. Where a card lies is no change.

export type Change = { what: string; from: string; to: string };
export type Differing = { key: string; kind: 'added' | 'removed' | 'changed'; of: 'step' | 'edge' | 'variable' | 'settings'; name: string; changes: Change[] };

type Facts = Map<string, string>;

// flatten writes each value of an object under its place, but for ids of steps, which become their names.
function flatten(value: unknown, path: string, names: Map<string, string>, out: Facts) {
  if (value && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) flatten(inner, path ? `${path}.${key}` : key, names, out);
  } else if (value !== null && value !== undefined && value !== '') {
    out.set(path, names.get(String(value)) ?? String(value));
  }
}

function mappingText(m: ParameterMapping | FieldMapping, names: Map<string, string>): string {
  const asked = m.IsLaunchVisible ? ' ?' : '';
  switch (m.MappingType) {
    case 'StepField':
      return `${names.get(m.SourceStepId ?? '') ?? ''}: ${m.SourceLocation ?? ''}${asked}`;
    case 'Trigger':
      return `${m.TriggerValueDisplayName ?? ''} (${m.TriggerValue ?? ''})${asked}`;
    case 'Variable':
      return `{{${m.Value ?? ''}}}${asked}`;
    case 'Ignore':
    case null:
      return asked.trim();
    default:
      return `${m.Value ?? ''}${asked}`;
  }
}

function stepFacts({ Step, Connector, Parameters, FieldMappings }: ReleaseStep, names: Map<string, string>): Facts {
  const out: Facts = new Map();
  const { Name, Description, ActionType, ActionData, StepErrorAction, CollectionSplitType, ContinueOnNullResult, ContinueOnNullSource, CollectionKeys, Script, Method } = Step;
  flatten({ Name, Description, ActionType, Connector: Connector?.Name, Method: Method?.Name, StepErrorAction, CollectionSplitType, ContinueOnNullSource, ContinueOnNullResult, Script, CollectionKeys, ActionData }, '', names, out);
  for (const p of Parameters ?? []) out.set(p.Parameter.Name, mappingText(p, names));
  for (const f of FieldMappings ?? []) out.set(f.Field.Location || f.Field.Name, mappingText(f, names));
  return out;
}

function facts(value: unknown): Facts {
  const out: Facts = new Map();
  flatten(value, '', new Map(), out);
  return out;
}

const changes = (from: Facts, to: Facts): Change[] =>
  [...new Set([...from.keys(), ...to.keys()])].filter((k) => (from.get(k) ?? '') !== (to.get(k) ?? '')).map((what) => ({ what, from: from.get(what) ?? '', to: to.get(what) ?? '' }));

type Thing = { key: string; name: string; facts: Facts };

function pairs(of: Differing['of'], a: Thing[], b: Thing[]): Differing[] {
  const before = new Map(a.map((x) => [x.key, x]));
  const after = new Map(b.map((x) => [x.key, x]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key): Differing[] => {
    const from = before.get(key);
    const to = after.get(key);
    const list = changes(from?.facts ?? new Map(), to?.facts ?? new Map());
    const kind = !from ? 'added' : !to ? 'removed' : 'changed';
    return kind === 'changed' && list.length === 0 ? [] : [{ key: `${of}/${key}`, of, kind, name: (to ?? from)?.name ?? '', changes: list }];
  });
}

export function compareReleases(a: ReleaseFlow, b: ReleaseFlow): Differing[] {
  const namesOf = (r: ReleaseFlow) => new Map((r.Steps ?? []).map((s) => [s.Step.Id, s.Step.Name]));
  const [before, after] = [namesOf(a), namesOf(b)];
  const steps = (r: ReleaseFlow, names: Map<string, string>) => (r.Steps ?? []).map((s): Thing => ({ key: s.Step.Id, name: s.Step.Name, facts: stepFacts(s, names) }));
  const edges = (r: ReleaseFlow, names: Map<string, string>) =>
    (r.Edges ?? []).map((e): Thing => ({ key: `${e.TailStepId} ${e.EdgeType} ${e.HeadStepId}`, name: `${names.get(e.TailStepId) ?? ''} → ${names.get(e.HeadStepId) ?? ''}${e.EdgeType === 'Forward' ? '' : ` (${e.EdgeType})`}`, facts: new Map() }));
  const variables = (r: ReleaseFlow) => (r.Variables ?? []).map((v): Thing => ({ key: v.SystemName, name: v.DisplayName, facts: facts(v) }));
  return [
    ...pairs('step', steps(a, before), steps(b, after)),
    ...pairs('edge', edges(a, before), edges(b, after)),
    ...pairs('variable', variables(a), variables(b)),
    ...pairs('settings', [{ key: '', name: '', facts: facts(a.Settings) }], [{ key: '', name: '', facts: facts(b.Settings) }]),
  ];
}
