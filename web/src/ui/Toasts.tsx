import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { IconCheck } from '@tabler/icons-react';

type Toast = { id: number; text: string };

const Context = createContext<(text: string) => void>(() => {});

// useToast tells that something was done, in a polite live region.
export const useToast = () => useContext(Context);

export function Toasts({ children }: { children: ReactNode }) {
  const [list, setList] = useState<Toast[]>([]);
  const last = useRef(0);
  const add = useCallback((text: string) => {
    const id = ++last.current;
    setList((l) => [...l, { id, text }].slice(-3));
    setTimeout(() => setList((l) => l.filter((x) => x.id !== id)), 6000);
  }, []);
  return (
    <Context.Provider value={useMemo(() => add, [add])}>
      {children}
      <div className="pl-toasts" role="status" aria-live="polite">
        {list.map((x) => (
          <div key={x.id} className="pl-toast">
            <IconCheck size={14} aria-hidden />
            {x.text}
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
