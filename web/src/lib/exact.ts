// JSON whose whole numbers stay what they are: those of more than 53 bits, such as long ids, become bigints in place of other numbers.

const mark = '\u0000n';
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const marked = /"\\u0000n(-?\d+)"/g;

export function parseExact(text: string): unknown {
  const long = (word: string) => /^-?\d+$/.test(word) && !Number.isSafeInteger(Number(word));
  const safe = text.replace(token, (word) => (word.startsWith('"') || !long(word) ? word : JSON.stringify(mark + word)));
  return JSON.parse(safe, (_key, v: unknown) => (typeof v === 'string' && v.startsWith(mark) && /^-?\d+$/.test(v.slice(mark.length)) ? BigInt(v.slice(mark.length)) : v));
}

// stringifyExact writes what parseExact reads.
export const stringifyExact = (value: unknown, indent?: number): string =>
  (JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? `${mark}${v}` : v), indent) ?? 'null').replace(marked, '$1');
