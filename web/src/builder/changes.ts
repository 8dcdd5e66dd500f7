import {
  cyclesCreateEdgePost, cyclesCreateStepPost, cyclesDeleteEdgeDelete, cyclesDeleteStepDelete, cyclesEdgesGet, cyclesLayoutPut, cyclesStepsGet, cyclesUpdateStepPut,
  type Edge, type FieldMapping, type MappingInput, type ParameterMapping, type Step, type StepInput,
  stepsFieldMappingsGet, stepsParametersGet, stepsUpdateFieldMappingPut, stepsUpdateParameterPut,
} from '../api';
import { ask, Problem } from '../lib/ask';
import type { Flow, Point } from './flow';

// A change alters the flow at once where it is shown, and sends the same to the server behind that, call by call. A command
// is a change and the one that takes it back.

export type Change = { apply: (flow: Flow) => Flow; sends: ((to: Server) => Promise<void>)[] };
export type Command = { word: string; forward: Change; back: Change };

// Server is where changes go. writes counts them, since each gives the flow its next version.
export type Server = {
  account: string;
  cycle: string;
  edgeIDs: Map<string, string>;
  wrote: () => void;
  learn: (step: Step) => void;
  learnEdge: (edge: Edge) => void;
  outdated: () => void; // somebody else, or a call whose answer was lost, changed the flow, too
};

export type NewEdge = Pick<Edge, 'TailStepId' | 'HeadStepId' | 'EdgeType'>;

export const keyOf = (e: NewEdge) => `${e.TailStepId} ${e.EdgeType} ${e.HeadStepId}`;

// takeIDs notes under which ids the server knows the edges of a flow; one that is only shown yet has none.
export function takeIDs(flow: Flow | undefined, ids: Map<string, string>) {
  for (const e of flow?.edges ?? []) if (e.Id !== keyOf(e)) ids.set(keyOf(e), e.Id);
}

const headers = (to: Server) => ({ 'X-Cyclr-Account': to.account });

const withEdge = (flow: Flow, e: NewEdge): Flow => ({ ...flow, edges: [...flow.edges, { ...e, Id: keyOf(e) }] });
const withoutEdge = (flow: Flow, e: NewEdge): Flow => ({ ...flow, edges: flow.edges.filter((x) => keyOf(x) !== keyOf(e)) });

// orThere takes for made what is there already: a call whose answer was lost is sent again, and somebody else may be first.
async function orThere<T>(to: Server, make: Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await make;
  } catch (e) {
    const there = e instanceof Problem && e.status !== 0 ? await find().catch(() => undefined) : undefined;
    if (there === undefined) throw e;
    to.outdated();
    return there;
  }
}

// orGone takes for deleted what is not there any more.
async function orGone(to: Server, remove: Promise<unknown>) {
  try {
    await remove;
  } catch (e) {
    if (!(e instanceof Problem && e.status === 404)) throw e;
    to.outdated();
  }
}

async function sendEdge(to: Server, e: NewEdge) {
  const at = { headers: headers(to), path: { id: to.cycle } };
  const made = await orThere(to, ask(cyclesCreateEdgePost({ ...at, body: e })), async () => (await ask(cyclesEdgesGet(at)))?.find((x) => keyOf(x) === keyOf(e)));
  to.wrote();
  to.edgeIDs.set(keyOf(e), made.Id);
  to.learnEdge(made);
}

async function sendNoEdge(to: Server, e: NewEdge) {
  const edge = to.edgeIDs.get(keyOf(e));
  if (!edge) throw new Problem(404, '', null); // it stays at the server: to go on would show what is not so
  await orGone(to, ask(cyclesDeleteEdgeDelete({ headers: headers(to), path: { id: to.cycle, edge } })));
  to.wrote();
  to.edgeIDs.delete(keyOf(e));
}

const edgeIn = (e: NewEdge): Change => ({ apply: (f) => withEdge(f, e), sends: [(to) => sendEdge(to, e)] });
const edgeOut = (e: NewEdge): Change => ({ apply: (f) => withoutEdge(f, e), sends: [(to) => sendNoEdge(to, e)] });

// inTurn is several changes as one.
export function inTurn(...list: Change[]): Change {
  return {
    apply: (flow) => list.reduce((f, c) => c.apply(f), flow),
    sends: list.flatMap((c) => c.sends),
  };
}

export const connect = (e: NewEdge): Command => ({ word: 'connect', forward: edgeIn(e), back: edgeOut(e) });
export const disconnect = (e: NewEdge): Command => ({ word: 'disconnect', forward: edgeOut(e), back: edgeIn(e) });

// Whole is a step with all that it takes to make it again.
export type Whole = { step: Step; parameters: ParameterMapping[]; fields: FieldMapping[] };

export async function wholeOf(account: string, step: Step): Promise<Whole> {
  const options = { headers: { 'X-Cyclr-Account': account }, path: { step: step.Id } };
  if (!step.Method) return { step, parameters: [], fields: [] };
  const [parameters, fields] = await Promise.all([ask(stepsParametersGet(options)), ask(stepsFieldMappingsGet(options))]);
  return { step, parameters: parameters ?? [], fields: fields ?? [] };
}

// inputOf is what makes a step like this one.
export function inputOf(step: Step): StepInput {
  return {
    Id: step.Id, Name: step.Name, Description: step.Description, ActionType: step.ActionType as StepInput['ActionType'],
    DisplayPositionLeft: step.DisplayPositionLeft, DisplayPositionTop: step.DisplayPositionTop,
    ...(step.AccountConnectorId ? { AccountConnectorId: step.AccountConnectorId } : {}),
    ...(step.Method ? { MethodId: step.Method.MethodUniqueIdentifier } : {}),
    ...(step.ActionData ? { ActionData: step.ActionData as StepInput['ActionData'] } : {}),
    ...(step.Script ? { Script: step.Script } : {}),
    ...(step.CollectionSplitType ? { CollectionSplitType: step.CollectionSplitType as StepInput['CollectionSplitType'] } : {}),
    ...(step.StepErrorAction ? { StepErrorAction: step.StepErrorAction as StepInput['StepErrorAction'] } : {}),
    ...(step.ContinueOnNullSource === false ? { ContinueOnNullSource: false } : {}),
    ...(step.ContinueOnNullResult === false ? { ContinueOnNullResult: false } : {}),
    ...(step.CollectionKeys?.length ? { CollectionKeys: step.CollectionKeys } : {}),
  };
}

// mappingIn is a mapping as it is written.
export function mappingIn(m: ParameterMapping | FieldMapping): MappingInput {
  return {
    MappingType: m.MappingType, Value: m.Value, SourceStepId: m.SourceStepId, SourceLocation: m.SourceLocation, TriggerValue: m.TriggerValue,
    TriggerValueDisplayName: m.TriggerValueDisplayName, IsLaunchVisible: m.IsLaunchVisible,
  };
}

const isMapped = (m: ParameterMapping | FieldMapping) => m.IsLaunchVisible || (m.MappingType !== null && m.MappingType !== 'Ignore');

function stepIn(whole: Whole): Change {
  const { step } = whole;
  return {
    apply: (f) => ({ ...f, steps: [...f.steps, step] }),
    sends: [
      async (to) => {
        const at = { headers: headers(to), path: { id: to.cycle } };
        const made = await orThere(to, ask(cyclesCreateStepPost({ ...at, body: inputOf(step) })), async () => (await ask(cyclesStepsGet(at)))?.find((x) => x.Id === step.Id));
        to.wrote();
        to.learn(made);
      },
      ...whole.parameters.filter(isMapped).map((p) => async (to: Server) => {
        await ask(stepsUpdateParameterPut({ headers: headers(to), path: { step: step.Id, parameter: String(p.Parameter.Id) }, body: mappingIn(p) }));
        to.wrote();
      }),
      ...whole.fields.filter(isMapped).map((f) => async (to: Server) => {
        await ask(stepsUpdateFieldMappingPut({ headers: headers(to), path: { step: step.Id, field: String(f.Field.Id) }, body: mappingIn(f) }));
        to.wrote();
      }),
    ],
  };
}

function stepOut(step: Step): Change {
  return {
    apply: (f) => ({ steps: f.steps.filter((s) => s.Id !== step.Id), edges: f.edges.filter((e) => e.TailStepId !== step.Id && e.HeadStepId !== step.Id) }),
    sends: [
      async (to) => {
        await orGone(to, ask(cyclesDeleteStepDelete({ headers: headers(to), path: { id: to.cycle, step: step.Id } })));
        to.wrote();
        for (const key of to.edgeIDs.keys()) if (key.includes(step.Id)) to.edgeIDs.delete(key);
      },
    ],
  };
}

// addStep makes a step; instead is the edge that it is put upon, if any.
export function addStep(whole: Whole, edges: NewEdge[], instead?: NewEdge): Command {
  return {
    word: 'add',
    forward: inTurn(...(instead ? [edgeOut(instead)] : []), stepIn(whole), ...edges.map(edgeIn)),
    back: inTurn(stepOut(whole.step), ...(instead ? [edgeIn(instead)] : [])),
  };
}

// removeSteps deletes steps with their edges and closes the gaps.
export function removeSteps(wholes: Whole[], edges: NewEdge[], closing: NewEdge[]): Command {
  return {
    word: 'delete',
    forward: inTurn(...wholes.map((w) => stepOut(w.step)), ...closing.map(edgeIn)),
    back: inTurn(...closing.map(edgeOut), ...wholes.map(stepIn), ...edges.map(edgeIn)),
  };
}

export type Move = { id: string; from: Point; to: Point };

// moveSteps moves any number of steps with one write.
export function moveSteps(moves: Move[], word = 'move'): Command {
  const change = (at: (m: Move) => Point): Change => {
    const places = new Map(moves.map((m) => [m.id, at(m)]));
    return {
      apply: (f) => ({
        ...f,
        steps: f.steps.map((s) => {
          const p = places.get(s.Id);
          return p ? { ...s, DisplayPositionLeft: p.left, DisplayPositionTop: p.top } : s;
        }),
      }),
      sends: [
        async (to) => {
          const Steps = [...places].map(([Id, p]) => ({ Id, DisplayPositionLeft: p.left, DisplayPositionTop: p.top }));
          await ask(cyclesLayoutPut({ headers: headers(to), path: { id: to.cycle }, body: { Steps } }));
          to.wrote();
        },
      ],
    };
  };
  return { word, forward: change((m) => m.to), back: change((m) => m.from) };
}

// changeStep alters properties of a step; before are the values that it has now.
export function changeStep(id: string, after: StepInput, before: StepInput): Command {
  const change = (input: StepInput): Change => ({
    apply: (f) => ({ ...f, steps: f.steps.map((s) => (s.Id === id ? ({ ...s, ...input } as Step) : s)) }),
    sends: [
      async (to) => {
        const made = await ask(cyclesUpdateStepPut({ headers: headers(to), path: { id: to.cycle, step: id }, body: input }));
        to.wrote();
        to.learn(made);
      },
    ],
  });
  return { word: 'change', forward: change(after), back: change(before) };
}

// changeMapping fills a parameter or request field of a step in another way.
export function changeMapping(step: string, row: { kind: 'parameter' | 'field'; id: number }, after: MappingInput, before: MappingInput, changed: () => void): Command {
  const change = (body: MappingInput): Change => ({
    apply: (f) => f,
    sends: [
      async (to) => {
        if (row.kind === 'parameter') await ask(stepsUpdateParameterPut({ headers: headers(to), path: { step, parameter: String(row.id) }, body }));
        else await ask(stepsUpdateFieldMappingPut({ headers: headers(to), path: { step, field: String(row.id) }, body }));
        to.wrote();
        changed();
      },
    ],
  });
  return { word: 'map', forward: change(after), back: change(before) };
}
