import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../lib/ask';
import { branded } from '../lib/product';
import { CodeNeeded, useSignIn } from '../lib/session';
import { Product } from '../ui/Mark';
import { wordsOf } from '../ui/words';

// SignIn is shown at any address while nobody is signed in: afterwards that address is what opens.
export function SignIn() {
  const { t } = useTranslation();
  const signIn = useSignIn();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  const [asked, setAsked] = useState(false); // for the code, the password being right
  async function submit(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    setBusy(true);
    setFailed('');
    try {
      await signIn(String(form.get('name') ?? ''), String(form.get('password') ?? ''), String(form.get('code') ?? ''));
    } catch (err) {
      const status = err instanceof Problem ? err.status : -1;
      if (err instanceof CodeNeeded) setAsked(true);
      else setFailed(status === 401 ? t(asked ? 'signIn.codeRefused' : 'signIn.refused') : status === 429 ? t('signIn.throttled') : wordsOf(err as Error, t));
      setBusy(false);
    }
  }
  return (
    <div className="pl-sign-in">
      <main>
        <div className="pl-mark">
          <Product />
        </div>
        <form onSubmit={submit}>
          <div>
            <h1>{t('signIn.title')}</h1>
            <p className="pl-dim">{t('signIn.where', { host: location.host })}</p>
          </div>
          <TextInput name="name" size="md" label={t('signIn.name')} autoComplete="username" autoFocus required withAsterisk={false} />
          <PasswordInput name="password" size="md" label={t('signIn.password')} autoComplete="current-password" required withAsterisk={false} />
          {asked && <TextInput name="code" size="md" label={t('factor.code')} description={t('signIn.codeHint')} autoComplete="one-time-code" autoFocus required withAsterisk={false} />}
          {failed && (
            <p className="pl-field-error" role="alert">
              {failed}
            </p>
          )}
          <Button type="submit" variant="filled" size="md" loading={busy}>
            {t('signIn.go')}
          </Button>
          {!branded && <p className="pl-dim pl-small">{t('signIn.first')}</p>}
        </form>
      </main>
      <aside aria-hidden>
        <svg viewBox="0 0 700 900" preserveAspectRatio="xMidYMax slice" fill="none" strokeWidth="20" strokeLinecap="round">
          {Array.from({ length: 11 }, (_, i) => (
            <path
              key={i}
              d={`M${i * 76 - 140} 980 L${i * 76 + 60 + i * 6} ${460 - i * 18}`}
              stroke={i === 8 ? 'var(--pl-accent)' : 'var(--pl-line-strong)'}
              opacity={i === 8 ? 1 : 0.35 + i * 0.05}
            />
          ))}
        </svg>
      </aside>
    </div>
  );
}
