import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';

type Toast = { id: number; text: string; failed: boolean };

// Say tells something; failed is for what could not be done.
export type Say = (text: string, failed?: boolean) => void;

const Context = createContext<Say>(() => {});

// useToast tells that something was done, or was not, in a polite live region.
export const useToast = () => useContext(Context);

export function Toasts({ children }: { children: ReactNode }) {
  const [list, setList] = useState<Toast[]>([]);
  const last = useRef(0);
  const add = useCallback((text: string, failed = false) => {
    const id = ++last.current;
    setList((l) => [...l, { id, text, failed }].slice(-3));
    setTimeout(() => setList((l) => l.filter((x) => x.id !== id)), 6000);
  }, []);
  return (
    <Context.Provider value={useMemo(() => add, [add])}>
      {children}
      <div className="pl-toasts" role="status" aria-live="polite">
        {list.map((x) => (
          <div key={x.id} className="pl-toast">
            {x.failed ? <IconAlertTriangle size={14} aria-hidden /> : <IconCheck size={14} aria-hidden />}
            {x.text}
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
