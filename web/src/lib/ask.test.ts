import { expect, it } from 'vitest';
import { askAll, askPages } from './ask';

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

it('reads numbered pages until one is not full', async () => {
  const asked: number[] = [];
  const page = (size: number) => async ({ page: n, pageSize }: { page: number; pageSize: number }) => {
    asked.push(n);
    return { data: Array.from({ length: size }, (_, i) => i).slice((n - 1) * pageSize, n * pageSize), response: new Response() };
  };
  expect(await askPages(page(5), 2)).toEqual([0, 1, 2, 3, 4]);
  expect(await askPages(page(4), 2)).toEqual([0, 1, 2, 3]);
  expect(asked).toEqual([1, 2, 3, 1, 2, 3]);
});
