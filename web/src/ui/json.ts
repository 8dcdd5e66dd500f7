const token = /\s*(?:("(?:[^"\\]|\\.)*")|([{}[\],:])|([^\s{}[\],:"]+))/gy;

// prettyJSON lays out a document, and leaves its numbers as they are written: an id of more than 53 bits would be another one
// once it was parsed. What is no JSON stays as it is.
export function prettyJSON(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let out = '';
  let depth = 0;
  let opened = false; // nothing came since the bracket
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [, string, mark, word] of text.matchAll(token)) {
    if (mark === '}' || mark === ']') {
      depth--;
      out += opened ? mark : line() + mark;
      opened = false;
      continue;
    }
    if (opened) out += line();
    opened = mark === '{' || mark === '[';
    if (opened) depth++;
    if (string !== undefined) out += JSON.stringify(JSON.parse(string)); // letters that were escaped are read more easily as such
    else if (mark === ',') out += mark + line();
    else if (mark === ':') out += ': ';
    else out += mark ?? word;
  }
  return out;
}

// Exact is a number that JavaScript would round, such as an id of more than 53 bits, as it was written.
export class Exact {
  constructor(readonly digits: string) {}
  toString() {
    return this.digits;
  }
}

const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const mark = `exact ${Math.random().toString(36).slice(2)} `; // no text of a document begins so
const marked = new RegExp(`"${mark}(-?[\\d.eE+-]+)"`, 'g');

const rounds = (word: string) => number.test(word) && String(Number(word)) !== word && (!Number.isFinite(Number(word)) || word.replace(/[eE].*$|\D/g, '').replace(/^0+/, '').length > 15);

// parseExact reads a document and keeps the digits of its numbers. It throws for what is no JSON.
export function parseExact(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  if (!/\d{16}|\d\.\d{9}|\d[eE]/.test(text)) return plain;
  let out = '';
  for (const [whole, , , word] of text.matchAll(token)) out += word !== undefined && rounds(word) ? `"${mark}${word}"` : whole;
  return JSON.parse(out, (_key, value: unknown) => (typeof value === 'string' && value.startsWith(mark) && number.test(value.slice(mark.length)) ? new Exact(value.slice(mark.length)) : value));
}

// writeExact is JSON.stringify for what parseExact read.
export function writeExact(value: unknown): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, plain: unknown) {
    const v = this[key];
    return v instanceof Exact ? mark + v.digits : plain;
  });
  return (text ?? 'null').replace(marked, '$1');
}
