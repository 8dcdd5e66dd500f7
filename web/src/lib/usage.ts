import type { UsageLine } from '../api';
import type { Day } from '../ui/charts';

const day = 86_400_000;

// sinceDay is the first of the last n days, as the API's reports count them: in UTC.
export const sinceDay = (n: number, now = Date.now()) => new Date(now - (n - 1) * day).toISOString().slice(0, 10);

// daysOf fills the days without a task in.
export function daysOf(lines: UsageLine[], n: number, now = Date.now()): Day[] {
  const known = new Map(lines.map((l) => [l.Day, l]));
  return Array.from({ length: n }, (_, i) => {
    const text = new Date(now - (n - 1 - i) * day).toISOString().slice(0, 10);
    return { day: text, ok: known.get(text)?.TasksOk ?? 0, incident: known.get(text)?.TasksIncident ?? 0 };
  });
}
