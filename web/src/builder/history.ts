// History is what was done and can be undone, the newest last.

export type History<C> = { past: C[]; future: C[] };

const most = 200;

export const noHistory = { past: [], future: [] };

// done adds what was just done; what had been undone before cannot be redone any more.
export function done<C>(h: History<C>, command: C): History<C> {
  return { past: [...h.past, command].slice(-most), future: [] };
}

// back gives the command to undo, and the history without it; undefined when there is none.
export function back<C>(h: History<C>): { command: C; history: History<C> } | undefined {
  const command = h.past.at(-1);
  return command === undefined ? undefined : { command, history: { past: h.past.slice(0, -1), future: [...h.future, command] } };
}

// forth gives the command to do again.
export function forth<C>(h: History<C>): { command: C; history: History<C> } | undefined {
  const command = h.future.at(-1);
  return command === undefined ? undefined : { command, history: { past: [...h.past, command], future: h.future.slice(0, -1) } };
}
