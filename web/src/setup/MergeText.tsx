import { Textarea, TextInput } from '@mantine/core';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SetupData } from './MappingTable';
import { complete, completions, openAt } from './merge';
import { Trial } from './Trial';

type Props = SetupData & { label: string; value: string; script: boolean; put: (value: string) => void };

// MergeText is typed text, or an inline script, in which {{ offers the fields of earlier steps, variables and system names.
export function MergeText({ label, value, script, put, fields, variables, edit, ...data }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(script && value === '' ? '=' : value);
  const [caret, setCaret] = useState<number | null>(null);
  const [at, setAt] = useState(0);
  const [forced, setForced] = useState(false); // asked for by its key, without braces
  const box = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => setText(script && value === '' ? '=' : value), [value, script]);
  const open = caret === null ? undefined : openAt(text, caret);
  const offers = useMemo(() => (open || forced ? completions(open?.typed ?? '', fields, variables, { variable: t('setup.variable'), system: t('setup.system') }) : []), [open?.typed, open?.from, forced, fields, variables, t]);
  const place = () => box.current?.selectionStart ?? text.length;
  const take = (insert: string) => {
    const next = complete(text, place(), insert);
    setText(next.text);
    setCaret(null);
    setForced(false);
    setAt(0);
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const press = (e: KeyboardEvent) => {
    if (e.key === ' ' && e.ctrlKey) {
      e.preventDefault();
      setCaret(place());
      setForced(true);
      return;
    }
    if (offers.length === 0) {
      if (e.key === 'Enter' && !script) box.current?.blur();
      return;
    }
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      setAt((at + (e.key === 'ArrowDown' ? 1 : offers.length - 1)) % offers.length);
    } else if (e.key === 'Enter' || e.key === 'Tab') {
      e.preventDefault();
      take(offers[at]?.insert ?? '');
    } else if (e.key === 'Escape') {
      e.preventDefault();
      setCaret(null);
      setForced(false);
    }
  };
  const common = {
    'aria-label': label, value: text, disabled: !edit, role: 'combobox', 'aria-expanded': offers.length > 0, 'aria-autocomplete': 'list' as const,
    ...(offers.length > 0 ? { 'aria-controls': 'pl-offers', 'aria-activedescendant': `pl-offer-${at}` } : {}),
    onKeyDown: press, onClick: () => setCaret(place()),
    onBlur: () => {
      setCaret(null);
      setForced(false);
      if (text !== value && !(script && text.trim() === '=')) put(text);
    },
    onChange: (e: { currentTarget: { value: string; selectionStart: number | null } }) => {
      setText(e.currentTarget.value);
      setCaret(e.currentTarget.selectionStart);
      setForced(false);
      setAt(0);
    },
  };
  return (
    <div className="pl-grow pl-merge">
      {script ? (
        <Textarea {...common} ref={box} autosize minRows={1} maxRows={10} classNames={{ input: 'pl-mono' }} spellCheck={false} />
      ) : (
        <TextInput {...common} ref={box} placeholder={t('setup.typeText', { braces: '{{' })} />
      )}
      {script && text !== value && (
        <p className="pl-small pl-trial">
          <Trial text={text} fields={fields} {...data} />
        </p>
      )}
      {offers.length > 0 && (
        <div className="pl-offers" id="pl-offers" role="listbox" aria-label={t('setup.offers')}>
          {offers.map((o, i) => (
            <div
              key={`${o.insert} ${i}`} id={`pl-offer-${i}`} role="option" aria-selected={i === at}
              onMouseDown={(e) => {
                e.preventDefault();
                take(o.insert);
              }}
            >
              <span>{o.label}</span>
              <code>{o.detail}</code>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
