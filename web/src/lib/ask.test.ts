import { expect, it } from 'vitest';
import { askAll } from './ask';

const pages = (asked: (string | null)[]) => async (cursor: string | null) => {
  asked.push(cursor);
  const n = Number(cursor ?? 0);
  return { data: [n * 2, n * 2 + 1], response: new Response(null, { headers: n < 2 ? { 'X-Next-Cursor': String(n + 1) } : {} }) };
};

it('reads a list to its end by its cursors', async () => {
  const asked: (string | null)[] = [];
  expect(await askAll(pages(asked), 100)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(asked).toEqual([null, '1', '2']);
});
it('reads no further than it may', async () => expect(await askAll(pages([]), 3)).toEqual([0, 1, 2, 3]));
