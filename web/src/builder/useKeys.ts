import { useEffect, useRef } from 'react';

// Keys are what can be pressed on the canvas, by the name of the key with what is held beside it.
export type Keys = Record<string, (e: KeyboardEvent) => void>;

// nameOfKey writes a key as the list of keys names it: "ctrl shift z", "alt ArrowUp", "a".
export function nameOfKey(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const letter = /^[a-z]$/.test(key) || e.key.length > 1;
  return [e.ctrlKey || e.metaKey ? 'ctrl' : '', e.altKey ? 'alt' : '', e.shiftKey && letter ? 'shift' : '', key].filter(Boolean).join(' ');
}

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('[role=dialog], [role=menu], [role=listbox], .pl-setup') !== null);

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
      const onControl = e.target instanceof HTMLElement && e.target.closest('button, a, summary') !== null;
      if (onControl && (e.key === 'Enter' || e.key === ' ')) return; // it is the control's own
      e.preventDefault();
      act(e);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [enabled]);
}
