// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { act } from 'react';
import { expect, it } from 'vitest';
import type { Resubmission } from '../account/ResubmitTask';
import { page, refusal, serve } from '../test/page';
import { TaskTray } from './TaskTray';
import { startTask } from './tasks';

const job = (cycle: string, total: number): Resubmission => ({ cycle, name: `Cycle ${cycle}`, total, done: 0, unavailable: 0 });

// held are answers that the test gives one by one, for each cycle.
function held() {
  const waiting = new Map<string, ((answer: unknown) => void)[]>();
  const asked = serve({
    'POST /v1.0/cycles/*/transactions/resubmit': (url) =>
      new Promise((give) => {
        const cycle = url.pathname.split('/')[3] ?? '';
        waiting.set(cycle, [...(waiting.get(cycle) ?? []), give]);
      }),
  });
  return {
    asked,
    give: async (cycle: string, answer: unknown) => {
      await waitFor(() => expect(waiting.get(cycle)?.length).toBeGreaterThan(0));
      await act(async () => waiting.get(cycle)?.shift()?.(answer));
    },
  };
}

const some = (n: number, next: string | null) => ({ Resubmitted: n, Unavailable: 0, More: next !== null, Next: next });

it('carries on each of two resubmissions, shows both, and goes on with both after a reload', async () => {
  const { asked, give } = held();
  startTask('resubmit', 'acme', job('a', 4));
  startTask('resubmit', 'acme', job('b', 9));
  const first = page(<TaskTray />);
  await give('a', some(2, 'a2'));
  await give('b', some(3, 'b3'));
  await screen.findByText('2 resubmitted so far, Cycle a');
  await screen.findByText('3 resubmitted so far, Cycle b');
  first.unmount();
  asked.length = 0;
  page(<TaskTray />);
  await screen.findByText('2 resubmitted so far, Cycle a');
  await screen.findByText('3 resubmitted so far, Cycle b');
  await waitFor(() => expect(asked.map((a) => a.match(/"Next":"(\w+)"/)?.[1]).sort()).toEqual(['a2', 'b3']));
});

it('says when one is done, and lets it be put away', async () => {
  const { give } = held();
  startTask('resubmit', 'acme', job('a', 2));
  page(<TaskTray />);
  await give('a', some(2, null));
  await screen.findByText('2 transactions of Cycle a were resubmitted');
  fireEvent.click(screen.getByRole('button', { name: /^Close, / }));
  expect(screen.queryByRole('region', { name: 'Work in progress' })).toBeNull();
});

it('stops at a refusal until one tries again', async () => {
  const { give } = held();
  startTask('resubmit', 'acme', job('a', 2));
  page(<TaskTray />);
  await give('a', refusal(503, 'The server is busy.'));
  await screen.findByText('The server is busy.');
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await give('a', some(2, null));
  await screen.findByText('2 transactions of Cycle a were resubmitted');
});
