import { expect, it } from 'vitest';
import { Problem } from '../lib/ask';
import { Outbox, type Saving } from './outbox';

const noAnswer = () => new Problem(0, '', null);

// setUp is an outbox whose pauses end when the test says so, with all that it told.
function setUp(readable: () => boolean = () => true) {
  const told: string[] = [];
  const pauses: (() => void)[] = [];
  const states: Saving[] = [];
  let onPause = () => {};
  const box = new Outbox(
    {
      saving: (s) => { states.push(s); told.push(s.state); },
      refused: () => told.push('refused'),
      reread: async () => { told.push('reread'); return readable(); },
      idle: () => told.push('idle'),
    },
    () => new Promise((done) => { pauses.push(done); onPause(); }),
  );
  const paused = () => new Promise<void>((done) => { onPause = done; });
  return { box, told, pauses, paused, states };
}

it('sends changes in their order, and keeps them while no answer comes', async () => {
  const { box, told, pauses, paused } = setUp();
  const sent: string[] = [];
  let answers = false;
  const write = (name: string) => async () => {
    if (!answers) throw noAnswer();
    sent.push(name);
  };
  const waits = paused();
  const first = box.add([write('a1'), write('a2')]);
  const second = box.add([write('b')]);
  await waits;
  expect([sent, told.at(-1), box.unsafe]).toEqual([[], 'waiting', true]);
  await box.settled(); // one does not wait for what cannot be for now
  answers = true;
  pauses[0]?.();
  await Promise.all([first, second]);
  await box.settled();
  expect(sent).toEqual(['a1', 'a2', 'b']);
  expect(told.slice(-2)).toEqual(['saved', 'idle']);
  expect(told).not.toContain('refused');
});

it('gives up a refused change alone, reads once all is sent, and says "saved" only after that', async () => {
  let readable = false;
  const { box, told, states } = setUp(() => readable);
  const sent: string[] = [];
  void box.add([async () => { throw new Problem(422, 'no', null); }, async () => void sent.push('rest of the lost')]);
  await box.add([async () => void sent.push('other')]);
  await box.settled();
  expect(sent).toEqual(['other']);
  expect(told.slice(1)).toEqual(['saving', 'refused', 'reread', 'failed', 'idle']);
  expect(states.at(-1)?.problem?.message).toBe('no');
  await box.add([async () => {}]);
  await box.settled();
  expect(told.slice(-4)).toEqual(['saving', 'reread', 'failed', 'idle']); // still not read
  readable = true;
  await box.add([async () => {}]);
  await box.settled();
  expect(told.slice(-3)).toEqual(['reread', 'failed', 'idle']);
  expect(box.unsafe).toBe(false);
  await box.add([async () => {}]);
  await box.settled();
  expect(told.slice(-3)).toEqual(['saving', 'saved', 'idle']);
});

it('drops what waits for an answer when the canvas was left', async () => {
  const { box, told, paused } = setUp();
  const waits = paused();
  const done = box.add([async () => { throw noAnswer(); }]);
  await waits;
  box.leave();
  await done;
  await box.settled();
  expect(told).toContain('failed');
});

it('tells whoever sent a change why it was given up', async () => {
  const { box } = setUp();
  const refused = box.add([async () => { throw new Problem(400, 'A script is not JavaScript', null); }]);
  expect([(await refused)?.message, await box.add([async () => {}])]).toEqual(['A script is not JavaScript', undefined]);
});
