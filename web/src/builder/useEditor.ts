import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Cycle, cyclesEdgesGet, cyclesGetGet, cyclesStepsGet, type Step } from '../api';
import { ask, Problem } from '../lib/ask';
import { type Command, keyOf, type Server } from './changes';
import type { Flow } from './flow';
import { back, done, forth, type History, noHistory } from './history';

export type Saving = { state: 'saved' | 'saving' | 'failed'; at?: Date; problem?: Error };

export type Editor = ReturnType<typeof useEditor>;

// useCycle is the cycle of the canvas with the version of its design, looked at again and again.
export function useCycle(account: string, cycle: string) {
  return useQuery({
    queryKey: [account, 'cycle', cycle],
    refetchInterval: 4000,
    queryFn: async (): Promise<{ cycle: Cycle; version: number }> => {
      let tag = '';
      const data = await ask(
        cyclesGetGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle } }).then((answer) => {
          tag = answer.response?.headers.get('ETag') ?? '';
          return answer;
        }),
      );
      return { cycle: data, version: Number(tag.replaceAll('"', '')) };
    },
  });
}

// useEditor is the flow of a cycle, and all that changes it. Changes show at once, are sent one after the other, and can
// be undone. What somebody else changes meanwhile is read anew: the server keeps both sides, step by step.
export function useEditor(account: string, cycle: string) {
  const queries = useQueryClient();
  const key = useMemo(() => [account, 'flow', cycle], [account, cycle]);
  const headers = { 'X-Cyclr-Account': account };
  const edgeIDs = useRef(new Map<string, string>());
  const writes = useRef(0);
  const known = useRef<number | null>(null);
  const pending = useRef(0);
  const tail = useRef<Promise<unknown>>(Promise.resolve());
  const [history, setHistory] = useState<History<Command>>(noHistory);
  const [saving, setSaving] = useState<Saving>({ state: 'saved' });
  const [foreign, setForeign] = useState(0);
  const about = useCycle(account, cycle);
  const flow = useQuery({
    queryKey: key,
    staleTime: Infinity,
    queryFn: async (): Promise<Flow> => {
      const path = { id: cycle };
      const [steps, edges] = await Promise.all([ask(cyclesStepsGet({ headers, path })), ask(cyclesEdgesGet({ headers, path }))]);
      edgeIDs.current = new Map((edges ?? []).map((e) => [keyOf(e), e.Id]));
      return { steps: steps ?? [], edges: edges ?? [] };
    },
  });
  const put = useCallback((change: (flow: Flow) => Flow) => queries.setQueryData<Flow>(key, (now) => now && change(now)), [queries, key]);

  const server = useMemo<Server>(
    () => ({
      account, cycle,
      get edgeIDs() {
        return edgeIDs.current;
      },
      wrote: () => {
        writes.current++;
      },
      learn: (step: Step) => put((f) => ({ ...f, steps: f.steps.map((s) => (s.Id === step.Id ? { ...step, DisplayPositionLeft: s.DisplayPositionLeft, DisplayPositionTop: s.DisplayPositionTop } : s)) })),
    }),
    [account, cycle, put],
  );

  const send = useCallback(
    (change: Command['forward']) => {
      put(change.apply);
      pending.current++;
      setSaving({ state: 'saving' });
      const work = tail.current.then(async () => {
        try {
          await change.send(server);
          if (--pending.current === 0) setSaving({ state: 'saved', at: new Date() });
        } catch (e) {
          pending.current--;
          setSaving({ state: 'failed', problem: e as Error });
          setHistory(noHistory); // what was done is not what is there
          if (e instanceof Problem && e.status !== 0) await queries.invalidateQueries({ queryKey: key });
        }
        if (pending.current === 0) void queries.invalidateQueries({ queryKey: [account, 'prerequisites', cycle] });
      });
      tail.current = work;
      return work;
    },
    [put, server, queries, key, account, cycle],
  );

  const run = useCallback(
    (command: Command) => {
      setHistory((h) => done(h, command));
      return send(command.forward);
    },
    [send],
  );
  const undo = useCallback(() => {
    const step = back(history);
    if (!step) return;
    setHistory(step.history);
    void send(step.command.back);
  }, [history, send]);
  const redo = useCallback(() => {
    const step = forth(history);
    if (!step) return;
    setHistory(step.history);
    void send(step.command.forward);
  }, [history, send]);

  // A version that our own writes do not explain, with other steps than before, is somebody else's work.
  const version = about.data?.version;
  useEffect(() => {
    if (version === undefined || Number.isNaN(version) || pending.current > 0) return;
    if (known.current !== null && version > known.current + writes.current) {
      const before = queries.getQueryData(key);
      const last = tail.current;
      void queries.refetchQueries({ queryKey: key }).then(() => {
        if (queries.getQueryData(key) === before || tail.current !== last) return; // a start or a stop changes no step, and is no news
        setForeign((n) => n + 1);
        setHistory(noHistory);
        void queries.invalidateQueries({ queryKey: [account, 'setup'] });
      });
    }
    if (known.current === null || version >= known.current + writes.current) {
      known.current = version;
      writes.current = 0;
    }
  }, [version, queries, account, key]);

  return {
    account, cycle, about, flow, run, undo, redo, saving, foreign,
    canUndo: history.past.length > 0, canRedo: history.future.length > 0, nextUndo: history.past.at(-1)?.word,
  };
}
