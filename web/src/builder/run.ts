import type { TransactionItem } from '../api';
import { duration } from '../lib/format';
import { needsSetUp, type Role, stepStatus } from '../ui/status';
import { keyOf } from './changes';
import type { Flow } from './flow';
import type { StepRun } from './StepNode';

// A run on the canvas: what each step did, and which edges were taken. Everything here is pure.

export type Overlay = { steps: Map<string, StepRun>; edges: Map<string, { role: Role; count: number; moving: boolean }>; rest: StepRun };

export const startOf = (item: TransactionItem) => Date.parse(item.CreatedOnUtc) - (item.DurationMs ?? 0);

// overlayOf lays the log of a run over the flow, as it stood at a moment.
export function overlayOf(flow: Flow, items: TransactionItem[], until = Number.POSITIVE_INFINITY): Overlay {
  const by = new Map<string, TransactionItem[]>();
  for (const item of items) if (startOf(item) <= until) by.set(item.StepId, [...(by.get(item.StepId) ?? []), item]);
  const steps = new Map<string, StepRun>();
  for (const [id, list] of by) {
    const now = list.map((x) => (Date.parse(x.CreatedOnUtc) <= until ? x : { ...x, Status: 'Started' as const }));
    const worst = now.find((x) => x.Status === 'Failed') ?? now.find((x) => x.Status === 'Started') ?? now.find((x) => x.Status === 'Parked') ?? (now.at(-1) as TransactionItem);
    const status = stepStatus(worst);
    const ms = now.reduce((sum, x) => sum + (x.DurationMs ?? 0), 0);
    const exit = worst.Exit && worst.Exit !== 'Forward' ? exitWord(flow, id, worst.Exit) : '';
    const text = worst.Status !== 'Done' ? '' : now.length > 1 ? `${now.length} · ${duration(ms)}` : exit || (worst.DurationMs === null ? '' : duration(ms));
    steps.set(id, { status, text, faint: worst.Status === 'Skipped' });
  }
  const edges: Overlay['edges'] = new Map();
  for (const e of flow.edges) {
    const tails = (by.get(e.TailStepId) ?? []).filter((x) => x.Status === 'Done' && (x.Exit ?? 'Forward') === e.EdgeType);
    const head = steps.get(e.HeadStepId);
    if (tails.length > 0 && head) edges.set(keyOf(e), { role: head.status.role === 'fail' ? 'ok' : head.status.role, count: tails.length, moving: head.status.role === 'motion' });
  }
  return { steps, edges, rest: notYet };
}

function exitWord(flow: Flow, id: string, exit: string): string {
  const step = flow.steps.find((s) => s.Id === id);
  const named = (step?.ActionData?.Cases ?? []).find((c) => c.Exit === exit);
  return named?.Name || exit.toLowerCase();
}

const notYet: StepRun = { status: { ...needsSetUp, word: 'notYet', role: 'off' }, text: '', faint: true };
