// formatScript lays out JavaScript by its brackets: two spaces for each that is open, one blank line at most, nothing behind the
// last letter of a line. It changes only the blanks around lines, and nothing within template literals and comments of many lines.

type Open = { close: string; line: number; label: boolean };

const closers: Record<string, string> = { '(': ')', '[': ']', '{': '}' };
const label = /^(?:case\b.*|default\s*):(?!:)/;
const goesOn = /^(?:\.(?!\.\.|\d)|\?|:|&&|\|\||[+*%=<>|&^](?![+=]?\+)|-(?!-|\d)|instanceof\b|in\b)/;

export function formatScript(code: string): string {
  const stack: Open[] = [];
  const templates: number[] = []; // the depth at which each open ${ of a template literal closes
  let inside: 'code' | 'template' | 'comment' = 'code';
  let before = ''; // the last sign of the code, which tells a regular expression from a division
  const out: string[] = [];
  code.replace(/\r\n?/g, '\n').split('\n').forEach((line, n) => {
    const begun = inside;
    const text = line.trim();
    if (begun === 'code') {
      let closing = 0;
      while (closing < text.length && text[closing] === stack.at(-1 - closing)?.close) closing++;
      const open = stack.slice(0, stack.length - closing);
      const lines = new Set(open.map((o) => o.line));
      const isLabel = label.test(text) && open.at(-1)?.close === '}';
      const labels = open.filter((o, i) => o.label && !(isLabel && i === open.length - 1)).length;
      const more = closing === 0 && goesOn.test(text) && !isLabel ? 1 : 0;
      if (text !== '' || (out.length > 0 && out.at(-1) !== '')) out.push(text === '' ? '' : '  '.repeat(lines.size + labels + more) + text);
      const top = open.at(-1);
      if (isLabel && top) top.label = true;
    } else out.push(line); // its blanks are a part of it
    read(begun === 'code' ? text : line, n);
    const last = out.length - 1;
    if (inside !== 'template' && out[last] !== undefined) out[last] = out[last].trimEnd();
  });
  while (out.at(-1) === '') out.pop();
  return out.length > 0 ? `${out.join('\n')}\n` : '';

  function read(text: string, n: number) {
    for (let i = 0; i < text.length; i++) {
      const c = text[i] as string;
      const two = text.slice(i, i + 2);
      if (inside === 'comment') {
        if (two === '*/') {
          inside = 'code';
          i++;
        }
      } else if (inside === 'template') {
        if (c === '\\') i++;
        else if (c === '`') {
          inside = 'code';
          before = '`';
        } else if (two === '${') {
          templates.push(stack.length);
          stack.push({ close: '}', line: n, label: false });
          inside = 'code';
          before = '{';
          i++;
        }
      } else if (two === '//') return;
      else if (two === '/*') {
        inside = 'comment';
        i++;
      } else if (c === '"' || c === "'") {
        for (i++; i < text.length && text[i] !== c; i++) if (text[i] === '\\') i++;
        before = c;
      } else if (c === '`') inside = 'template';
      else if (c === '/' && isPattern()) {
        let set = false;
        for (i++; i < text.length && (set || text[i] !== '/'); i++) {
          if (text[i] === '\\') i++;
          else if (text[i] === '[') set = true;
          else if (text[i] === ']') set = false;
        }
        before = '/';
      } else {
        if (closers[c]) stack.push({ close: closers[c], line: n, label: false });
        else if (c === stack.at(-1)?.close) {
          stack.pop();
          if (templates.at(-1) === stack.length && c === '}') {
            templates.pop();
            inside = 'template';
          }
        }
        if (/\w|\$/.test(c)) before = /[\w$]/.test(before.at(-1) ?? '') && /[\w$]/.test(text[i - 1] ?? ' ') ? before + c : c;
        else if (c.trim() !== '') before = c;
      }
    }
  }

  function isPattern() {
    return before === '' || /^(?:return|typeof|case|in|of|delete|void|instanceof|new)$/.test(before) || !/[\w$)\]}`"'/]/.test(before.at(-1) ?? '');
  }
}
