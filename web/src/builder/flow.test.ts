import { describe, expect, it } from 'vitest';
import type { Step } from '../api';
import { asList, exitsOf, type Flow, freeAt, freeExit, inOrder, joins, nextAlong, nextEdge, placeAfter, refusal } from './flow';
import { layOut } from './layout';

const step = (Id: string, at: [number, number], rest: Partial<Step> = {}) =>
  ({ Id, Name: Id, ActionType: 'Action', ActionData: null, DisplayPositionLeft: at[0], DisplayPositionTop: at[1], ...rest }) as unknown as Step;
const edge = (TailStepId: string, HeadStepId: string, EdgeType = 'Forward') => ({ Id: `${TailStepId}${HeadStepId}`, TailStepId, HeadStepId, EdgeType });

// start -> decide -true-> yes -> end, decide -false-> no -> end, and a note
const flow: Flow = {
  steps: [
    step('end', [0, 300]), step('no', [150, 200]), step('yes', [-150, 200]), step('note', [500, 0], { ActionType: 'Annotation' }),
    step('decide', [0, 100], { ActionType: 'Decision' }), step('start', [0, 0]),
  ],
  edges: [edge('start', 'decide'), edge('decide', 'no', 'False'), edge('decide', 'yes', 'True'), edge('yes', 'end'), edge('no', 'end')],
};

describe('the order of steps', () => {
  it('has each step after those that lead to it, exits from first to last, notes at the end', () => {
    expect(inOrder(flow).map((s) => s.Id)).toEqual(['start', 'decide', 'yes', 'no', 'end', 'note']);
  });
  it('has every step of a loop once', () => {
    const loop = { steps: flow.steps, edges: [...flow.edges, edge('end', 'start')] };
    expect(new Set(inOrder(loop).map((s) => s.Id)).size).toBe(6);
  });
  it('is a list with exits and depths', () => {
    expect(asList(flow).map((l) => [l.number, l.step.Id, l.depth, l.via])).toEqual([
      [1, 'start', 0, ''], [2, 'decide', 0, ''], [3, 'yes', 1, 'true'], [4, 'no', 1, 'false'], [5, 'end', 0, ''],
    ]);
  });
});

describe('exits', () => {
  it('are those of the tool', () => {
    const cases = [{ Exit: 'Case2', Name: 'A' }, { Exit: 'Case1', Name: '' }];
    expect(exitsOf(step('s', [0, 0], { ActionType: 'Switch', ActionData: { Cases: cases } as never }))).toEqual(['Case2', 'Case1', 'Default']);
    expect(exitsOf(step('n', [0, 0], { ActionType: 'Annotation' }))).toEqual([]);
  });
  it('of a scripted step are those in use', () => {
    expect(exitsOf(flow.steps[0]!, [edge('end', 'yes', 'False')])).toEqual(['Forward', 'False']);
  });
  it('that is free is the first that leads nowhere', () => {
    expect(freeExit({ steps: flow.steps, edges: [edge('decide', 'yes', 'True')] }, flow.steps[4]!)).toBe('False');
    expect(freeExit(flow, flow.steps[4]!)).toBe('True');
  });
});

describe('moving along the edges', () => {
  const at = (id: string) => flow.steps.find((s) => s.Id === id);
  it.each([
    ['start', 'ArrowDown', 'decide'], ['decide', 'ArrowDown', 'yes'], ['yes', 'ArrowRight', 'no'], ['no', 'ArrowLeft', 'yes'], ['end', 'ArrowUp', 'yes'], ['decide', 'ArrowUp', 'start'],
  ] as const)('from %s by %s is %s', (from, key, to) => {
    expect(nextAlong(flow, at(from), key)?.Id).toBe(to);
  });
  it('begins with the first', () => expect(nextAlong(flow, undefined, 'ArrowDown')?.Id).toBe('start'));
});

describe('connections', () => {
  it('are refused for a reason', () => {
    expect(refusal(flow, 'start', 'Forward', 'start')).toBe('itself');
    expect(refusal(flow, 'start', 'Forward', 'decide')).toBe('there');
    expect(refusal(flow, 'start', 'Forward', 'note')).toBe('note');
    expect(refusal(flow, 'end', 'Forward', 'start')).toBe('');
  });
  it('close the gap that a step leaves', () => {
    expect(joins(flow, 'yes')).toEqual([{ TailStepId: 'decide', HeadStepId: 'end', EdgeType: 'True' }]);
    expect(joins(flow, 'end')).toEqual([]);
  });
});

describe('places', () => {
  it('are below the step, and free', () => {
    expect(placeAfter(flow, flow.steps[5])).toEqual({ left: 272, top: 104 });
    expect(placeAfter({ steps: [flow.steps[5]!], edges: [] }, flow.steps[5])).toEqual({ left: 0, top: 104 });
  });
  it('are on the grid', () => expect(freeAt({ steps: [], edges: [] }, { left: 13, top: 21 })).toEqual({ left: 16, top: 24 }));
  it('that the layout gives run downwards and do not overlap', async () => {
    const moves = new Map((await layOut({ ...flow, steps: flow.steps.map((s) => ({ ...s, DisplayPositionLeft: 7, DisplayPositionTop: 7 })) })).map((m) => [m.id, m.to]));
    expect(moves.has('note')).toBe(false);
    const top = (id: string) => moves.get(id)?.top ?? Number.NaN;
    expect([top('start') < top('decide'), top('decide') < top('yes'), top('yes') === top('no'), top('no') < top('end')]).toEqual([true, true, true, true]);
    expect(Math.abs((moves.get('yes')?.left ?? 0) - (moves.get('no')?.left ?? 0))).toBeGreaterThanOrEqual(240);
  });
});

it('the edges of a step follow each other, from its exits on, and begin again', () => {
  const decide = flow.steps.find((s) => s.Id === 'decide')!;
  const seen: (string | undefined)[] = [];
  let at: Flow['edges'][number] | undefined;
  for (let i = 0; i < 4; i++) seen.push((at = nextEdge(flow, decide, at))?.Id);
  expect(seen).toEqual(['decideyes', 'decideno', 'startdecide', 'decideyes']);
  expect(nextEdge(flow, flow.steps.find((s) => s.Id === 'note')!, undefined)).toBeUndefined();
});
