import { describe, expect, it } from 'vitest';
import type { FieldMapping, FieldRef, ParameterMapping, Variable } from '../api';
import { parseExact } from '../lib/exact';
import { bodyOf } from './data';
import { complete, completions, mergeName, merged, openAt, short, valueAt } from './merge';
import { fieldChoices, fieldOf, filled, listOf, listsOf, lookupOf, lookupText, ofField, ofText, open, rowsOf, sourceOf, suggestion, wantsSuggestion, withHalves } from './model';
import { type Answer, withAnswer } from './ResponseForm';

const field = (StepId: string, StepName: string, Location: string, Name = Location) => ({ StepId, StepName, Location, Name }) as unknown as FieldRef;
const fields = [field('1', 'Order', 'order.id', 'Order ID'), field('1', 'Order', 'customer.email', 'E-mail'), field('2', 'Find', 'email', 'Email'), field('2', 'Find', '[rows].sku')];
const variables = [{ SystemName: 'Region', DisplayName: 'Sales region', Value: 'eu' }] as unknown as Variable[];
const words = { variable: 'v', system: 's' };
const mapping = (MappingType: string | null, rest: object = {}) => ({ MappingType, Value: null, IsLaunchVisible: false, ...rest }) as unknown as FieldMapping;
const row = (name: string, location: string, m: FieldMapping, optional = false) =>
  rowsOf([], [{ ...m, Field: { Id: 1, Name: name, Location: location, IsOptional: optional, DataType: 'Text', DisplayOrder: 1, Values: null, Triggers: [], Description: null } } as unknown as FieldMapping])[0]!;

describe('mappings', () => {
  it.each([
    [mapping('Ignore'), 'ignore', true], [mapping('StaticValue', { Value: 'x' }), 'text', true], [mapping('StaticValue', { Value: '' }), 'text', false],
    [mapping('StaticValue', { Value: '=1' }), 'script', true], [mapping('StepField', { SourceStepId: '1', SourceLocation: 'a' }), 'step', true],
    [mapping('StepField', { SourceStepId: '1' }), 'step', false], [mapping('Trigger', { TriggerValue: '7' }), 'lookup', true], [mapping('Variable', { Value: 'Region' }), 'variable', true], [mapping(null), 'unset', false],
  ])('%# have a source and may be whole', (m, source, whole) => {
    expect([sourceOf(m), filled(m)]).toEqual([source, whole]);
  });
  it('of required fields are open until they have a value', () => {
    expect([open(row('A', 'a', mapping('Ignore'))), open(row('A', 'a', mapping('Ignore'), true)), open(row('A', 'a', mapping('StaticValue', { Value: '1' })))]).toEqual([true, false, false]);
  });
  it('list parameters before fields, each in its order', () => {
    const p = (Id: number, DisplayOrder: number) => ({ ...mapping(null), Parameter: { Id, Name: `p${Id}`, IsOptional: true, DataType: 'Text', DisplayOrder, Values: [], Triggers: [], Description: null } }) as unknown as ParameterMapping;
    expect(rowsOf([p(1, 2), p(2, 1)], []).map((r) => r.id)).toEqual([2, 1]);
  });
  it('are written as the API reads them', () => {
    expect(ofField('1', 'a.b')).toEqual({ MappingType: 'StepField', SourceStepId: '1', SourceLocation: 'a.b' });
    expect(ofText('x')).toEqual({ MappingType: 'StaticValue', Value: 'x' });
  });
});

describe('suggestions', () => {
  it('prefer the same location, then the name, then its last part, and of equals the nearest step', () => {
    expect(suggestion(row('Whatever', 'customer.email', mapping(null)), fields)?.StepId).toBe('1');
    expect(suggestion(row('Email', 'contact', mapping(null)), fields)?.StepId).toBe('2');
    expect(suggestion(row('SKU', 'line.sku', mapping(null)), fields)?.Location).toBe('[rows].sku');
    expect(suggestion(row('Colour', 'colour', mapping(null)), fields)).toBeUndefined();
  });
  it('are for what has nothing yet', () => {
    expect([wantsSuggestion(row('A', 'a', mapping(null))), wantsSuggestion(row('A', 'a', mapping('Ignore'), true)), wantsSuggestion(row('A', 'a', mapping('StaticValue', { Value: '1' })))]).toEqual([true, false, false]);
  });
});

describe('merge fields', () => {
  it('are named by the step, or by its id where the name is not enough', () => {
    expect(mergeName(fields[0]!, fields)).toBe('Order.order.id');
    expect(mergeName(fields[0]!, [...fields, field('3', 'Order', 'x')])).toBe('1.order.id');
  });
  it.each([
    ['Dear {{Ord', 10, { from: 5, typed: 'Ord' }], ['Dear {{Order.order.id}} ', 24, undefined], ['\\{{x', 4, undefined], ['plain', 5, undefined], ['{{a}} and {{', 12, { from: 10, typed: '' }],
  ])('%s at %d', (text, caret, want) => {
    expect(openAt(text, caret)).toEqual(want);
  });
  it('are completed, the best first', () => {
    expect(completions('email', fields, variables, words).map((c) => c.insert)).toEqual(['Find.email', 'Order.customer.email']);
    expect(completions('reg', fields, variables, words).map((c) => c.insert)).toEqual(['Region']);
    expect(completions('', fields, variables, words).length).toBe(12);
  });
  it('are put in where they were begun', () => {
    expect(complete('Dear {{Ord!', 10, 'Order.order.id')).toEqual({ text: 'Dear {{Order.order.id}}!', caret: 23 });
    expect(complete('ab', 1, 'X')).toEqual({ text: 'a{{X}}b', caret: 6 });
    expect(complete('{{Ord}} b', 5, 'X')).toEqual({ text: '{{X}} b', caret: 5 });
  });
  it('yield what the sample has', () => {
    const samples = new Map<string, unknown>([['1', { order: { id: 7 } }]]);
    expect(merged('No. {{Order.order.id}} in {{Region}}', fields, samples, variables)).toBe('No. 7 in eu');
    expect(merged('{{Find.email}}', fields, samples, variables)).toBeUndefined();
  });
});

describe('values of a sample', () => {
  const doc = { a: { b: 1 }, list: [{ x: 1 }, { x: 2 }, {}], 'a.b': 3 };
  it.each([['a.b', 1], ['[list].x', [1, 2]], ['\\a.b\\', 3], ['none', undefined], ['[none].x', []]])('at %s', (location, want) => {
    expect(valueAt(doc, location)).toEqual(want);
  });
  it('are short', () => expect([short([1, 2, 3, 4]), short('x'), short(undefined), short({ a: 1 })]).toEqual(['1, 2, 3 +1', 'x', '', '{"a":1}']));
  it('lie behind the headers of a logged message', () => expect(bodyOf('HTTP/1.1 200 OK\r\nA: b\r\n\r\n{"x":1}')).toBe('{"x":1}'));
});

describe('fields to choose', () => {
  const same = [field('1', 'Order', 'id'), field('1', 'Order', 'id'), field('2', 'Order', 'id'), field('3', 'Order (2)', 'id'), field('4', 'A', 'b: c'), field('5', 'A: b', 'c')];
  const choices = fieldChoices(same);
  it('have each its own words, and lead back to their step', () => {
    const texts = choices.flatMap((c) => c.items.map((x) => x.text));
    expect([new Set(texts).size, new Set(choices.map((c) => c.name)).size]).toEqual([5, 5]);
    expect(texts.map((text) => fieldOf(text, choices)).map((x) => `${x?.step} ${x?.location}`)).toEqual(['1 id', '2 id', '3 id', '4 b: c', '5 c']);
  });
  it('may be typed where no step declares them', () => {
    expect(fieldOf('Order (2): other', fieldChoices(same.slice(0, 3)))).toEqual({ step: '2', location: 'other' });
    expect([fieldOf('Order: ', choices), fieldOf('other', choices)]).toEqual([undefined, undefined]);
  });
});

describe('looked up values', () => {
  const list = [{ Name: 'Ida', Value: '1' }, { Name: 'Ida', Value: '2' }, { Name: 'Olu', Value: '3' }];
  it('stay what was picked, whatever the list is by now', () => {
    const text = lookupText(list[1]!, list);
    expect(text).toBe('Ida (2)');
    expect(lookupOf(text, [], { text, choice: list[1]! })).toEqual(list[1]);
  });
  it('are found by name, else typed as an id', () => {
    expect([lookupOf('Olu', list, null)?.Value, lookupOf(' 77 ', list, null)?.Value, lookupOf(' ', list, null)]).toEqual(['3', '77', undefined]);
  });
});

it('cases that are not whole yet stay beside those that are stored', () => {
  const whole = (Name: string, Exit?: string) => ({ Name, Exit, LeftStepId: '1', LeftLocation: 'a', Condition: 'Exists' });
  const half = { Name: 'half', Exit: undefined };
  expect(withHalves([whole('a', '1'), half, whole('b')], [whole('a', '1'), whole('b', '2')])).toEqual([whole('a', '1'), half, whole('b', '2')]);
  expect(withHalves([whole('a', '1'), half], [])).toEqual([half]);
});

describe('long numbers', () => {
  const doc = parseExact('{"order":{"id":9007199254740993},"list":[{"id":12345678901234567890}]}');
  it('are shown with all their digits', () => {
    expect([short(valueAt(doc, 'order.id')), short(valueAt(doc, '[list].id')), short(valueAt(doc, 'order'))]).toEqual(['9007199254740993', '12345678901234567890', '{"id":9007199254740993}']);
    expect(merged('No. {{Order.order.id}}', fields, new Map([['1', doc]]), variables)).toBe('No. 9007199254740993');
  });
});

it('lists that values come from are told apart by their step and place', () => {
  const of = (SourceStepId: string, SourceLocation: string) => row('A', 'a', mapping('StepField', { SourceStepId, SourceLocation }));
  expect(['[rows].sku', 'order.[lines].[taxes].id', 'plain.a'].map(listOf)).toEqual(['[rows]', 'order.[lines]', '']);
  expect(listsOf([of('1', '[rows].sku'), of('1', '[rows].name'), of('2', '[rows].sku'), of('2', 'plain')], [{ SourceStepId: '3', SourceLocation: '[x].y' }])).toEqual([{ step: '1', at: '[rows]' }, { step: '2', at: '[rows]' }, { step: '3', at: '[x]' }]);
});

it('values of an answer keep their places, and go when they are ignored', () => {
  const answers = [{ Key: 'reply:status', MappingType: 'StaticValue', Value: '200' }, { Key: 'field:id', MappingType: 'StaticValue', Value: '7' }] as Answer[];
  expect(withAnswer(answers, 'reply:status', ofField('1', 'a')).map((a) => [a.Key, a.MappingType, a.SourceLocation])).toEqual([['reply:status', 'StepField', 'a'], ['field:id', 'StaticValue', undefined]]);
  expect(withAnswer(answers, 'field:id', { MappingType: 'Ignore' }).map((a) => a.Key)).toEqual(['reply:status']);
  expect(withAnswer(answers, 'header:X-A', ofText('b')).map((a) => a.Key)).toEqual(['reply:status', 'field:id', 'header:X-A']);
});
