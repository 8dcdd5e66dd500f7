import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../api';
import { type Offer, offersAt, placeAt, type Schema } from './yaml';

type Props = { text: string; change: (text: string) => void; schema: Schema | undefined; problems: Problem[]; edit: boolean; goTo: { line: number; at: number } | null };

// YamlPane is the text of a definition, with its lines numbered, what is wrong marked, and what may stand at the caret offered.
export function YamlPane({ text, change, schema, problems, edit, goTo }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const [offers, setOffers] = useState<Offer[]>([]);
  const [at, setAt] = useState(0);
  const [spot, setSpot] = useState({ left: 0, top: 0 });
  const caretTo = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caretTo.current === null) return;
    box.current?.setSelectionRange(caretTo.current, caretTo.current);
    caretTo.current = null;
  });
  useLayoutEffect(() => {
    if (!goTo || !box.current) return;
    const start = text.split('\n').slice(0, goTo.line - 1).join('\n').length + (goTo.line > 1 ? 1 : 0);
    box.current.focus();
    box.current.setSelectionRange(start, start);
    box.current.scrollTop = Math.max(0, (goTo.line - 6) * lineHeight);
    // Only a new wish moves the caret, not each letter that is typed afterwards.
  }, [goTo]);
  const look = (value: string, caret: number, forced: boolean) => {
    if (!schema) return;
    const place = placeAt(value, caret);
    const found = forced || place.typed !== '' || place.key !== undefined ? offersAt(schema, place) : [];
    setOffers(found.length === 1 && found[0]?.insert.trim() === place.typed ? [] : found);
    setAt(0);
    const lines = value.slice(0, caret).split('\n');
    setSpot({ left: 52 + Math.min(420, (lines.at(-1)?.length ?? 0) * 7.2), top: lines.length * lineHeight + 10 - (box.current?.scrollTop ?? 0) });
  };
  const put = (value: string, caret: number) => {
    caretTo.current = caret;
    change(value);
  };
  const take = (offer: Offer) => {
    const caret = box.current?.selectionStart ?? text.length;
    const from = caret - placeAt(text, caret).typed.length;
    put(text.slice(0, from) + offer.insert + text.slice(caret), from + offer.insert.length);
    setOffers([]);
    box.current?.focus();
  };
  const press = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    const caret = e.currentTarget.selectionStart;
    if (e.key === ' ' && e.ctrlKey) {
      e.preventDefault();
      look(text, caret, true);
    } else if (offers.length > 0 && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
      e.preventDefault();
      setAt((at + (e.key === 'ArrowDown' ? 1 : offers.length - 1)) % offers.length);
    } else if (offers.length > 0 && (e.key === 'Enter' || e.key === 'Tab')) {
      e.preventDefault();
      take(offers[at] as Offer);
    } else if (offers.length > 0 && e.key === 'Escape') {
      e.preventDefault();
      setOffers([]);
    } else if (e.key === 'Enter') {
      const line = text.slice(text.lastIndexOf('\n', caret - 1) + 1, caret);
      const pad = /^\s*/.exec(line)?.[0] ?? '';
      const deeper = /:\s*$/.test(line) ? '  ' : /^\s*- /.test(line) ? '  ' : '';
      e.preventDefault();
      const insert = `\n${pad}${deeper}`;
      put(text.slice(0, caret) + insert + text.slice(e.currentTarget.selectionEnd), caret + insert.length);
    }
  };
  const wrong = new Map(problems.filter((p) => p.Line > 0).map((p) => [p.Line, p]));
  return (
    <div className="pl-yaml">
      <div className="pl-yaml-gutter" ref={gutter} aria-hidden>
        {text.split('\n').map((_, i) => {
          const p = wrong.get(i + 1);
          return (
            <div key={i} className={p ? (p.Warning ? 'pl-warned' : 'pl-wrong') : undefined} title={p?.Message}>
              {i + 1}
            </div>
          );
        })}
      </div>
      <textarea
        ref={box} aria-label={t('custom.editor')} value={text} readOnly={!edit} spellCheck={false} wrap="off" autoComplete="off"
        role="combobox" aria-expanded={offers.length > 0} aria-autocomplete="list" aria-controls="pl-yaml-offers" aria-activedescendant={offers.length > 0 ? `pl-yaml-offer-${at}` : undefined}
        onChange={(e) => {
          change(e.currentTarget.value);
          look(e.currentTarget.value, e.currentTarget.selectionStart, false);
        }}
        onKeyDown={press}
        onScroll={(e) => {
          if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop;
          if (offers.length > 0) setOffers([]);
        }}
        onBlur={() => setOffers([])}
      />
      <div className="pl-offers pl-yaml-offers" id="pl-yaml-offers" role="listbox" aria-label={t('custom.offers')} hidden={offers.length === 0} style={spot}>
        {offers.map((o, i) => (
          <div
            key={o.insert} id={`pl-yaml-offer-${i}`} role="option" aria-selected={i === at}
            onMouseDown={(e) => {
              e.preventDefault();
              take(o);
            }}
          >
            <span>{o.insert}</span>
            <code>{o.detail === '*' ? t('setup.required', { defaultValue: 'required' }) : o.detail}</code>
          </div>
        ))}
      </div>
    </div>
  );
}

const lineHeight = 19;
