import { expect, it } from 'vitest';
import { parseExact, prettyJSON, writeExact } from './json';

it.each([
  '{}', '[]', '{"a":[],"b":{}}', '[1,[2,[3]],{"a":{"b":[{"c":null}]}}]', '{"a b":"x: [1, 2], {}","q":"\\"\\\\","e":"\\u00e9\\n"}', ' { "a" : true , "b" : [ false , null , -1.5 ] } ', '"x"', '3',
])('lays out %s as a parsed document would be', (text) => {
  expect(prettyJSON(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
});
it('keeps numbers as they are written', () => {
  expect(prettyJSON('{"id":9007199254740993,"ids":[12345678901234567890],"n":1.10,"e":1e400}')).toBe('{\n  "id": 9007199254740993,\n  "ids": [\n    12345678901234567890\n  ],\n  "n": 1.10,\n  "e": 1e400\n}');
});
it.each(['', 'not found', '{"a":1', 'HTTP/1.1 200 OK\n\n{"a":1}'])('leaves %j alone', (text) => expect(prettyJSON(text)).toBe(text));

it('reads long numbers with all their digits, and writes them so', () => {
  const text = '{"id":9007199254740993,"ids":[12345678901234567890,1],"n":0.1,"big":-0.12345678901234567890,"e":1e400,"s":"9007199254740993"}';
  const doc = parseExact(text) as { id: unknown; ids: unknown[]; n: number; s: string };
  expect([String(doc.id), String(doc.ids[0]), doc.ids[1], doc.n, doc.s]).toEqual(['9007199254740993', '12345678901234567890', 1, 0.1, '9007199254740993']);
  expect(writeExact(doc)).toBe(text);
});
it('leaves numbers that JavaScript knows alone', () => {
  expect(parseExact('{"a":[1,1.50,-3e2,9007199254740992,1234567890123456]}')).toEqual({ a: [1, 1.5, -300, 9007199254740992, 1234567890123456] });
});
it('takes no text for a number', () => {
  const sly = JSON.stringify({ a: '9007199254740993', b: 'exact 9007199254740993', c: '"9007199254740993"' });
  expect(writeExact(parseExact(sly))).toBe(sly);
  expect(() => parseExact('{')).toThrow(SyntaxError);
});
