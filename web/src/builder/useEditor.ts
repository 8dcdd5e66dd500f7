import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Cycle, cyclesEdgesGet, cyclesGetGet, cyclesStepsGet, type Step } from '../api';
import { ask } from '../lib/ask';
import { type Command, keyOf, type Server, takeIDs } from './changes';
import type { Flow } from './flow';
import { back, done, forth, type History, noHistory } from './history';
import { Outbox, type Saving } from './outbox';

export type Editor = ReturnType<typeof useEditor>;

// useCycle is the cycle of the canvas with the version of its design, looked at again and again.
export function useCycle(account: string, cycle: string) {
  return useQuery({
    queryKey: [account, 'cycle', cycle],
    refetchInterval: 4000,
    queryFn: () => readCycle(account, cycle),
  });
}

async function readCycle(account: string, id: string): Promise<{ cycle: Cycle; version: number }> {
  let tag = '';
  const cycle = await ask(
    cyclesGetGet({ headers: { 'X-Cyclr-Account': account }, path: { id } }).then((answer) => {
      tag = answer.response?.headers.get('ETag') ?? '';
      return answer;
    }),
  );
  return { cycle, version: Number(tag.replaceAll('"', '')) };
}

// useEditor is the flow of a cycle, and all that changes it. Changes show at once, are sent one after the other, and can
// be undone. What somebody else changes meanwhile is read anew: the server keeps both sides, step by step.
export function useEditor(account: string, cycle: string) {
  const queries = useQueryClient();
  const key = useMemo(() => [account, 'flow', cycle], [account, cycle]);
  const headers = { 'X-Cyclr-Account': account };
  const edgeIDs = useRef(new Map<string, string>());
  const writes = useRef(0);
  const known = useRef<number | null>(null); // the version of what was read
  const [history, setHistory] = useState<History<Command>>(noHistory);
  const [saving, setSaving] = useState<Saving>({ state: 'saved' });
  const [foreign, setForeign] = useState(0);
  const about = useCycle(account, cycle);
  const flow = useQuery({
    queryKey: key, staleTime: Infinity,
    refetchOnMount: 'always', // what is kept from before may be of another time
    queryFn: async ({ signal }): Promise<Flow> => {
      const path = { id: cycle };
      const { version } = await readCycle(account, cycle); // first: what is read after it is as new, or newer
      const [steps, edges] = await Promise.all([ask(cyclesStepsGet({ headers, path })), ask(cyclesEdgesGet({ headers, path }))]);
      if (!signal.aborted && !Number.isNaN(version)) {
        known.current = version;
        writes.current = 0;
      }
      return { steps: steps ?? [], edges: edges ?? [] };
    },
  });

  const box = useMemo(
    () =>
      new Outbox({
        saving: setSaving,
        refused: () => setHistory(noHistory), // what was done is not what is there
        reread: async () => {
          await queries.refetchQueries({ queryKey: key });
          const now = queries.getQueryState(key);
          return now?.status === 'success' && now.fetchStatus === 'idle';
        },
        idle: () => void queries.invalidateQueries({ queryKey: [account, 'prerequisites', cycle] }),
      }),
    [queries, key, account, cycle],
  );
  useEffect(() => {
    box.stay();
    const online = () => box.retry();
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('online', online);
      box.leave();
    };
  }, [box]);

  // put alters what is shown. What is being read meanwhile is from before the change, and is read again once all is sent.
  const put = useCallback(
    (change: (flow: Flow) => Flow) => {
      const now = queries.getQueryData<Flow>(key);
      if (!now) return;
      if (queries.isFetching({ queryKey: key }) > 0) {
        box.outdated();
        void queries.cancelQueries({ queryKey: key });
      }
      takeIDs(now, edgeIDs.current);
      queries.setQueryData<Flow>(key, change(now));
    },
    [queries, key, box],
  );

  const server = useMemo<Server>(
    () => ({
      account, cycle,
      get edgeIDs() {
        return edgeIDs.current;
      },
      wrote: () => {
        writes.current++;
      },
      learn: (step: Step) => {
        if (box.pending > 1) box.outdated(); // the next change may be of the same step
        else put((f) => ({ ...f, steps: f.steps.map((s) => (s.Id === step.Id ? { ...step, DisplayPositionLeft: s.DisplayPositionLeft, DisplayPositionTop: s.DisplayPositionTop } : s)) }));
      },
      learnEdge: (edge) => put((f) => ({ ...f, edges: f.edges.map((e) => (keyOf(e) === keyOf(edge) ? edge : e)) })),
      outdated: () => box.outdated(),
    }),
    [account, cycle, put, box],
  );

  const send = useCallback(
    (change: Command['forward']) => {
      put(change.apply);
      return box.add(change.sends.map((one) => () => one(server)));
    },
    [put, server, box],
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
  const busy = saving.state === 'saving' || saving.state === 'waiting';
  useEffect(() => {
    if (version === undefined || Number.isNaN(version) || busy || box.pending > 0 || known.current === null) return;
    if (version > known.current + writes.current) {
      const before = queries.getQueryData(key);
      void queries.refetchQueries({ queryKey: key }).then(() => {
        if (queries.getQueryData(key) === before || box.pending > 0) return; // a start or a stop changes no step, and is no news
        setForeign((n) => n + 1);
        setHistory(noHistory);
        void queries.invalidateQueries({ queryKey: [account, 'setup'] });
      });
    } else if (version === known.current + writes.current) {
      known.current = version;
      writes.current = 0;
    }
  }, [version, busy, queries, account, key, box]);

  return {
    account, cycle, about, flow, run, undo, redo, saving, foreign, box,
    canUndo: history.past.length > 0, canRedo: history.future.length > 0, nextUndo: history.past.at(-1)?.word,
  };
}
