import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readToEnd } from './live';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// streamOf is a stream of which the test gives each part.
function streamOf() {
  const parts: ((p: { done: false; value: string } | { done: true; value: undefined }) => void)[] = [];
  const cancel = vi.fn(async () => {});
  return { reader: { read: () => new Promise<never>((give) => parts.push(give as never)), cancel }, give: (text: string) => parts.shift()?.({ done: false, value: text }), end: () => parts.shift()?.({ done: true, value: undefined }), cancel };
}

it('a stream is given up once it says nothing for too long', async () => {
  const s = streamOf();
  const got: string[] = [];
  const over = readToEnd(s.reader, 40_000, (t) => got.push(t)).then(() => 'ended', (e: Error) => e.message);
  await vi.advanceTimersByTimeAsync(39_000);
  s.give(': still here');
  await vi.advanceTimersByTimeAsync(39_000);
  expect([got, s.cancel.mock.calls.length]).toEqual([[': still here'], 0]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([await over, s.cancel.mock.calls.length]).toEqual(['silence', 1]);
});

it('a stream that ends is not cancelled', async () => {
  const s = streamOf();
  const over = readToEnd(s.reader, 40_000, () => {});
  s.end();
  await over;
  expect(s.cancel).not.toHaveBeenCalled();
});
