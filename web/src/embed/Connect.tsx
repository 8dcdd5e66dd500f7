import { type FormEvent, useEffect, useRef, useState } from 'react';
import { t } from '../text/embed';
import { comeBack, type Was } from './address';
import { withoutPartnerCss } from './brand';
import { type Connector, type Form, type FormField, get, post } from './ask';
import { Button, Failure, Loading, Tiles } from './parts';
import { useAct, useAsk } from './useAsk';

type Props = {
  install: string;
  connector: Connector;
  inline: boolean;
  busy: boolean;
  error?: Error;
  last: boolean;
  start: boolean;
  was: Was;
  reload: () => Promise<void>;
  back?: () => void;
  cancel: () => void;
  next: () => void;
};

const pollEach = 2000;

// Connect connects one application: by what is typed, or at its vendor in a window of its own, since vendors refuse to be framed.
export function Connect(p: Props) {
  const form = useAsk(() => (p.connector.Shared ? Promise.resolve(undefined) : get<Form>(`setup/${p.install}/connector/${p.connector.ID}`)));
  const [anew, setAnew] = useState(false);
  const [waiting, wait] = useState<string>(); // address of the window; '' for one that has opened and used it up
  const { busy, error, act } = useAct();
  const done = p.connector.Authenticated && !anew;
  const name = p.connector.Application;
  const reload = useRef(p.reload);
  reload.current = p.reload;

  useEffect(() => withoutPartnerCss(), []);
  // The window tells us; where the vendor has cut it off from us, we look.
  useEffect(() => {
    if (waiting === undefined) return;
    const look = () => reload.current();
    const hear = (e: MessageEvent) => {
      if (e.origin === location.origin && e.data === 'connector-connected') look();
    };
    window.addEventListener('message', hear);
    const timer = setInterval(look, pollEach);
    return () => {
      window.removeEventListener('message', hear);
      clearInterval(timer);
    };
  }, [waiting]);
  useEffect(() => {
    if (p.connector.Authenticated) wait(undefined);
  }, [p.connector.Authenticated]);

  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    if (done) {
      p.next();
      return;
    }
    const typed = new FormData(e.currentTarget);
    const of = (prefix: string, fields: FormField[] | null) => Object.fromEntries((fields ?? []).map((f) => [f.Name, String(typed.get(prefix + f.Name) ?? '')]));
    const body = { Properties: of('p.', form.data?.Properties ?? null), Credential: of('c.', form.data?.Fields ?? null), Return: '' };
    // A page with an opener may lose it at the vendor, and with it who is to be told.
    const inWindow = form.data?.Consent && (!p.inline || window.parent !== window || !!window.opener);
    // A window that is opened later than the click is blocked.
    const opened = inWindow ? window.open('about:blank', 'connect', 'popup,width=620,height=720') : null;
    if (form.data?.Consent && !inWindow) body.Return = comeBack(p.install, p.was);
    act(async () => {
      try {
        const answer = await post<{ Connected: boolean; Address?: string }>(`setup/${p.install}/connector/${p.connector.ID}`, body);
        if (answer.Address && opened) opened.location.href = answer.Address;
        else if (answer.Address && !inWindow) location.assign(answer.Address);
        if (answer.Address) wait(opened ? '' : answer.Address);
        setAnew(false);
        await p.reload();
        if (!answer.Address) p.next();
      } catch (failed) {
        opened?.close();
        throw failed;
      }
    });
  };

  return (
    <form className="card" onSubmit={submit}>
      <div className="head"><Tiles of={[{ Name: name, Icon: p.connector.Icon }]} /><h2>{t('wizard.connectTitle', { name })}</h2></div>
      {p.connector.Shared ? (
        <p>{t('wizard.shared', { name })}</p>
      ) : done ? (
        <p className="ok" role="status">✓ {t('wizard.connected', { name })}</p>
      ) : (
        <>
          {!form.data && (form.error ? <Failure error={form.error} again={form.reload} /> : <Loading />)}
          {form.data?.Consent && <p>{t('wizard.connectText', { name })}</p>}
          {!!form.data?.Scopes?.length && <p className="hint">{t('wizard.scopes')} {form.data.Scopes.map((s, i) => <span key={s}>{i > 0 && ', '}<code>{s}</code></span>)}</p>}
          {(form.data?.Properties ?? []).map((f) => <Field key={f.Name} id={`p.${f.Name}`} field={f} />)}
          {(form.data?.Fields ?? []).map((f) => <Field key={f.Name} id={`c.${f.Name}`} field={f} />)}
          {waiting !== undefined && (
            <p role="status" className="hint">
              {waiting ? t('wizard.blockedWindow') : t('wizard.waiting')} {waiting && <a href={waiting} target="connect" rel="opener" onClick={() => setTimeout(() => wait(''))}>{t('wizard.openWindow')}</a>}
            </p>
          )}
        </>
      )}
      {(error || p.error) && <Failure error={(error ?? p.error) as Error} />}
      <div className="actions">
        {p.back ? <Button onClick={p.back}>{t('wizard.back')}</Button> : <Button onClick={p.cancel}>{t('wizard.cancel')}</Button>}
        {done && !p.connector.Shared && <Button onClick={() => setAnew(true)}>{t('wizard.reconnect')}</Button>}
        <Button submit primary busy={busy || p.busy} disabled={p.connector.Shared || (!done && !form.data)}>
          {done ? (p.last ? (p.start ? t('wizard.start') : t('wizard.finish')) : t('wizard.next')) : form.data?.Consent ? t('wizard.signIn', { name }) : t('wizard.connect')}
        </Button>
      </div>
    </form>
  );
}

function Field({ id, field }: { id: string; field: FormField }) {
  const required = field.Required && !field.Held;
  const hint = field.Held ? t('wizard.held') : field.Description;
  return (
    <div className="field">
      <label htmlFor={id}>{field.Label}{required && <span className="needed" aria-hidden="true"> *</span>}</label>
      {field.Choices?.length ? (
        <select id={id} name={id} defaultValue={field.Value} required={required}>
          {field.Choices.map((c) => <option key={c.Value} value={c.Value}>{c.Label || c.Value}</option>)}
        </select>
      ) : field.Multiline ? (
        <textarea id={id} name={id} rows={4} defaultValue={field.Value} required={required} aria-describedby={hint ? `${id}-hint` : undefined} />
      ) : (
        <input id={id} name={id} type={field.Secret ? 'password' : 'text'} autoComplete="off" defaultValue={field.Value} required={required} aria-describedby={hint ? `${id}-hint` : undefined} />
      )}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}
