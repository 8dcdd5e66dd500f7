import { expect, it } from 'vitest';
import { back, done, forth, type History, noHistory } from './history';

it('goes back and forth in order', () => {
  let h: History<string> = ['a', 'b', 'c'].reduce(done<string>, noHistory);
  const one = back(h)!;
  const two = back(one.history)!;
  expect([one.command, two.command]).toEqual(['c', 'b']);
  h = forth(two.history)!.history;
  expect(h).toEqual({ past: ['a', 'b'], future: ['c'] });
  expect(forth(forth(h)!.history)).toBeUndefined();
});

it('forgets what was undone when something else is done', () => {
  const h = done(back(['a', 'b'].reduce(done<string>, noHistory))!.history, 'x');
  expect(h).toEqual({ past: ['a', 'x'], future: [] });
});

it('has an end', () => {
  let h: History<number> = noHistory;
  for (let i = 0; i < 500; i++) h = done(h, i);
  expect([h.past.length, h.past.at(-1)]).toEqual([200, 499]);
  expect(back(noHistory)).toBeUndefined();
});
