import { expect, test } from 'vitest';
import { keptOf, localOf } from './when';

// The zone that tests run in may be any: what is typed comes back, and names the same moment.
test('a kept time is shown on the own clock and kept in UTC again', () => {
  for (const kept of ['2026-03-01T10:30:00Z', '2026-07-01T23:59:00Z', '2026-12-31T00:00:00Z']) expect(keptOf(localOf(kept) ?? 'nothing')).toBe(kept);
  expect(keptOf(localOf('2026-03-01T12:30:00+02:00') ?? '')).toBe('2026-03-01T10:30:00Z');
  expect(keptOf(localOf('2026-03-01T10:30') ?? '')).toBe('2026-03-01T10:30:00Z');
});

test('the clock is that of the browser', () => {
  const at = new Date('2026-03-01T10:30:00Z');
  expect(localOf('2026-03-01T10:30:00Z')?.slice(-5)).toBe(`${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`);
});

test('nothing stays nothing, and what is no time of a day is shown as it is', () => {
  expect(localOf('')).toBe('');
  expect(keptOf('')).toBe('');
  for (const odd of ['tomorrow', '2026-03-01', '1767225600', '2026-13-01T10:30:00Z']) expect(localOf(odd), odd).toBeUndefined();
});
