import { expect, test } from 'vitest';
import { mark, marks } from './marks';

test('a mark goes around what is chosen, which stays chosen', () => {
  for (const [what, want] of [['heading', 'a <h2>big</h2> tree'], ['subheading', 'a <h3>big</h3> tree'], ['bold', 'a <strong>big</strong> tree'], ['italic', 'a <em>big</em> tree']] as const) {
    const out = mark('a big tree', 2, 5, what);
    expect(out.text).toBe(want);
    expect(out.text.slice(out.from, out.to)).toBe('big');
    expect(mark(out.text, out.from, out.to, what), `${what} taken off`).toEqual({ text: 'a big tree', from: 2, to: 5 });
  }
});

test('of a link the address is chosen', () => {
  const out = mark('see our site', 4, 12, 'link');
  expect(out.text).toBe('see <a href="https://">our site</a>');
  expect(out.text.slice(out.from, out.to)).toBe('https://');
});

test('a list has an item per line', () => {
  expect(mark('one\n\n two \n', 0, 11, 'list').text).toBe('<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>');
  expect(mark('', 0, 0, 'list').text).toBe('<ul>\n  <li></li>\n</ul>');
});

test('each mark closes what it opens', () => {
  for (const what of marks) {
    const { text } = mark('x', 0, 1, what);
    const opened = [...text.matchAll(/<(\w+)[^>]*>/g)].map((m) => m[1]);
    const closed = [...text.matchAll(/<\/(\w+)>/g)].map((m) => m[1]);
    expect(opened, what).toEqual(closed.reverse());
  }
});
