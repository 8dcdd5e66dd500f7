// What the bar above a text does to it: the marks are HTML, which the text is.
export type Mark = 'heading' | 'subheading' | 'bold' | 'italic' | 'link' | 'list';

export const marks: Mark[] = ['heading', 'subheading', 'bold', 'italic', 'link', 'list'];

const around: Record<Exclude<Mark, 'list'>, [string, string]> = {
  heading: ['<h2>', '</h2>'], subheading: ['<h3>', '</h3>'], bold: ['<strong>', '</strong>'], italic: ['<em>', '</em>'], link: ['<a href="https://">', '</a>'],
};

export type Marked = { text: string; from: number; to: number }; // and what is chosen in it then

// mark puts a mark around what is chosen of a text, or takes it off where it is already; of a link the address is chosen, to be typed.
export function mark(text: string, from: number, to: number, what: Mark): Marked {
  const chosen = text.slice(from, to);
  const before = text.slice(0, from);
  const after = text.slice(to);
  if (what === 'list') {
    const items = chosen.split('\n').filter((line) => line.trim()).map((line) => `  <li>${line.trim()}</li>`);
    const list = `<ul>\n${items.join('\n') || '  <li></li>'}\n</ul>`;
    return { text: before + list + after, from, to: from + list.length };
  }
  const [open, close] = around[what];
  if (before.endsWith(open) && after.startsWith(close)) {
    const start = from - open.length;
    return { text: before.slice(0, start) + chosen + after.slice(close.length), from: start, to: start + chosen.length };
  }
  const out = before + open + chosen + close + after;
  if (what === 'link') return { text: out, from: from + '<a href="'.length, to: from + open.length - '">'.length };
  return { text: out, from: from + open.length, to: to + open.length };
}
