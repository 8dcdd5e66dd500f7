import { expect, it } from 'vitest';
import type { Step } from '../api';
import { addStep, changeStep, connect, moveSteps, removeSteps } from './changes';
import type { Flow } from './flow';

const step = (Id: string) => ({ Id, Name: Id, ActionType: 'Delay', DisplayPositionLeft: 0, DisplayPositionTop: 0 }) as unknown as Step;
const edge = (TailStepId: string, HeadStepId: string) => ({ TailStepId, HeadStepId, EdgeType: 'Forward' });
const whole = (id: string) => ({ step: step(id), parameters: [], fields: [] });
const flow: Flow = { steps: [step('a'), step('b'), step('c')], edges: [{ ...edge('a', 'b'), Id: '1' }, { ...edge('b', 'c'), Id: '2' }] };
const shape = (f: Flow) => ({ steps: f.steps.map((s) => `${s.Id} ${s.Name} ${s.DisplayPositionLeft}`).sort(), edges: f.edges.map((e) => `${e.TailStepId}${e.HeadStepId}`).sort() });

it.each([
  ['add upon an edge', addStep(whole('x'), [edge('a', 'x'), edge('x', 'b')], edge('a', 'b')), { steps: 4, edges: 'ax,bc,xb' }],
  ['delete and join', removeSteps([whole('b')], [edge('a', 'b'), edge('b', 'c')], [edge('a', 'c')]), { steps: 2, edges: 'ac' }],
  ['connect', connect(edge('a', 'c')), { steps: 3, edges: 'ab,ac,bc' }],
  ['move', moveSteps([{ id: 'a', from: { left: 0, top: 0 }, to: { left: 8, top: 0 } }]), { steps: 3, edges: 'ab,bc' }],
  ['rename', changeStep('a', { Name: 'z' }, { Name: 'a' }), { steps: 3, edges: 'ab,bc' }],
])('%s can be taken back', (_name, command, want) => {
  const after = command.forward.apply(flow);
  expect({ steps: after.steps.length, edges: shape(after).edges.join() }).toEqual(want);
  expect(shape(after)).not.toEqual(shape(flow));
  expect(shape(command.back.apply(after))).toEqual(shape(flow));
});
