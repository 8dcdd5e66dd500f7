import { knownZone } from './format';
import { useAccount } from './queries';
import { useSession } from './session';

// Times are shown in one zone, and what people type as a time is read in the same one: on an account's pages in the account's, on
// the partner's own pages, which are about no one account, in that of the browser.

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

// useZone is the zone of an account, undefined until it is known.
export function useZone(account: string): string | undefined {
  const { data: session } = useSession();
  const known = useAccount(account, !!session && !session.Account);
  return session?.Account ? session.Account.Timezone : known.data?.Timezone;
}

// utcOf turns a time as it was typed, on the clocks of a zone, into UTC. Where clocks are put back the first of the two is meant.
export function utcOf(local: string | undefined, zone: string | undefined): string | undefined {
  if (!local || !zone) return undefined;
  const wanted = new Date(`${local}Z`).getTime();
  if (Number.isNaN(wanted)) return undefined;
  const fits = [wanted - ahead(wanted - 86_400_000, zone), wanted - ahead(wanted + 86_400_000, zone)];
  const right = fits.find((at) => at + ahead(at, zone) === wanted);
  return new Date(right ?? fits[0] ?? wanted).toISOString();
}

// firstOf is when a day begins in a zone; endOf is when the next one does.
export const firstOf = (day: string | undefined, zone: string | undefined) => (day ? utcOf(`${day}T00:00`, zone) : undefined);

export function endOf(day: string | undefined, zone: string | undefined): string | undefined {
  const at = new Date(`${day}T00:00Z`).getTime();
  return day && !Number.isNaN(at) ? firstOf(new Date(at + 86_400_000).toISOString().slice(0, 10), zone) : undefined;
}

// ahead is by how much the clocks of a zone are ahead of UTC.
function ahead(at: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: knownZone(zone), dateStyle: 'short', timeStyle: 'medium' }).format(new Date(at)).replace(' ', 'T');
  return new Date(`${shown}Z`).getTime() - at;
}
