// A time is kept in UTC and typed on the clock of whoever types it: the field of a browser knows no zones.

const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;

// localOf is what the field shows of a kept time; undefined of what is no time of a day, which is shown as text. Without a zone a time is UTC.
export function localOf(kept: string): string | undefined {
  if (kept === '') return '';
  const found = zoned.exec(kept);
  const at = new Date(found?.[3] ? kept : `${kept}Z`);
  if (!found || Number.isNaN(at.getTime())) return undefined;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

// keptOf is what is kept of what was typed in the field.
export function keptOf(typed: string): string {
  const at = new Date(typed);
  return typed === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString().replace(/\.\d+Z$/, 'Z');
}
