import { useCallback, useEffect, useRef, useState } from 'react';

// useAsk loads something when the page opens, and again when it is told to.
export function useAsk<T>(load: () => Promise<T>): { data?: T; error?: Error; reload: () => Promise<void> } {
  const [state, set] = useState<{ data?: T; error?: Error }>({});
  const latest = useRef(load);
  latest.current = load;
  const live = useRef(true);
  const reload = useCallback(async () => {
    try {
      const data = await latest.current();
      if (live.current) set({ data });
    } catch (e) {
      if (live.current) set((old) => ({ ...old, error: e as Error }));
    }
  }, []);
  useEffect(() => {
    live.current = true;
    reload();
    return () => {
      live.current = false;
    };
  }, [reload]);
  return { ...state, reload };
}

// useAct runs something that somebody asked for, once at a time.
export function useAct(): { busy: boolean; error?: Error; act: (what: () => Promise<void>) => Promise<void>; clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const going = useRef(false);
  const act = useCallback(async (what: () => Promise<void>) => {
    if (going.current) return;
    going.current = true;
    setBusy(true);
    setError(undefined);
    try {
      await what();
    } catch (e) {
      setError(e as Error);
    } finally {
      going.current = false;
      setBusy(false);
    }
  }, []);
  return { busy, error, act, clear: useCallback(() => setError(undefined), []) };
}
