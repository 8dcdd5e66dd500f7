import { type FormEvent, useState } from 'react';
import { t } from '../text/embed';
import type { Group, Input } from './ask';
import { Choose, type Picked } from './Choose';
import { Button, Failure } from './parts';
import { useAct } from './useAsk';
import { keptOf, localOf } from './when';

export type SettingsPage = { cycle: string; of: string; group: Group };
type Values = Record<string, Record<string, Picked>>; // by cycle and key

type Props = {
  install: string;
  pages: SettingsPage[];
  busy: boolean;
  error?: Error;
  last: boolean;
  start: boolean;
  back?: () => void;
  cancel: () => void;
  save: (values: Values) => Promise<void>;
  next: () => void;
};

// Settings is the form of what a template leaves to whoever installs it. What is typed is kept on the server before choices are asked
// for that depend on it, and with each step.
export function Settings(p: Props) {
  const [values, set] = useState<Values>(() => beginning(p.pages));
  const [told, tellMissing] = useState(false);
  const { busy, error, act } = useAct();
  const put = (cycle: string, key: string, v: Picked) => set((old) => ({ ...old, [cycle]: { ...old[cycle], [key]: v } }));
  const missing = (s: SettingsPage, i: Input) => told && !!i.Required && !values[s.cycle]?.[i.Key]?.Value;

  const submit = (e: FormEvent) => {
    e.preventDefault();
    const empty = p.pages.flatMap((s) => s.group.Inputs.filter((i) => i.Required && !values[s.cycle]?.[i.Key]?.Value));
    if (empty.length > 0) {
      tellMissing(true);
      document.getElementById(`in-${empty[0]?.Key}`)?.focus();
      return;
    }
    act(async () => {
      await p.save(values);
      p.next();
    });
  };

  // Whoever goes back finds what was typed when they come again.
  const back = p.back && (() => act(async () => {
    await p.save(values);
    p.back?.();
  }));

  return (
    <form className="card" onSubmit={submit} noValidate>
      <h2>{t(p.pages.length > 0 ? 'wizard.settingsTitle' : 'wizard.nothingToSet')}</h2>
      {p.pages.length > 0 && <p className="hint">{t('wizard.settingsText')}</p>}
      {p.pages.map((s) => (
        <fieldset key={`${s.cycle}/${s.group.Title}/${s.group.Inputs[0]?.Key}`}>
          {(s.group.Title || s.of) && <legend>{[s.of, s.group.Title].filter(Boolean).join(' › ')}</legend>}
          {s.group.Inputs.map((i) => (
            <One
              key={i.Key} input={i} value={values[s.cycle]?.[i.Key] ?? { Value: '' }} missing={missing(s, i)} put={(v) => put(s.cycle, i.Key, v)}
              lookup={{ install: p.install, cycle: s.cycle, before: () => p.save(values) }}
            />
          ))}
        </fieldset>
      ))}
      {(error || p.error) && <Failure error={(error ?? p.error) as Error} />}
      <div className="actions">
        {back ? <Button busy={busy} onClick={back}>{t('wizard.back')}</Button> : <Button onClick={p.cancel}>{t('wizard.cancel')}</Button>}
        <Button submit primary busy={busy || p.busy}>{!p.last ? t('wizard.next') : p.start ? t('wizard.start') : t('wizard.finish')}</Button>
      </div>
    </form>
  );
}

function beginning(pages: SettingsPage[]): Values {
  const out: Values = {};
  for (const s of pages) {
    const of = (out[s.cycle] ??= {});
    for (const i of s.group.Inputs) of[i.Key] = { Value: i.Value ?? '', Display: i.Display };
  }
  return out;
}

function One(p: { input: Input; value: Picked; missing: boolean; put: (v: Picked) => void; lookup: { install: string; cycle: string; before: () => Promise<void> } }) {
  const { input, value } = p;
  const id = `in-${input.Key}`;
  const described = [input.Description && `${id}-hint`, p.missing && `${id}-missing`].filter(Boolean).join(' ') || undefined;
  const common = { id, 'aria-required': input.Required || undefined, 'aria-invalid': p.missing || undefined, 'aria-describedby': described };
  return (
    <div className={p.missing ? 'field missing' : 'field'}>
      <label htmlFor={id}>{input.Label}{input.Required && <span className="needed" aria-hidden="true"> *</span>}</label>
      {input.Lookup ? (
        <Choose {...common} of={input} value={value} put={p.put} {...p.lookup} />
      ) : input.Choices?.length ? (
        <select {...common} value={value.Value} onChange={(e) => p.put({ Value: e.target.value })}>
          <option value="">{t('wizard.choose')}</option>
          {input.Choices.map((c) => <option key={c}>{c}</option>)}
        </select>
      ) : input.Type === 'Boolean' ? (
        <select {...common} value={value.Value.toLowerCase()} onChange={(e) => p.put({ Value: e.target.value })}>
          <option value="">{t('wizard.choose')}</option>
          <option value="true">{t('wizard.yes')}</option>
          <option value="false">{t('wizard.no')}</option>
        </select>
      ) : input.Type === 'DateTime' && localOf(input.Value ?? '') !== undefined ? (
        <input {...common} type="datetime-local" value={localOf(value.Value) ?? ''} onChange={(e) => p.put({ Value: keptOf(e.target.value) })} />
      ) : (
        <input
          {...common} type="text" inputMode={input.Type === 'Integer' ? 'numeric' : input.Type === 'Float' || input.Type === 'Decimal' ? 'decimal' : undefined}
          value={value.Value} onChange={(e) => p.put({ Value: e.target.value })}
        />
      )}
      {input.Description && <small id={`${id}-hint`}>{input.Description}</small>}
      {p.missing && <small className="problem" id={`${id}-missing`}>{t('wizard.required', { label: input.Label })}</small>}
    </div>
  );
}
