import { expect, it } from 'vitest';
import { parseExact, stringifyExact } from './exact';
import { merged, short } from '../setup/merge';

it.each(['{"id":12345678901234567890,"of":[-9007199254740993,1.5,"12345678901234567890"]}', '9007199254740993', '{"text":"a \\"9007199254740993\\" b"}', '[9007199254740991]'])('%s stays as it is', (text) => {
  expect(stringifyExact(parseExact(text))).toBe(text);
});
it('a text that looks like a long number stays a text', () => expect(parseExact('["9007199254740993"]')).toEqual(['9007199254740993']));
it('a long number is a bigint, and others are numbers', () => expect(parseExact('[9007199254740993, 7]')).toEqual([9007199254740993n, 7]));
it('what is no JSON is refused', () => expect(() => parseExact('{"a":}')).toThrow(SyntaxError));
it('a preview shows the id that there is', () => {
  const doc = parseExact('{"order":{"id":1234567890123456789,"lines":[{"id":9007199254740993}]}}');
  expect(short(doc)).toContain('1234567890123456789');
  const field = { StepId: 's', StepName: 'Order', Location: 'order.id', Name: 'Id', Path: [] } as never;
  expect(merged('no. {{s.order.id}}', [field], new Map([['s', doc]]), [])).toBe('no. 1234567890123456789');
});
