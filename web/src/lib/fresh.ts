import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { type LiveEvent, useLive } from './live';

// What an account's pages show is read anew when the account's stream tells of a change; without a stream they ask from time to
// time.

const poll = 10_000; // while there is no stream
const gather = 700; // events that come together ask for the lists once

let live = false;
const watchers = new Set<() => void>();

function setLive(now: boolean) {
  if (live === now) return;
  live = now;
  for (const w of watchers) w();
}

function watch(w: () => void) {
  watchers.add(w);
  return () => void watchers.delete(w);
}

// useRefresh is how often what runs by itself is read anew: never, as long as the stream tells of changes and the last read
// went well.
export function useRefresh() {
  const told = useSyncExternalStore(watch, () => live);
  return (query: { state: { status: string } }) => (told && query.state.status !== 'error' ? (false as const) : poll);
}

// useFresh keeps what is shown of an account true while the calling page is shown.
export function useFresh(account: string, enabled: boolean) {
  const queries = useQueryClient();
  const stale = useMemo(() => new Stale(account, queries), [account, queries]);
  useEffect(() => () => setLive(false), [account, enabled]);
  useLive(
    account,
    enabled,
    (event) => stale.by(event),
    (connected) => {
      setLive(connected);
      if (connected) stale.all(); // what was missed before
    },
  );
}

// Stale gathers what is not true any more, and has it read anew where it is shown.
class Stale {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private transactions = new Set<unknown>();

  constructor(
    private account: string,
    private queries: QueryClient,
  ) {}

  all() {
    for (const list of ['cycles', 'transactions', 'incidents', 'transaction']) void this.queries.invalidateQueries({ queryKey: [this.account, list] });
  }

  by(event: LiveEvent) {
    if (event.event === 'reset') return this.all();
    if (event.data.TransactionId) this.transactions.add(event.data.TransactionId);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const list of ['cycles', 'transactions', 'incidents']) void this.queries.invalidateQueries({ queryKey: [this.account, list] });
      const seen = this.transactions;
      this.transactions = new Set();
      void this.queries.invalidateQueries({ queryKey: [this.account, 'transaction'], predicate: (q) => seen.has(q.queryKey[3]) });
    }, gather);
  }
}
