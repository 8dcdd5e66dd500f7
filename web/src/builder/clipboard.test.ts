import { expect, it } from 'vitest';
import type { AccountConnector, FieldMapping, ParameterMapping, Step } from '../api';
import type { Whole } from './changes';
import { type Copied, paste } from './clipboard';

const crm = (Id: number, Name: string, Authenticated = true, fields: number[] = []) => ({ Id, Name, Authenticated, Connector: { Id: 5, Name: 'CRM' }, CustomFields: fields.map((f) => ({ Id: f })) }) as unknown as AccountConnector;
const first = '11111111-1111-4111-8111-111111111111';
const second = '22222222-2222-4222-8222-222222222222';
const outside = '33333333-3333-4333-8333-333333333333';
const step = (Id: string, rest: object = {}) => ({ Id, Name: Id, ActionType: 'Action', DisplayPositionLeft: 0, DisplayPositionTop: 0, AccountConnector: crm(1, 'Ours', true, [900]), AccountConnectorId: 1, CollectionKeys: [], ActionData: null, WebhookUrl: 'https://x', ...rest }) as unknown as Step;
const taken = (id: number, SourceStepId: string | null, rest: object = {}) => ({ Field: { Id: id }, Parameter: { Id: id }, MappingType: SourceStepId ? 'StepField' : 'StaticValue', SourceStepId, SourceLocation: 'a', Value: null, ...rest });
const fields = (...list: object[]) => list as unknown as FieldMapping[];
const whole = (s: Step, f: FieldMapping[] = [], parameters: ParameterMapping[] = []): Whole => ({ step: s, parameters, fields: f });

const copied: Copied = {
  account: 'north', cycle: 'c1', edges: [{ TailStepId: first, HeadStepId: second, EdgeType: 'Forward' }],
  wholes: [whole(step(first)), whole(step(second, { DisplayPositionTop: 100, CollectionKeys: [{ SourceStepId: first, SourceLocation: '[a].b' }, { SourceStepId: outside, SourceLocation: '[c].d' }] }), fields(taken(7, first), taken(8, outside), taken(900, null, { Value: 'x' }), taken(9, null, { Value: `for {{${first}.name}}` })))],
};
const flow = { steps: [...copied.wholes.map((w) => w.step), step(outside, { DisplayPositionTop: 200 })], edges: [] };

it('pastes beside the original, with the edges between and mappings to each other', () => {
  const made = paste(copied, { account: 'north', cycle: 'c1', flow, connectors: [] });
  const [a, b] = made.wholes;
  expect([a?.step.Id === first, made.missing]).toEqual([false, []]);
  expect(made.edges).toEqual([{ TailStepId: a?.step.Id, HeadStepId: b?.step.Id, EdgeType: 'Forward' }]);
  expect([a?.step.DisplayPositionLeft, b?.step.DisplayPositionTop]).toEqual([272, 100]);
  expect(b?.fields.map((f) => [f.Field.Id, f.SourceStepId ?? f.Value])).toEqual([[7, a?.step.Id], [8, outside], [900, 'x'], [9, `for {{${a?.step.Id}.name}}`]]);
  expect(b?.step.CollectionKeys?.map((k) => k.SourceStepId)).toEqual([a?.step.Id, outside]);
  expect(a?.step.WebhookUrl).toBeNull();
});
it('pastes into another account with its connector of the kind, without what is not there', () => {
  const made = paste(copied, { account: 'south', cycle: 'c2', flow: { steps: [], edges: [] }, connectors: [crm(40, 'Theirs', false), crm(41, 'Also theirs')] });
  const [a, b] = made.wholes;
  expect([a?.step.AccountConnectorId, a?.step.CycleId, a?.step.DisplayPositionLeft]).toEqual([41, 'c2', 0]);
  expect(b?.fields.map((f) => f.Field.Id)).toEqual([7, 9]); // neither of a step that is not here, nor a custom field of another account connector
  expect(b?.step.CollectionKeys).toEqual([{ SourceStepId: a?.step.Id, SourceLocation: '[a].b' }]);
});
it('names the connectors that an account has not', () => {
  expect(paste(copied, { account: 'south', cycle: 'c2', flow: { steps: [], edges: [] }, connectors: [] }).missing).toEqual(['CRM']);
});
it('gives what a tool speaks of its new steps, and nothing where there is none', () => {
  const decide = { ActionType: 'Decision', AccountConnector: null, AccountConnectorId: null, ActionData: { LeftStepId: first, LeftLocation: 'a', Condition: 'Equals', Right: { MappingType: 'StepField', SourceStepId: outside, SourceLocation: 'b' } } };
  const tool: Copied = { account: 'north', cycle: 'c1', edges: [], wholes: [whole(step(first)), whole(step(second, decide))] };
  const [a, b] = paste(tool, { account: 'north', cycle: 'c2', flow: { steps: [], edges: [] }, connectors: [] }).wholes;
  expect(b?.step.ActionData).toEqual({ LeftStepId: a?.step.Id, LeftLocation: 'a', Condition: 'Equals', Right: { MappingType: null, SourceStepId: null, SourceLocation: null } });
});
