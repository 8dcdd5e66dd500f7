// What the editor of definitions knows of YAML: where the caret is in the document, what the schema allows there, and how a
// document is written. Reading is the server's part.

export type Schema = { [key: string]: unknown };
export type Place = { path: string[]; typed: string; key?: string }; // key: a value of that key is being written

type Line = { spaces: number; dashes: number; indent: number; content: string };

function lineOf(text: string): Line {
  const m = /^(\s*)((?:- +)*)(.*)$/.exec(text) as RegExpExecArray;
  const [, spaces = '', dashes = '', content = ''] = m;
  return { spaces: spaces.length, dashes: (dashes.match(/-/g) ?? []).length, indent: spaces.length + dashes.length, content };
}

const keyOf = (content: string) => /^("[^"]*"|[\w.$-]+):(?:\s|$)/.exec(content)?.[1]?.replaceAll('"', '');

// placeAt says where in a document a caret stands: the keys that lead there, with [] for the item of a list.
export function placeAt(text: string, caret: number): Place {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf('\n') + 1;
  const now = lineOf(before.slice(start));
  const path: string[] = [];
  let need = now.indent;
  if (now.dashes > 0) {
    path.unshift('[]');
    need = now.spaces + 1;
  }
  const above = text.slice(0, Math.max(0, start - 1)).split('\n');
  if (start > 0) {
    for (let i = above.length - 1; i >= 0 && need > 0; i--) {
      const line = lineOf(above[i] ?? '');
      if (line.content === '' || line.content.startsWith('#')) continue;
      const key = keyOf(line.content);
      if (line.dashes > 0 && line.indent === need) {
        path.unshift('[]');
        need = line.spaces + 1;
      } else if (key !== undefined && line.indent < need) {
        path.unshift(key);
        if (line.dashes > 0) path.unshift('[]');
        need = line.dashes > 0 ? line.spaces + 1 : line.indent;
      }
    }
  }
  return within(now.content, path);
}

// within goes on into what stands in braces and brackets on the line itself.
function within(content: string, path: string[]): Place {
  const stack: string[][] = [];
  let from = 0;
  let quote = '';
  let word = 0; // where what may be a key begins
  let key: string | undefined;
  for (let i = 0; i < content.length; i++) {
    const c = content[i] as string;
    if (quote) {
      if (c === quote) quote = '';
      continue;
    }
    if (c === '"' || c === "'") quote = c;
    else if (c === '{' || c === '[') {
      stack.push([...(key !== undefined ? [key] : []), ...(c === '[' ? ['[]'] : [])]);
      key = undefined;
      from = word = i + 1;
    } else if (c === '}' || c === ']') {
      stack.pop();
      key = undefined;
    } else if (c === ',') {
      if (stack.length > 0) {
        key = undefined;
        from = word = i + 1;
      }
    } else if (c === ':' && (content[i + 1] === ' ' || i + 1 === content.length) && key === undefined) {
      key = content.slice(word, i).trim().replaceAll('"', '');
      from = i + 1;
    }
  }
  return { path: [...path, ...stack.flat()], typed: content.slice(from).trimStart(), ...(key !== undefined ? { key } : {}) };
}

// schemasAt is what a schema says of the place that keys lead to, in each of its alternatives.
export function schemasAt(root: Schema, path: string[]): Schema[] {
  let now = expand(root, root);
  for (const part of path) {
    now = now.flatMap((s) => {
      if (part === '[]') return s.items ? expand(root, s.items as Schema) : [];
      const own = (s.properties as Record<string, Schema> | undefined)?.[part];
      if (own) return expand(root, own);
      return s.additionalProperties && typeof s.additionalProperties === 'object' ? expand(root, s.additionalProperties as Schema) : [];
    });
  }
  return now;
}

function expand(root: Schema, s: Schema, depth = 0): Schema[] {
  if (depth > 12 || typeof s !== 'object' || s === null) return [];
  if (typeof s.$ref === 'string') {
    const to = s.$ref.replace(/^#\//, '').split('/').reduce<unknown>((at, k) => (at as Schema | undefined)?.[k], root);
    return to ? expand(root, to as Schema, depth + 1) : [];
  }
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((k) => (Array.isArray(s[k]) ? (s[k] as Schema[]) : []));
  for (const k of ['then', 'else']) if (s[k]) parts.push(s[k] as Schema);
  return [s, ...parts.flatMap((p) => expand(root, p, depth + 1))];
}

export type Offer = { insert: string; detail: string };

// offersAt lists what may be written at a place: keys, or the values of a key.
export function offersAt(root: Schema, place: Place, most = 14): Offer[] {
  const fits = (word: string) => word.toLowerCase().startsWith(place.typed.replaceAll('"', '').toLowerCase());
  const out = new Map<string, Offer>();
  if (place.key !== undefined) {
    for (const s of schemasAt(root, [...place.path, place.key])) for (const v of valuesOf(s)) if (fits(v)) out.set(v, { insert: v, detail: '' });
  } else {
    for (const s of schemasAt(root, place.path)) {
      const required = (s.required as string[] | undefined) ?? [];
      for (const [name, inner] of Object.entries((s.properties as Record<string, Schema> | undefined) ?? {})) {
        if (fits(name)) out.set(name, { insert: `${name}: `, detail: required.includes(name) ? '*' : kindOf(inner) });
      }
      for (const v of valuesOf(s)) if (fits(v)) out.set(v, { insert: v, detail: '' });
    }
  }
  return [...out.values()].sort((a, b) => Number(b.detail === '*') - Number(a.detail === '*') || a.insert.localeCompare(b.insert)).slice(0, most);
}

const kindOf = (s: Schema) => (typeof s.type === 'string' ? s.type : typeof s.$ref === 'string' ? (s.$ref.split('/').pop() ?? '') : s.enum ? 'choice' : '');

function valuesOf(s: Schema): string[] {
  if (Array.isArray(s.enum)) return s.enum.map(String);
  if (s.const !== undefined) return [String(s.const)];
  return s.type === 'boolean' ? ['true', 'false'] : [];
}

const reserved = /^(true|false|null|yes|no|on|off|y|n|~|)$/i;
const plain = /^[A-Za-z_/$][^\n\t#:,[\]{}&*!|>'"%@`]*$/;
const plainFlow = /^[A-Za-z_/$][\w ./$+-]*$/;

function scalar(v: unknown, flow: boolean): string {
  if (typeof v !== 'string') return JSON.stringify(v ?? null);
  return (flow ? plainFlow : plain).test(v) && !reserved.test(v) && v === v.trim() ? v : JSON.stringify(v);
}

const isFlat = (v: unknown) => v === null || typeof v !== 'object';

// onLine writes a value on the line that it stands on, or says that it is too large for that.
function onLine(v: unknown): string | undefined {
  if (isFlat(v)) return scalar(v, true);
  const parts = Array.isArray(v) ? v.map(onLine) : Object.entries(v as object).map(([k, x]) => ((x2) => x2 === undefined ? undefined : `${scalar(k, true)}: ${x2}`)(onLine(x)));
  if (parts.some((p) => p === undefined)) return undefined;
  const text = Array.isArray(v) ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
  return text.length <= 110 && !text.includes('\\n') ? text : undefined;
}

// toYaml writes a document as the shipped ones are written: small things on one line, all else indented by two.
export function toYaml(value: unknown): string {
  return `${block(value, 0, true).replace(/^\n/, '')}\n`;
}

function block(v: unknown, indent: number, top = false): string {
  if (typeof v === 'string' && v.includes('\n')) {
    return ` |${v.endsWith('\n') ? '' : '-'}\n${v.replace(/\n$/, '').split('\n').map((l) => (l === '' ? '' : `${' '.repeat(indent)}${l}`)).join('\n')}`;
  }
  if (isFlat(v)) return ` ${scalar(v, false)}`;
  const pad = ' '.repeat(indent);
  if (Array.isArray(v)) {
    const line = v.every(isFlat) ? onLine(v) : undefined;
    if (line !== undefined || v.length === 0) return ` ${line ?? '[]'}`;
    return v
      .map((x) => {
        const small = onLine(x);
        if (small !== undefined) return `\n${pad}- ${small}`;
        return `\n${pad}- ${block(x, indent + 2).replace(/^\n? */, '')}`;
      })
      .join('');
  }
  const entries = Object.entries(v as object).filter(([, x]) => x !== undefined);
  if (entries.length === 0) return ' {}';
  const small = top ? undefined : onLine(v);
  if (small !== undefined && small.length <= 90) return ` ${small}`;
  return entries.map(([k, x]) => `${top && indent === 0 ? '\n' : `\n${pad}`}${scalar(k, false)}:${block(x, indent + 2)}`).join('');
}
