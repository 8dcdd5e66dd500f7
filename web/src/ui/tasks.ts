import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

// Long work of many calls is carried on by the page, one call after the other. What it has come to stands in the tab's store, so
// that a reload goes on where it was.

const watchers = new Set<() => void>();
const key = (name: string) => `console/task/${name}`;

type Kept<T> = { state: T; ended: boolean };

function told() {
  for (const w of watchers) w();
}

// keepTask begins a piece of work, in the place of one that has ended.
export function keepTask<T>(name: string, state: T, ended = false) {
  sessionStorage.setItem(key(name), JSON.stringify({ state, ended } satisfies Kept<T>));
  told();
}

function watch(w: () => void) {
  watchers.add(w);
  return () => void watchers.delete(w);
}

// useTask carries the named work on: step does the next call, and says whether another is needed.
export function useTask<T>(name: string, step: (state: T) => Promise<{ state: T; more: boolean }>) {
  const text = useSyncExternalStore(watch, () => sessionStorage.getItem(key(name)));
  const [failed, setFailed] = useState<Error | null>(null);
  const kept = text ? (JSON.parse(text) as Kept<T>) : null;
  useEffect(() => {
    if (!text || failed) return;
    const now = JSON.parse(text) as Kept<T>;
    if (now.ended) return;
    let left = false;
    step(now.state).then(
      (next) => {
        if (!left && sessionStorage.getItem(key(name)) === text) keepTask(name, next.state, !next.more);
      },
      (e: unknown) => {
        if (!left) setFailed(e as Error);
      },
    );
    return () => void (left = true);
    // The text is what one call leads to the next by; step is made anew with each render.
  }, [text, failed, name]);
  const drop = useCallback(() => {
    sessionStorage.removeItem(key(name));
    setFailed(null);
    told();
  }, [name]);
  return { state: kept?.state ?? null, ended: kept?.ended ?? false, failed, again: () => setFailed(null), drop };
}
