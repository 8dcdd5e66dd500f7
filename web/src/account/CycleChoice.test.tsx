// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { listed, page, serve } from '../test/page';
import { CycleChoice } from './CycleChoice';

const cycles = Array.from({ length: 70 }, (_, i) => ({ Id: `c${i}`, Name: `Cycle ${i}` }));

function setUp(value: string | null) {
  const change = vi.fn();
  const asked = serve({
    'GET /v1.0/cycles': (url) => {
      const found = cycles.filter((c) => c.Name.includes(url.searchParams.get('search') ?? ''));
      const size = Number(url.searchParams.get('pageSize'));
      const from = (Number(url.searchParams.get('page')) - 1) * size;
      return listed(found.slice(from, from + size), from + size < found.length ? { 'X-Next-Cursor': 'more' } : {});
    },
    'GET /v1.0/cycles/*': (url) => cycles.find((c) => url.pathname.endsWith(`/${c.Id}`)),
  });
  page(<CycleChoice account="acme" value={value} change={change} any="Every cycle" />);
  return { asked, change };
}

it('reads the list page by page, to its end', async () => {
  const { change } = setUp(null);
  fireEvent.click(await screen.findByRole('combobox', { name: 'Cycle' }));
  await screen.findByRole('option', { name: 'Cycle 29' });
  expect(screen.queryByRole('option', { name: 'Cycle 30' })).toBeNull();
  fireEvent.click(screen.getByRole('option', { name: 'Show more' }));
  await screen.findByRole('option', { name: 'Cycle 59' });
  fireEvent.click(screen.getByRole('option', { name: 'Show more' }));
  fireEvent.click(await screen.findByRole('option', { name: 'Cycle 69' }));
  expect(screen.queryByRole('option', { name: 'Show more' })).toBeNull();
  expect(change.mock.calls).toEqual([['c69']]);
});

it('lets the server find what is typed', async () => {
  const { asked, change } = setUp(null);
  const box = await screen.findByRole('combobox', { name: 'Cycle' });
  fireEvent.click(box);
  fireEvent.change(box, { target: { value: '66' } });
  fireEvent.click(await screen.findByRole('option', { name: 'Cycle 66' }));
  expect(change).toHaveBeenCalledWith('c66');
  expect(asked.at(-1)).toContain('search=66');
});

it('knows the name of a chosen one that is on no page that was read, and can choose none', async () => {
  const { change } = setUp('c68');
  const box = (await screen.findByRole('combobox', { name: 'Cycle' })) as HTMLInputElement;
  await waitFor(() => expect(box.value).toBe('Cycle 68'));
  fireEvent.click(box);
  fireEvent.click(await screen.findByRole('option', { name: 'Every cycle' }));
  expect(change).toHaveBeenCalledWith(null);
});
