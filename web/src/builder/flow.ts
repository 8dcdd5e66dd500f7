import type { Edge, Step } from '../api';

// A flow is what the canvas shows: steps and the edges between them. Everything here is pure.

export type Flow = { steps: Step[]; edges: Edge[] };

export const cardWidth = 240;
export const cardHeight = 54;
export const grid = 8;
const rowHeight = 104;
const columnWidth = 272;

export const isNote = (step: Step) => step.ActionType === 'Annotation';

// exitsOf lists the exits of a step in the order in which they are drawn.
export function exitsOf(step: Step, edges: Edge[] = []): string[] {
  switch (step.ActionType) {
    case 'Annotation':
      return [];
    case 'Decision':
      return ['True', 'False'];
    case 'Switch':
      return [...(step.ActionData?.Cases ?? []).map((c) => c.Exit), 'Default'];
    case 'Action': {
      // A script may decide; then its exits are those that are in use.
      const used = new Set(edges.filter((e) => e.TailStepId === step.Id).map((e) => e.EdgeType));
      return ['Forward', 'True', 'False'].filter((x) => x === 'Forward' || used.has(x));
    }
    default:
      return ['Forward'];
  }
}

// exitName is what an exit is called beside its edge; empty where there is but one.
export function exitName(step: Step, exit: string): string {
  if (exit === 'Forward') return '';
  const named = (step.ActionData?.Cases ?? []).find((c) => c.Exit === exit);
  return named?.Name || (exit === 'True' ? 'true' : exit === 'False' ? 'false' : exit);
}

// inOrder lists the steps as they are read: each after those that lead to it, notes last.
export function inOrder(flow: Flow): Step[] {
  const place = (a: Step, b: Step) => a.DisplayPositionTop - b.DisplayPositionTop || a.DisplayPositionLeft - b.DisplayPositionLeft;
  const steps = flow.steps.filter((s) => !isNote(s)).sort(place);
  const byID = new Map(steps.map((s) => [s.Id, s]));
  const open = new Map(steps.map((s) => [s.Id, 0]));
  for (const e of flow.edges) if (byID.has(e.TailStepId) && open.has(e.HeadStepId)) open.set(e.HeadStepId, (open.get(e.HeadStepId) ?? 0) + 1);
  const after = new Map<string, string[]>();
  for (const s of steps) after.set(s.Id, headsOf(flow, s));
  const done = new Set<string>();
  const out: Step[] = [];
  const visit = (first: string) => {
    const queue = [first];
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      if (done.has(id)) continue;
      done.add(id);
      out.push(byID.get(id) as Step);
      for (const head of after.get(id) ?? []) {
        const left = (open.get(head) ?? 1) - 1;
        open.set(head, left);
        if (left === 0) queue.push(head);
      }
    }
  };
  for (const s of steps) if (open.get(s.Id) === 0) visit(s.Id);
  for (const s of steps) visit(s.Id); // what only a loop leads to
  return [...out, ...flow.steps.filter(isNote)];
}

// headsOf lists the ids of the steps right after one, by the order of its exits, then from left to right.
export function headsOf(flow: Flow, step: Step): string[] {
  const exits = exitsOf(step, flow.edges);
  const left = new Map(flow.steps.map((s) => [s.Id, s.DisplayPositionLeft]));
  return flow.edges
    .filter((e) => e.TailStepId === step.Id && left.has(e.HeadStepId))
    .sort((a, b) => exits.indexOf(a.EdgeType) - exits.indexOf(b.EdgeType) || (left.get(a.HeadStepId) ?? 0) - (left.get(b.HeadStepId) ?? 0))
    .map((e) => e.HeadStepId);
}

export type Line = { step: Step; number: number; depth: number; via: string };

// asList is the flow as a list of steps in order, each with the exit by which it is reached.
export function asList(flow: Flow): Line[] {
  const depth = new Map<string, number>();
  const byID = new Map(flow.steps.map((s) => [s.Id, s]));
  return inOrder(flow)
    .filter((s) => !isNote(s))
    .map((step, i) => {
      const into = flow.edges.filter((e) => e.HeadStepId === step.Id && byID.has(e.TailStepId));
      const one = into.length === 1 ? into[0] : undefined;
      const tail = one && byID.get(one.TailStepId);
      const split = tail ? headsOf(flow, tail).length > 1 : false;
      depth.set(step.Id, tail ? Math.min(4, (depth.get(tail.Id) ?? 0) + (split ? 1 : 0)) : 0);
      return { step, number: i + 1, depth: depth.get(step.Id) ?? 0, via: one && tail ? exitName(tail, one.EdgeType) : '' };
    });
}

// freeExit is the exit by which a new step is added to one: the first that leads nowhere, else the first.
export function freeExit(flow: Flow, step: Step): string {
  const used = new Set(flow.edges.filter((e) => e.TailStepId === step.Id).map((e) => e.EdgeType));
  const exits = exitsOf(step, flow.edges);
  return exits.find((x) => !used.has(x)) ?? exits[0] ?? 'Forward';
}

export type Point = { left: number; top: number };

// placeAfter finds room below a step, to the side of its exit where it has several.
export function placeAfter(flow: Flow, step: Step | undefined, exit = 'Forward'): Point {
  if (!step) {
    const lowest = flow.steps.filter((s) => !isNote(s)).reduce((top, s) => Math.max(top, s.DisplayPositionTop + rowHeight), 0);
    return freeAt(flow, { left: 0, top: lowest });
  }
  const exits = exitsOf(step, flow.edges);
  const at = exits.indexOf(exit);
  const aside = at < 0 ? 0 : Math.round((at - (exits.length - 1) / 2) * columnWidth);
  return freeAt(flow, { left: step.DisplayPositionLeft + aside, top: step.DisplayPositionTop + rowHeight });
}

// freeAt moves a place to the right until no card stands there.
export function freeAt(flow: Flow, want: Point): Point {
  const left = Math.round(want.left / grid) * grid;
  const at = { left, top: Math.round(want.top / grid) * grid };
  const covers = (s: Step) => Math.abs(s.DisplayPositionLeft - at.left) < cardWidth + 16 && Math.abs(s.DisplayPositionTop - at.top) < cardHeight + 16;
  while (flow.steps.some(covers)) at.left += columnWidth;
  return at;
}

// nextAlong goes from a step along the edges: down and up by them, left and right among those at the same height.
export function nextAlong(flow: Flow, from: Step | undefined, key: 'ArrowDown' | 'ArrowUp' | 'ArrowLeft' | 'ArrowRight'): Step | undefined {
  const steps = inOrder(flow);
  if (!from) return steps[0];
  const byID = new Map(flow.steps.map((s) => [s.Id, s]));
  if (key === 'ArrowDown') return byID.get(headsOf(flow, from)[0] ?? '') ?? steps[steps.indexOf(from) + 1];
  if (key === 'ArrowUp') {
    const tail = flow.edges.find((e) => e.HeadStepId === from.Id);
    return (tail && byID.get(tail.TailStepId)) ?? steps[steps.indexOf(from) - 1];
  }
  const right = key === 'ArrowRight';
  return flow.steps
    .filter((s) => s !== from && (right ? s.DisplayPositionLeft > from.DisplayPositionLeft : s.DisplayPositionLeft < from.DisplayPositionLeft))
    .sort((a, b) => distance(a, from) - distance(b, from))[0];
}

const distance = (a: Step, b: Step) => Math.abs(a.DisplayPositionLeft - b.DisplayPositionLeft) + 3 * Math.abs(a.DisplayPositionTop - b.DisplayPositionTop);

// refusal says why an edge cannot be, as a word of the texts; empty when it can.
export function refusal(flow: Flow, tail: string, exit: string, head: string): '' | 'itself' | 'there' | 'note' {
  const end = flow.steps.find((s) => s.Id === head);
  if (tail === head) return 'itself';
  if (!end || isNote(end)) return 'note';
  return flow.edges.some((e) => e.TailStepId === tail && e.HeadStepId === head && e.EdgeType === exit) ? 'there' : '';
}

// joins are the edges that close the gap which a step leaves: from each step before it to what followed by its first exit.
export function joins(flow: Flow, id: string): Pick<Edge, 'TailStepId' | 'HeadStepId' | 'EdgeType'>[] {
  const step = flow.steps.find((s) => s.Id === id);
  const head = step && headsOf(flow, step)[0];
  if (!head) return [];
  return flow.edges
    .filter((e) => e.HeadStepId === id && refusal(flow, e.TailStepId, e.EdgeType, head) === '')
    .map((e) => ({ TailStepId: e.TailStepId, HeadStepId: head, EdgeType: e.EdgeType }));
}

// nextEdge is the edge after a chosen one among those of a step: first those that leave it, then those that lead to it.
export function nextEdge(flow: Flow, step: Step, chosen: Edge | undefined): Edge | undefined {
  const exits = exitsOf(step, flow.edges);
  const out = flow.edges.filter((e) => e.TailStepId === step.Id).sort((a, b) => exits.indexOf(a.EdgeType) - exits.indexOf(b.EdgeType));
  const list = [...out, ...flow.edges.filter((e) => e.HeadStepId === step.Id)];
  return list[(chosen ? list.indexOf(chosen) + 1 : 0) % list.length];
}
