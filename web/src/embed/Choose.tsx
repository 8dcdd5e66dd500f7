import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { t } from '../text/embed';
import { type Input, post } from './ask';
import { messageOf } from './parts';

export type Picked = { Value: string; Display?: string };
type Choice = { Name: string; Value: string };

type Props = {
  id: string;
  of: Input;
  value: Picked;
  install: string;
  cycle: string;
  put: (v: Picked) => void;
  before: () => Promise<void>; // stores what other choices depend on
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  'aria-required'?: boolean;
};

const typingPause = 250;

// Choose is a field whose choices are asked of the customer's own application, by what is typed.
export function Choose({ id, of, value, install, cycle, put, before, ...aria }: Props) {
  const [open, setOpen] = useState(false);
  const [typed, type] = useState<string>();
  const [list, setList] = useState<{ choices?: Choice[]; more?: boolean; error?: Error }>({});
  const [at, move] = useState(0);
  const asked = useRef(0);
  const box = useRef<HTMLDivElement>(null);

  const ask = async (search: string) => {
    const turn = ++asked.current;
    setList((old) => ({ ...old, error: undefined }));
    try {
      if (search === '') await before();
      const answer = await post<{ Choices: Choice[] | null; More: boolean }>(`setup/${install}/lookup`, { Cycle: cycle, Key: of.Key, Search: search });
      if (turn === asked.current) setList({ choices: answer.Choices ?? [], more: answer.More });
    } catch (e) {
      if (turn === asked.current) setList({ error: e as Error });
    }
    move(0);
  };
  useEffect(() => {
    if (!open) return;
    const timer = setTimeout(() => ask(typed ?? ''), typed ? typingPause : 0);
    return () => clearTimeout(timer);
  }, [open, typed]);

  const close = () => {
    setOpen(false);
    type(undefined);
  };
  const pick = (c: Choice) => {
    put({ Value: c.Value, Display: c.Name });
    close();
  };
  const keys = (e: KeyboardEvent) => {
    const choices = list.choices ?? [];
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (!open) setOpen(true);
      else if (choices.length) move((at + (e.key === 'ArrowDown' ? 1 : choices.length - 1)) % choices.length);
    } else if (e.key === 'Enter' && open && choices[at]) {
      e.preventDefault();
      pick(choices[at]);
    } else if (e.key === 'Escape' && open) {
      e.preventDefault();
      close();
    }
  };
  const shown = list.choices ?? [];
  return (
    <div className="choose" ref={box} onBlur={(e) => !box.current?.contains(e.relatedTarget) && close()}>
      <input
        {...aria} id={id} role="combobox" aria-expanded={open} aria-controls={`${id}-list`} aria-autocomplete="list" autoComplete="off"
        aria-activedescendant={open && shown[at] ? `${id}-${at}` : undefined} placeholder={t('wizard.choose')}
        value={typed ?? value.Display ?? value.Value} onFocus={() => setOpen(true)} onClick={() => setOpen(true)} onChange={(e) => { type(e.target.value); setOpen(true); }} onKeyDown={keys}
      />
      {open && (
        <div className="choices">
          {list.error ? <p className="problem" role="alert">{messageOf(list.error)}</p> : !list.choices ? <p role="status">{t('wizard.loading', { name: of.Label })}</p> : shown.length === 0 ? <p role="status">{t('wizard.noChoices')}</p> : null}
          <ul id={`${id}-list`} role="listbox" aria-label={of.Label}>
            {shown.map((c, i) => (
              <li
                key={c.Value} id={`${id}-${i}`} role="option" aria-selected={c.Value === value.Value} className={i === at ? 'at' : ''}
                onMouseDown={(e) => { e.preventDefault(); pick(c); }}
              >
                {c.Name}
              </li>
            ))}
          </ul>
          {list.more && <p className="hint">{t('wizard.moreChoices')}</p>}
        </div>
      )}
    </div>
  );
}
