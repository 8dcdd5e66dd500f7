import { expect, test } from 'vitest';
import { type Card, flat, fresh, move, put, step } from './cards';

const card = (Id: string, Cards?: Card[]): Card => fresh(Cards ? 'Category' : 'Link', Id, { Id, Cards: Cards ?? null });
const shape = (cards: Card[]): string => cards.map((c) => c.Id + (c.Cards ? `(${shape(c.Cards)})` : '')).join(' ');
const shelf = () => [card('a'), card('B', [card('b1'), card('b2')]), card('c'), card('D', [])];

test('cards are moved by one step', () => {
  for (const [id, way, want] of [
    ['a', 'up', 'a B(b1 b2) c D()'],
    ['a', 'down', 'B(b1 b2) a c D()'],
    ['D', 'down', 'a B(b1 b2) c D()'],
    ['D', 'up', 'a B(b1 b2) D() c'],
    ['c', 'in', 'a B(b1 b2 c) D()'],
    ['a', 'in', 'a B(b1 b2) c D()'],
    ['D', 'in', 'a B(b1 b2) c D()'],
    ['b1', 'out', 'a B(b2) b1 c D()'],
    ['b2', 'up', 'a B(b2 b1) c D()'],
    ['b2', 'down', 'a B(b1 b2) c D()'],
    ['a', 'out', 'a B(b1 b2) c D()'],
    ['none', 'up', 'a B(b1 b2) c D()'],
  ] as const) expect(shape(step(shelf(), id, way)), `${id} ${way}`).toBe(want);
});

test('cards are dropped anywhere but within themselves', () => {
  for (const [id, parent, at, want] of [
    ['a', 'D', 0, 'B(b1 b2) c D(a)'],
    ['b1', '', 4, 'a B(b2) c D() b1'],
    ['a', '', 3, 'B(b1 b2) c a D()'],
    ['c', '', 0, 'c a B(b1 b2) D()'],
    ['B', 'B', 0, 'a B(b1 b2) c D()'],
    ['B', 'D', 0, 'a c D(B(b1 b2))'],
    ['b1', 'B', 2, 'a B(b2 b1) c D()'],
  ] as const) expect(shape(move(shelf(), id, parent, at)), `${id} into ${parent} at ${at}`).toBe(want);
  const nested = move(shelf(), 'B', 'D', 0);
  expect(shape(move(nested, 'D', 'B', 0))).toBe(shape(nested));
});

test('no card is lost by any move', () => {
  const all = flat(shelf()).map((p) => p.card.Id);
  for (const id of all)
    for (const parent of ['', ...all])
      for (let at = 0; at < 5; at++) {
        if (parent && shelf().every((c) => c.Id !== parent || !c.Cards)) continue;
        expect(flat(move(shelf(), id, parent, at)).map((p) => p.card.Id).sort(), `${id} into ${parent} at ${at}`).toEqual([...all].sort());
      }
});

test('a card is put within a category', () => {
  expect(shape(put(shelf(), card('n'), 'B', 1))).toBe('a B(b1 n b2) c D()');
});
