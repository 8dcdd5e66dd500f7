import { afterEach, expect, it, vi } from 'vitest';
import type { Step } from '../api';
import { client } from '../api/client.gen';
import { Problem } from '../lib/ask';
import { addStep, changeStep, connect, disconnect, moveSteps, removeSteps, type Server, takeIDs } from './changes';
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

const server = (ids: Map<string, string>) => {
  const told: string[] = [];
  const to: Server = { account: 'a', cycle: 'c', edgeIDs: ids, wrote: () => told.push('wrote'), learn: () => told.push('step'), learnEdge: (e) => told.push(`edge ${e.Id}`), outdated: () => told.push('outdated') };
  return { to, told };
};
const answers = (...list: [number, unknown][]) => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (r: Request) => {
    asked.push(`${r.method} ${new URL(r.url).pathname}`);
    const [status, body] = list.shift() ?? [500, null];
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
  });
  return asked;
};
afterEach(() => vi.unstubAllGlobals());
client.setConfig({ baseUrl: 'http://test.example' });

it('takes the ids of edges from the flow, but for those that are only shown', () => {
  const ids = new Map<string, string>();
  takeIDs(connect(edge('a', 'c')).forward.apply(flow), ids);
  expect([...ids]).toEqual([['a Forward b', '1'], ['b Forward c', '2']]);
});

it('does not pass over an edge whose id is not known', async () => {
  const asked = answers();
  await expect(disconnect(edge('a', 'b')).forward.sends[0]?.(server(new Map()).to)).rejects.toThrow(Problem);
  expect(asked).toEqual([]);
});

it('takes what is there already for made, and what is gone for deleted', async () => {
  const { to, told } = server(new Map([['a Forward b', '1']]));
  answers([400, { Message: 'the edge is there already' }], [200, [{ ...edge('a', 'c'), Id: '7' }]], [404, { Message: 'not found' }]);
  await connect(edge('a', 'c')).forward.sends[0]?.(to);
  await disconnect(edge('a', 'b')).forward.sends[0]?.(to);
  expect(told).toEqual(['outdated', 'wrote', 'edge 7', 'outdated', 'wrote']);
  expect([...to.edgeIDs]).toEqual([['a Forward c', '7']]);
});

it('fails where what was refused is not there', async () => {
  answers([400, { Message: 'the step has no exit True' }], [200, []]);
  await expect(connect(edge('a', 'c')).forward.sends[0]?.(server(new Map()).to)).rejects.toThrow('no exit');
});
