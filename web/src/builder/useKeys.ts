import { useEffect, useRef } from 'react';

// Keys are what can be pressed on the canvas, by the name of the key with what is held beside it.
// One that gives false leaves the key to the browser.
export type Keys = Record<string, (e: KeyboardEvent) => unknown>;

// nameOfKey writes a key as the list of keys names it: "ctrl shift z", "alt ArrowUp", "a".
export function nameOfKey(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const letter = /^[a-z]$/.test(key) || e.key.length > 1;
  return [e.ctrlKey || e.metaKey ? 'ctrl' : '', e.altKey ? 'alt' : '', e.shiftKey && letter ? 'shift' : '', key].filter(Boolean).join(' ');
}

const inert = /^(?:button|checkbox|color|file|image|radio|range|reset|submit)$/;

// typing reports whether an element takes letters, or is of something that hears keys itself.
export const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:TEXTAREA|SELECT)$/.test(target.tagName) || (target instanceof HTMLInputElement && !inert.test(target.type)) || target.closest('[role=dialog], [role=menu], [role=listbox], .pl-setup') !== null);

// itsOwn reports whether a key means something to the control that has the focus.
export function itsOwn(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Enter' || key === ' ') return target.closest('button, a, summary, input') !== null;
  return key.startsWith('Arrow') && target instanceof HTMLInputElement;
}

// useKeys hears keys wherever the page has them, but not while somebody types, and not in dialogs.
export function useKeys(keys: Keys, enabled: boolean) {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  useEffect(() => {
    if (!enabled) return;
    const press = (e: KeyboardEvent) => {
      if (e.defaultPrevented || typing(e.target)) return;
      const act = now.current[nameOfKey(e)];
      if (!act) return;
      if (itsOwn(e.target, e.key)) return;
      if (act(e) !== false) e.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [enabled]);
}
