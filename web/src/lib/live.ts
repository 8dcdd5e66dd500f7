import { useEffect, useRef } from 'react';

export type LiveEvent = { event: string; data: Record<string, unknown> };

// readEvents cuts a stream of events apart; what is left over is the beginning of the next. last is the place that was
// reached, '' when none is told: comments tell it, too.
export function readEvents(text: string): { events: LiveEvent[]; last: string; rest: string } {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  let last = '';
  const events = blocks.flatMap((block) => {
    const field = (name: string) => block.split('\n').find((l) => l.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
    const event = field('event');
    last = field('id') || last;
    return event ? [{ event, data: JSON.parse(field('data') || '{}') as Record<string, unknown> }] : [];
  });
  return { events, last, rest };
}

// quiet is how long a stream may say nothing: the server comments each 15 s.
const quiet = 40_000;

// readToEnd reads a stream until it ends, or nothing came for a while: a connection may be dead without saying so.
export async function readToEnd(reader: Pick<ReadableStreamDefaultReader<string>, 'read' | 'cancel'>, silence: number, got: (text: string) => void) {
  for (;;) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error('silence')), silence);
    });
    try {
      const next = await Promise.race([reader.read(), tooLong]);
      if (next.done) return;
      got(next.value);
    } catch (e) {
      void reader.cancel().catch(() => {});
      throw e;
    } finally {
      clearTimeout(timer);
    }
  }
}

// useLive listens to what happens in an account, and listens again from where it was after a lost connection.
export function useLive(account: string, enabled: boolean, heard: (event: LiveEvent) => void, state?: (connected: boolean) => void) {
  const hear = useRef(heard);
  const tell = useRef(state);
  useEffect(() => {
    hear.current = heard;
    tell.current = state;
  });
  useEffect(() => {
    if (!enabled) return;
    const stop = new AbortController();
    let last = '';
    let wait = 1000;
    async function listen() {
      const answer = await fetch('/v1.0/account/live', { signal: stop.signal, headers: { 'X-Cyclr-Account': account, ...(last ? { 'Last-Event-ID': last } : {}) } });
      if (answer.status === 401) window.dispatchEvent(new Event('console:signed-out'));
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return stop.abort(); // it will not be otherwise
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      wait = 1000;
      tell.current?.(true);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      await readToEnd(reader, quiet, (more) => {
        const read = readEvents(text + more);
        text = read.rest;
        last = read.last || last;
        read.events.forEach((e) => hear.current(e));
      });
    }
    void (async () => {
      while (!stop.signal.aborted) {
        await listen().catch(() => {});
        if (stop.signal.aborted) return;
        tell.current?.(false);
        await new Promise((again) => setTimeout(again, wait));
        wait = Math.min(2 * wait, 30_000);
      }
    })();
    return () => stop.abort();
  }, [account, enabled]);
}
