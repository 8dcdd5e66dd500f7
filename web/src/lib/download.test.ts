import { expect, it } from 'vitest';
import { csv } from './download';

it('begins as spreadsheets know UTF-8 by', () => expect(csv([['Zürich']])).toBe('\uFEFFZürich'));
it('no text is a formula', () => {
  expect(csv([['=1+1', '+49', '-2', '@x', '\tx', -2, 'a=b']]).slice(1)).toBe(`"'=1+1","'+49","'-2","'@x","'\tx",-2,a=b`);
});
it('quotes what would end a cell', () => expect(csv([['a,b', 'say "x"', 'two\nlines'], ['c', 1, '']]).slice(1)).toBe('"a,b","say ""x""","two\nlines"\r\nc,1,'));
