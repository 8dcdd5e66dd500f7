const formats = new Map<string, Intl.DateTimeFormat>();

// The API's "never" and dates it does not have are empty or of year 1.
export function hasDate(text: string | null | undefined): text is string {
  return !!text && !text.startsWith('0001-');
}

function utc(text: string): Date {
  return new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
}

// when writes a time in a zone: the clock alone for today, the day otherwise. Nothing is written until the zone is known.
export function when(text: string | null | undefined, zone: string | undefined, now = new Date()): string {
  if (!zone || !hasDate(text)) return '';
  const at = utc(text);
  const day = (d: Date) => format(zone, 'day').format(d);
  return day(at) === day(now) ? format(zone, 'clock').format(at) : `${day(at)} ${format(zone, 'clock').format(at)}`;
}

export function exact(text: string | null | undefined, zone: string | undefined): string {
  return zone && hasDate(text) ? format(zone, 'exact').format(utc(text)) : '';
}

function format(zone: string, kind: 'day' | 'clock' | 'exact'): Intl.DateTimeFormat {
  const key = `${zone}/${kind}`;
  let f = formats.get(key);
  if (!f) {
    const timeZone = knownZone(zone);
    const options: Intl.DateTimeFormatOptions =
      kind === 'day'
        ? { timeZone, day: '2-digit', month: 'short', year: 'numeric' }
        : kind === 'clock'
          ? { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
          : { timeZone, dateStyle: 'full', timeStyle: 'long' };
    f = new Intl.DateTimeFormat('en-GB', options);
    formats.set(key, f);
  }
  return f;
}

// knownZone is a zone, or UTC for one that is newer than the browser.
export function knownZone(zone: string): string {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return zone;
  } catch {
    return 'UTC';
  }
}

// took writes the time between two moments.
export function took(from: string, to: string): string {
  if (!hasDate(from) || !hasDate(to)) return '';
  return duration(utc(to).getTime() - utc(from).getTime());
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

export const count = (n: number) => n.toLocaleString('en-GB');

// hueOf gives each account a steady tile colour out of the tokens' list.
export function hueOf(id: string): number {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.charCodeAt(0)) >>> 0;
  return sum % 8;
}

export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return ((words[0]?.[0] ?? '?') + (words[1]?.[0] ?? words[0]?.[1] ?? '')).toUpperCase();
}
