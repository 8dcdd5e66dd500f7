import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import type { FieldMapping, Prerequisite, ReleaseFlow, Step } from '../api';
import { Undoing } from '../builder/CanvasBar';
import { Prerequisites } from '../builder/Prerequisites';
import { flowOf } from '../builder/releaseFlow';
import { SavedText } from '../builder/SavedText';
import { StepList } from '../builder/StepList';
import '../text/i18n';
import '../text/builder';
import { MappingTable } from './MappingTable';
import { rowsOf } from './model';
import { ResponseForm } from './ResponseForm';
import { StepPanel } from './StepPanel';
import { UniqueFields } from './UniqueFields';

// What the components of the builder show for what they are given, as a server would write it: without a browser nothing can be
// pressed here, which the walks in e2e do.
const shown = (what: ReactNode) => renderToStaticMarkup(<QueryClientProvider client={new QueryClient()}><MantineProvider>{what}</MantineProvider></QueryClientProvider>);
const words = (html: string) => html.replace(/<style[\s\S]*?<\/style>/g, ' ').replace(/<[^>]*>/g, ' ').replace(/&quot;/g, '"').replace(/\s+/g, ' ');

const step = (Id: string, Name: string, rest: object = {}) =>
  ({ Id, Name, Description: null, ActionType: 'Action', ActionData: null, AccountConnector: null, AccountConnectorId: null, Method: { Name: 'Create Contact', MethodUniqueIdentifier: 'm', EndPoint: '/contacts', ResponseFields: [] }, DisplayPositionLeft: 0, DisplayPositionTop: 0, CollectionKeys: [], CollectionSplitType: null, StepErrorAction: null, ContinueOnNullResult: true, ContinueOnNullSource: true, Script: null, ...rest }) as unknown as Step;
const field = (Id: number, Location: string, mapping: object, optional = true) =>
  ({ Field: { Id, Name: Location, Location, Description: null, IsOptional: optional, DataType: 'Text', DisplayOrder: Id, Values: null, Triggers: [] }, MappingType: 'Ignore', Value: null, SourceStepId: null, SourceLocation: null, TriggerValue: null, TriggerValueDisplayName: null, IsLaunchVisible: false, ...mapping }) as unknown as FieldMapping;

const release = {
  Name: 'Welcome', Variables: [], Settings: {},
  Steps: [
    { Step: step('1', 'New order', { ActionType: 'Webhook', DisplayPositionTop: -10 }), Connector: { Name: 'Shop', Icon: null }, Parameters: [], FieldMappings: [] },
    { Step: step('2', 'Create it', { Script: 'function before_action() {}', CollectionSplitType: 'All' }), Connector: { Name: 'CRM', Icon: null }, Parameters: [], FieldMappings: [field(1, 'email', { MappingType: 'StepField', SourceStepId: '1', SourceLocation: 'customer.mail' }, false), field(2, 'note', { MappingType: 'StaticValue', Value: '=1+1' })] },
  ],
  Edges: [{ Id: 'e', TailStepId: '1', HeadStepId: '2', EdgeType: 'Forward' }],
} as unknown as ReleaseFlow;

it('a step of a live release can be looked at, and nothing of it changed', () => {
  const asked = vi.spyOn(globalThis, 'fetch');
  const { flow, rows } = flowOf(release);
  const html = shown(<StepPanel step={flow.steps[1]!} flow={flow} number={2} rows={rows.get('2')} variables={[]} close={() => {}} goTo={() => {}} />);
  expect(words(html)).toContain('Step 2, Create Contact, CRM');
  expect(html).toContain('value="New order: customer.mail"');
  expect(html).toMatch(/<textarea[^>]*disabled[^>]*>=1\+1</);
  const controls = html.match(/<(input|textarea|button)[^>]*aria-label="(Source|Value|Ask)[^>]*>/g) ?? [];
  expect(controls.length).toBeGreaterThan(3);
  expect(controls.filter((x) => !x.includes('disabled'))).toEqual([]);
  expect(asked).not.toHaveBeenCalled();
});

const data = { account: 'a', step: step('2', 'Create it'), edit: true, fields: [], variables: [], sample: null, nameOfStep: (id: string) => ({ 1: 'New order', 3: 'Lines' })[id] };

it('the mapping table counts what is required and has no value, and offers what fits', () => {
  const fields = [{ StepId: '1', StepName: 'New order', Location: 'email', Name: 'email' }] as never;
  const html = shown(<MappingTable {...data} fields={fields} rows={rowsOf([], [field(1, 'email', { MappingType: null }, false), field(2, 'hidden', {})])} loading={false} error={null} retry={() => {}} save={async () => {}} />);
  expect(html.match(/pl-row-open/g)).toHaveLength(1);
  expect(words(html)).toContain('Accept 1 suggestion');
  expect(words(html)).toContain('Unmapped optional fields (1)');
  expect(html).toContain('email: map it to email'); // a field of the data is a button for the row that is open
});
it('shows an id of more than 53 bits with all its digits', async () => {
  const { parseExact } = await import('../lib/exact');
  const sample = { run: 'r', at: '', documents: new Map([['1', parseExact('{"id":9007199254740993}')]]), texts: new Map() };
  const html = shown(<MappingTable {...data} sample={sample} rows={rowsOf([], [field(1, 'ref', { MappingType: 'StepField', SourceStepId: '1', SourceLocation: 'id' })])} loading={false} error={null} retry={() => {}} save={async () => {}} />);
  expect(words(html)).toContain('9007199254740993');
});

it('unique fields are asked for where values come from two lists', () => {
  const from = (id: number, SourceStepId: string, SourceLocation: string) => field(id, `f${id}`, { MappingType: 'StepField', SourceStepId, SourceLocation });
  const one = rowsOf([], [from(1, '1', '[rows].sku')]);
  expect(shown(<UniqueFields {...data} rows={one} change={() => {}} />)).not.toContain('Unique fields');
  const html = words(shown(<UniqueFields {...data} rows={rowsOf([], [from(1, '1', '[rows].sku'), from(2, '3', '[items].id')])} change={() => {}} />));
  expect(html).toContain('New order: [rows]');
  expect(html).toContain('Lines: [items]');
});

it('an answer has its status, type and body, and what was added', () => {
  const html = words(shown(<ResponseForm {...data} answers={[{ Key: 'field:id', MappingType: 'StaticValue', Value: '7' }]} put={() => {}} />));
  for (const word of ['Status', 'Content type', 'Body', 'id field of a JSON body']) expect(html).toContain(word);
});

it('what was changed and its undoing are there on a phone, too', () => {
  const editor = { undo: () => {}, redo: () => {}, canUndo: true, canRedo: false };
  const html = shown(<Undoing editor={editor} size={44} />);
  expect(html).toMatch(/aria-label="Undo"(?![^>]*disabled)/);
  expect(html).toMatch(/<button[^>]*(disabled[^>]*aria-label="Redo"|aria-label="Redo"[^>]*disabled)/);
  expect(words(shown(<SavedText saving={{ state: 'waiting' }} />))).toContain('Waiting for the server');
});

it('what is missing names its place', () => {
  const list = [{ ObjectId: '2', ObjectType: 'Action', Reason: 'A required field has no value.', ReasonCode: 30 }] as unknown as Prerequisite[];
  const { flow } = flowOf(release);
  expect(words(shown(<Prerequisites list={list} error={null} retry={() => {}} flow={flow} go={() => {}} />))).toContain('A required field has no value. Create it, code 30');
  expect(shown(<StepList flow={flow} todo={new Map([['2', 1]])} overlay={undefined} open={() => {}} chosen={['2']} />)).toMatch(/aria-current="step"[^>]*>[\s\S]*Create it/);
});
