import { expect, it } from 'vitest';
import { readEvents } from '../lib/live';
import { nameOfKey } from './useKeys';

const press = (key: string, held: object = {}) => nameOfKey({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

it.each([
  ['a', {}, 'a'], ['Z', { ctrlKey: true, shiftKey: true }, 'ctrl shift z'], ['z', { metaKey: true }, 'ctrl z'], ['ArrowUp', { altKey: true }, 'alt ArrowUp'], ['?', { shiftKey: true }, '?'], ['T', { shiftKey: true }, 'shift t'],
])('%s is %#', (key, held, want) => {
  expect(press(key, held)).toBe(want);
});

it('reads a stream of events in pieces', () => {
  const first = readEvents(': ready\nid: 3\n\nid: 4\nevent: step\ndata: {"StepId":"s"}\n\nid: 5\neve');
  expect(first).toEqual({ events: [{ event: 'step', data: { StepId: 's' } }], last: '4', rest: 'id: 5\neve' });
  expect(readEvents(`${first.rest}nt: reset\ndata: {}\n\n`)).toEqual({ events: [{ event: 'reset', data: {} }], last: '5', rest: '' });
  expect(readEvents(': still here\nid: 9\n\n')).toEqual({ events: [], last: '9', rest: '' });
  expect(readEvents(': still here\n\n').last).toBe('');
});
