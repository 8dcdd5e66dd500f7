import { expect, it } from 'vitest';
import { exact, when } from './format';
import { endOf, firstOf, utcOf } from './zone';

it.each([
  ['2026-11-26T09:30', 'Asia/Kathmandu', '2026-11-26T03:45:00.000Z'],
  ['2026-07-01T00:00', 'America/New_York', '2026-07-01T04:00:00.000Z'],
  ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'], // half an hour before the clocks are put forward
  ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'], // twice that day
  ['2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
  ['2026-01-01T12:00', 'Etc/UTC', '2026-01-01T12:00:00.000Z'],
])('%s in %s', (typed, zone, utc) => expect(utcOf(typed, zone)).toBe(utc));

it('what is shown of a time is what finds it again', () => {
  const at = '2026-03-29T00:59:30Z';
  expect(when(at, 'Europe/Berlin', new Date(at))).toBe('01:59:30');
  expect(utcOf('2026-03-29T01:59:30', 'Europe/Berlin')).toBe('2026-03-29T00:59:30.000Z');
});

it('nothing is read or shown in another zone while the right one is not known', () => {
  expect([utcOf('2026-01-01T12:00', undefined), when('2026-01-01T12:00:00Z', undefined), exact('2026-01-01T12:00:00Z', undefined)]).toEqual([undefined, '', '']);
});

it('a zone that this browser does not know is shown as UTC', () => expect(when('2026-01-01T12:00:00Z', 'Mars/Olympus', new Date('2026-01-01T13:00:00Z'))).toBe('12:00:00'));

it('a day has its hours in the zone', () => {
  expect([firstOf('2026-03-29', 'Europe/Berlin'), endOf('2026-03-29', 'Europe/Berlin')]).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
  expect([firstOf('', 'Europe/Berlin'), endOf('no day', 'Europe/Berlin')]).toEqual([undefined, undefined]);
});
