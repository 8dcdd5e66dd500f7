import { useState } from 'react';
import { EmbedError, open, type Result } from '../../host/embed';

export type State = { now: 'idle' } | { now: 'asking' } | { now: 'open' } | { now: 'blocked'; url: string } | { now: 'closed'; result: Result | null } | { now: 'failed'; error: Error };

// useOpened opens an embedded page in a window of its own, as a partner's page does, and says how it ended.
export function useOpened(): { state: State; go: (address: () => Promise<string>) => Promise<void> } {
  const [state, set] = useState<State>({ now: 'idle' });
  const show = (url: string) => {
    try {
      const opened = open({ url, mode: 'popup' });
      set({ now: 'open' });
      opened.result.then((result) => set({ now: 'closed', result }));
    } catch (e) {
      set(e instanceof EmbedError && e.code === 'popup_blocked' ? { now: 'blocked', url } : { now: 'failed', error: e as Error });
    }
  };
  const go = async (address: () => Promise<string>) => {
    set({ now: 'asking' });
    try {
      show(await address());
    } catch (e) {
      set({ now: 'failed', error: e as Error });
    }
  };
  return { state, go };
}
