import { expect, it } from 'vitest';
import type { ReleaseFlow } from '../api';
import { compareReleases } from './flowDiff';

const step = (Id: string, Name: string, rest: object = {}, fields: object[] = []) => ({ Step: { Id, Name, ActionType: 'Action', Script: null, ActionData: null, DisplayPositionLeft: Math.random(), ...rest }, Connector: { Name: 'CRM', Icon: null }, Parameters: [], FieldMappings: fields });
const field = (Location: string, mapping: object) => ({ Field: { Id: 1, Name: Location, Location }, IsLaunchVisible: false, ...mapping });
const release = (Steps: object[], Edges: object[] = [], rest: object = {}) => ({ Name: 'T', Steps, Edges, Variables: [], Settings: { StepErrorAction: 'Ignore' }, ...rest }) as unknown as ReleaseFlow;
const edge = (TailStepId: string, HeadStepId: string) => ({ Id: Math.random(), TailStepId, HeadStepId, EdgeType: 'Forward' });

it('finds nothing between a release and itself, wherever its cards lie', () => {
  const make = () => release([step('1', 'New'), step('2', 'Create', {}, [field('email', { MappingType: 'StepField', SourceStepId: '1', SourceLocation: 'mail' })])], [edge('1', '2')]);
  expect(compareReleases(make(), make())).toEqual([]);
});
it('says in words what fills a field by now', () => {
  const a = release([step('1', 'New'), step('2', 'Create', {}, [field('email', { MappingType: 'StepField', SourceStepId: '1', SourceLocation: 'mail' })])]);
  const b = release([step('1', 'New'), step('2', 'Create it', { Script: 'x()' }, [field('email', { MappingType: 'StaticValue', Value: 'a@b.example', IsLaunchVisible: true })])]);
  expect(compareReleases(a, b)).toEqual([
    { key: 'step/2', of: 'step', kind: 'changed', name: 'Create it', changes: [{ what: 'Name', from: 'Create', to: 'Create it' }, { what: 'email', from: 'New: mail', to: 'a@b.example ?' }, { what: 'Script', from: '', to: 'x()' }] },
  ]);
});
it('finds what is new and what is gone, and names edges by their steps', () => {
  const a = release([step('1', 'New'), step('2', 'Create')], [edge('1', '2')]);
  const b = release([step('1', 'New'), step('3', 'Update')], [edge('1', '3')], { Settings: { StepErrorAction: 'Retry' }, Variables: [{ SystemName: 'Region', DisplayName: 'Region', Value: 'eu' }] });
  expect(compareReleases(a, b).map((d) => `${d.kind} ${d.of} ${d.name}`)).toEqual(['removed step Create', 'added step Update', 'removed edge New → Create', 'added edge New → Update', 'added variable Region', 'changed settings ']);
});
it('names the steps that a tool speaks of', () => {
  const decide = (LeftStepId: string) => step('9', 'Decide', { ActionType: 'Decision', ActionData: { LeftStepId, LeftLocation: 'a' } });
  const [d] = compareReleases(release([step('1', 'One'), step('2', 'Two'), decide('1')]), release([step('1', 'One'), step('2', 'Two'), decide('2')]));
  expect(d?.changes).toEqual([{ what: 'ActionData.LeftStepId', from: 'One', to: 'Two' }]);
});
