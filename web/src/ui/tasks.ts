import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

// Long work of many calls is carried on by the page, one call after the other, on whatever page of the console one is. What each
// piece has come to stands in the tab's store, so that a reload goes on where it was.

export type Task<T> = { id: string; kind: string; about: string; state: T; ended: boolean };

const place = 'console/tasks';
const watchers = new Set<() => void>();

const stored = () => sessionStorage.getItem(place) ?? '[]';

function read(): Task<unknown>[] {
  try {
    return JSON.parse(stored()) as Task<unknown>[];
  } catch {
    return [];
  }
}

function write(list: Task<unknown>[]) {
  if (list.length > 0) sessionStorage.setItem(place, JSON.stringify(list));
  else sessionStorage.removeItem(place);
  for (const w of watchers) w();
}

// startTask begins a piece of work beside those that there are. About names what it is about, such as an account.
export function startTask<T>(kind: string, about: string, state: T) {
  write([...read(), { id: `${Date.now()}/${read().length}/${Math.random().toString(36).slice(2)}`, kind, about, state, ended: false }]);
}

export const dropTask = (id: string) => write(read().filter((x) => x.id !== id));

// dropTasks forgets all of them, when somebody else signs in.
export const dropTasks = () => write([]);

function watch(w: () => void) {
  watchers.add(w);
  return () => void watchers.delete(w);
}

// useTasks are the pieces of work of this tab, the oldest first.
export function useTasks(): Task<unknown>[] {
  const text = useSyncExternalStore(watch, stored);
  return useMemo(read, [text]);
}

// useTask carries one piece on: step does the next call, and says whether another is needed.
export function useTask<T>(task: Task<T>, step: (state: T) => Promise<{ state: T; more: boolean }>) {
  const [failed, setFailed] = useState<Error | null>(null);
  const text = JSON.stringify(task.state);
  useEffect(() => {
    if (task.ended || failed) return;
    let left = false;
    step(task.state).then(
      (next) => {
        // One that was dropped meanwhile stays dropped; one whose page was left is asked for again.
        if (!left) write(read().map((x) => (x.id === task.id ? { ...x, state: next.state, ended: !next.more } : x)));
      },
      (e: unknown) => {
        if (!left) setFailed(e as Error);
      },
    );
    return () => void (left = true);
    // The state is what one call leads to the next by; step is made anew with each render.
  }, [task.id, text, task.ended, failed]);
  return { failed, again: useCallback(() => setFailed(null), []) };
}
