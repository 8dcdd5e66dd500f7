// A release compared with another: which steps are new, gone or changed, and in what. Where a card lies is no change.

type Doc = { Flow?: { Steps?: Row[]; Variables?: Row[]; Settings?: Record<string, unknown>; Edges?: Row[] } };
type Row = Record<string, unknown>;

export type Change = { path: string; from: string; to: string };
export type StepChange = { key: string; name: string; kind: 'added' | 'removed' | 'changed'; changes: Change[] };

const ignored = new Set(['Left', 'Top', 'ID']);

function flatten(value: unknown, path: string, out: Map<string, string>) {
  if (value && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) if (!ignored.has(key)) flatten(inner, path ? `${path}.${key}` : key, out);
  } else if (value !== null && value !== undefined && value !== '') {
    out.set(path, String(value));
  }
}

function changes(a: unknown, b: unknown): Change[] {
  const from = new Map<string, string>();
  const to = new Map<string, string>();
  flatten(a, '', from);
  flatten(b, '', to);
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((path) => from.get(path) !== to.get(path))
    .map((path) => ({ path, from: from.get(path) ?? '', to: to.get(path) ?? '' }));
}

function pairs(name: string, a: Row[], b: Row[], key: string, title: (r: Row) => string): StepChange[] {
  const all = new Map<string, [Row | undefined, Row | undefined]>();
  for (const r of a) all.set(String(r[key]), [r, undefined]);
  for (const r of b) all.set(String(r[key]), [all.get(String(r[key]))?.[0], r]);
  const out: StepChange[] = [];
  for (const [id, [from, to]] of all) {
    const list = changes(from ?? {}, to ?? {});
    const kind = !from ? 'added' : !to ? 'removed' : 'changed';
    if (kind !== 'changed' || list.length > 0) out.push({ key: `${name}/${id}`, name: title((to ?? from) as Row), kind, changes: list });
  }
  return out;
}

export function compareReleases(a: unknown, b: unknown): StepChange[] {
  const from = (a as Doc).Flow ?? {};
  const to = (b as Doc).Flow ?? {};
  const settings = changes(from.Settings ?? {}, to.Settings ?? {});
  return [
    ...pairs('step', from.Steps ?? [], to.Steps ?? [], 'ID', (r) => String(r.Name ?? r.Kind)),
    ...pairs('edge', from.Edges ?? [], to.Edges ?? [], 'ID', (r) => `→ ${String(r.Type)}`),
    ...pairs('variable', from.Variables ?? [], to.Variables ?? [], 'Name', (r) => String(r.Name)),
    ...(settings.length ? [{ key: 'settings', name: 'Settings', kind: 'changed' as const, changes: settings }] : []),
  ];
}
