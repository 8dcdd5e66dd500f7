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

// firstOfMonths is the first day of the last n months, the present one among them.
export function firstOfMonths(n: number, now = Date.now()): string {
  const at = new Date(now);
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - n + 1, 1)).toISOString().slice(0, 10);
}

// monthsOf sums days by month, with the months without a task among them. A month is written as 2026-03.
export function monthsOf(lines: UsageLine[], n: number, now = Date.now()): Day[] {
  const at = new Date(now);
  const months = Array.from({ length: n }, (_, i) => ({ day: new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - n + 1 + i, 1)).toISOString().slice(0, 7), ok: 0, incident: 0 }));
  for (const l of lines) {
    const month = months.find((m) => m.day === l.Day?.slice(0, 7));
    if (!month) continue;
    month.ok += l.TasksOk;
    month.incident += l.TasksIncident;
  }
  return months;
}
