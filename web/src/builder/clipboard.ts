import type { AccountConnector, FieldMapping, ParameterMapping, Step } from '../api';
import { newID } from '../lib/id';
import { type NewEdge, type Whole, wholeOf } from './changes';
import { cardHeight, cardWidth, type Flow, inOrder } from './flow';

// Copied is what was copied of a flow: steps with what fills them, and the edges between them.
export type Copied = { account: string; cycle: string; wholes: Whole[]; edges: NewEdge[] };

// Where is what is pasted into.
export type Where = { account: string; cycle: string; flow: Flow; connectors: AccountConnector[] };

// copy reads steps with all that fills them, each behind those that it takes values from.
export async function copy(account: string, cycle: string, flow: Flow, ids: string[]): Promise<Copied> {
  const chosen = new Set(ids);
  const wholes = await Promise.all(inOrder(flow).filter((s) => chosen.has(s.Id)).map((s) => wholeOf(account, s)));
  const edges = flow.edges.filter((e) => chosen.has(e.TailStepId) && chosen.has(e.HeadStepId));
  return { account, cycle, wholes, edges: edges.map(({ TailStepId, HeadStepId, EdgeType }) => ({ TailStepId, HeadStepId, EdgeType })) };
}

export type Pasted = { wholes: Whole[]; edges: NewEdge[]; missing: string[] };

// paste makes new steps of what was copied. In another account they use its connectors of the same kind; missing are those that
// it has not. What was taken from steps that were not copied stays within the same cycle, and is not there in another.
export function paste(copied: Copied, to: Where): Pasted {
  const ids = new Map(copied.wholes.map((w) => [w.step.Id, newID()]));
  const here = copied.cycle === to.cycle;
  const own = new Set(to.flow.steps.map((s) => s.Id));
  const source = (id: string) => ids.get(id) ?? (here && own.has(id) ? id : undefined);
  const shift = roomFor(to.flow, copied.wholes.map((w) => w.step), here ? 1 : 0);
  const missing = new Set<string>();
  const wholes = copied.wholes.map(({ step, parameters, fields }): Whole => {
    const used = step.AccountConnector;
    const uses = used && copied.account !== to.account ? likeness(used, to.connectors) : used;
    if (used && !uses) missing.add(used.Connector.Name);
    // Custom fields are those of one account connector.
    const custom = new Set(uses === used ? [] : (used?.CustomFields ?? []).map((f) => f.Id));
    return {
      step: {
        ...step, Id: ids.get(step.Id) as string, CycleId: to.cycle, WebhookUrl: null,
        DisplayPositionLeft: step.DisplayPositionLeft + shift.left, DisplayPositionTop: step.DisplayPositionTop + shift.top,
        AccountConnector: uses as Step['AccountConnector'], AccountConnectorId: uses?.Id ?? null,
        ActionData: named(step.ActionData, source) as Step['ActionData'],
        CollectionKeys: (step.CollectionKeys ?? []).flatMap((k) => ((id) => (id ? [{ ...k, SourceStepId: id }] : []))(source(k.SourceStepId))),
      },
      parameters: parameters.flatMap((p) => mapped(p, source)),
      fields: fields.filter((f) => !custom.has(f.Field.Id)).flatMap((f) => mapped(f, source)),
    };
  });
  const edges = copied.edges.map((e) => ({ ...e, TailStepId: ids.get(e.TailStepId) as string, HeadStepId: ids.get(e.HeadStepId) as string }));
  return { wholes, edges, missing: [...missing] };
}

// likeness is the account connector of an account that is of the same connector: that of the same name, else one that is signed in.
function likeness(used: AccountConnector, all: AccountConnector[]): AccountConnector | undefined {
  const same = all.filter((c) => c.Connector.Id === used.Connector.Id);
  return same.find((c) => c.Name === used.Name) ?? same.find((c) => c.Authenticated) ?? same[0];
}

type Source = (id: string) => string | undefined;

function mapped<M extends ParameterMapping | FieldMapping>(m: M, source: Source): M[] {
  if (!m.SourceStepId) return [{ ...m, Value: texts(m.Value, source) }];
  const id = source(m.SourceStepId);
  return id ? [{ ...m, SourceStepId: id }] : [];
}

// texts gives merge fields that name a step by its id the new id.
const texts = (text: string | null, source: Source) => text?.replace(/\{\{([0-9a-f]{8}-[0-9a-f-]{27})\./g, (all, id: string) => ((now) => (now ? `{{${now}.` : all))(source(id))) ?? null;

// named gives a tool's steps their new ids; what is not there is left out with its location.
function named(value: unknown, source: Source): unknown {
  if (Array.isArray(value)) return value.map((v) => named(v, source));
  if (value === null || typeof value !== 'object') return value;
  const out: Record<string, unknown> = {};
  for (const [key, v] of Object.entries(value)) out[key] = /StepId$/.test(key) && typeof v === 'string' ? (source(v) ?? null) : key === 'Value' && typeof v === 'string' ? texts(v, source) : named(v, source);
  for (const [id, location] of [['LeftStepId', 'LeftLocation'], ['SourceStepId', 'SourceLocation']] as const) if (id in out && out[id] === null) Object.assign(out, { [location]: null, ...('MappingType' in out ? { MappingType: null } : {}) });
  return out;
}

// roomFor finds how far steps have to move to the right so that none lies on another.
export function roomFor(flow: Flow, steps: Step[], from: number): { left: number; top: number } {
  const free = (left: number) =>
    steps.every((s) => flow.steps.every((x) => Math.abs(x.DisplayPositionLeft - s.DisplayPositionLeft - left) >= cardWidth + 16 || Math.abs(x.DisplayPositionTop - s.DisplayPositionTop) >= cardHeight + 16));
  let n = from;
  while (!free(n * (cardWidth + 32))) n++;
  return { left: n * (cardWidth + 32), top: 0 };
}
