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
