import { expect, it } from 'vitest';
import { prettyJSON } from './json';

it.each([
  '{}', '[]', '{"a":[],"b":{}}', '[1,[2,[3]],{"a":{"b":[{"c":null}]}}]', '{"a b":"x: [1, 2], {}","q":"\\"\\\\","e":"\\u00e9\\n"}', ' { "a" : true , "b" : [ false , null , -1.5 ] } ', '"x"', '3',
])('lays out %s as a parsed document would be', (text) => {
  expect(prettyJSON(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
});
it('keeps numbers as they are written', () => {
  expect(prettyJSON('{"id":9007199254740993,"ids":[12345678901234567890],"n":1.10,"e":1e400}')).toBe('{\n  "id": 9007199254740993,\n  "ids": [\n    12345678901234567890\n  ],\n  "n": 1.10,\n  "e": 1e400\n}');
});
it.each(['', 'not found', '{"a":1', 'HTTP/1.1 200 OK\n\n{"a":1}'])('leaves %j alone', (text) => expect(prettyJSON(text)).toBe(text));
