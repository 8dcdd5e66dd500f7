import { describe, expect, it } from 'vitest';
import { offersAt, placeAt, toYaml } from './yaml';

const at = (text: string) => placeAt(text.replace('|', ''), text.indexOf('|'));

describe('placeAt', () => {
  it.each([
    ['na|', { path: [], typed: 'na' }],
    ['metadata:\n  na|', { path: ['metadata'], typed: 'na' }],
    ['metadata: {key: x, na|', { path: ['metadata'], typed: 'na' }],
    ['auth:\n  - type: ap|', { path: ['auth', '[]'], typed: 'ap', key: 'type' }],
    ['auth:\n  - type: apiKey\n    pl|', { path: ['auth', '[]'], typed: 'pl' }],
    ['methods:\n  - id: a\n    request:\n      method: GET\n  - id: b\n    request:\n      me|', { path: ['methods', '[]', 'request'], typed: 'me' }],
    ['methods:\n- id: a\n  |', { path: ['methods', '[]'], typed: '' }],
    ['methods:\n  - id: a\n    params:\n      - {name: x, in: qu|', { path: ['methods', '[]', 'params', '[]'], typed: 'qu', key: 'in' }],
    ['methods:\n  - id: a\n\nser|', { path: [], typed: 'ser' }],
  ])('%s', (text, want) => expect(at(text)).toEqual(want));
});

const schema = {
  properties: { kind: { const: 'Connector' }, methods: { type: 'array', items: { $ref: '#/$defs/method' } } },
  $defs: { method: { required: ['id'], properties: { id: { type: 'string' }, idle: { type: 'boolean' }, verb: { enum: ['GET', 'PUT'] } } } },
};

describe('offersAt', () => {
  it('offers keys, needed ones first', () => expect(offersAt(schema, { path: ['methods', '[]'], typed: 'i' }).map((o) => o.insert)).toEqual(['id: ', 'idle: ']));
  it('offers values', () => expect(offersAt(schema, { path: ['methods', '[]'], typed: 'p', key: 'verb' }).map((o) => o.insert)).toEqual(['PUT']));
  it('offers true and false', () => expect(offersAt(schema, { path: ['methods', '[]'], typed: '', key: 'idle' }).map((o) => o.insert)).toEqual(['false', 'true']));
  it('offers the one value', () => expect(offersAt(schema, { path: [], typed: '', key: 'kind' }).map((o) => o.insert)).toEqual(['Connector']));
});

describe('toYaml', () => {
  it('writes small things on one line and texts that would read as something else in quotes', () =>
    expect(toYaml({ kind: 'Connector', version: '1.0', on: true, metadata: { key: 'a', note: 'yes' }, list: ['a', 'b'], text: 'one\ntwo' })).toBe(
      'kind: Connector\nversion: "1.0"\n"on": true\nmetadata: {key: a, note: "yes"}\nlist: [a, b]\ntext: |-\n  one\n  two\n',
    ));
  it('indents lists of large things', () =>
    expect(toYaml({ methods: [{ id: 'look', name: 'Look', description: 'A description that is much too long to stand on one line with all the rest of it, is it not', request: { method: 'GET', path: '/look' } }] })).toBe(
      'methods:\n  - id: look\n    name: Look\n    description: "A description that is much too long to stand on one line with all the rest of it, is it not"\n    request: {method: GET, path: /look}\n',
    ));
});
