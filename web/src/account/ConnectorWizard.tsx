import { Button, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconBook } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type AccountConnector, accountConnectorsGetGet, accountConnectorsSetupFormGet, accountConnectorsSetupFormPut, accountConnectorsUpdatePut, accountsCreateOneTimeTokenPost,
  type SetupField, type SetupForm,
} from '../api';
import { ask } from '../lib/ask';
import { useSession } from '../lib/session';
import { ConnectorGuide } from '../ui/ConnectorGuide';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Dialog, Form } from '../ui/FormDialog';
import { Loading } from '../ui/Loading';
import { Reveal } from '../ui/Reveal';
import { StatusPill } from '../ui/StatusPill';
import { connectorStatus } from '../ui/status';
import { wordsOf } from '../ui/words';
import { TestCall } from './TestCall';

type Props = { account: string; id: number; close: () => void };

type Place = 'name' | 'sign-in' | 'allow' | 'test';

// ConnectorWizard connects one installed connector: its name, the way to sign in, what that asks for, and a test call. It can
// be left at any place: what was stored is kept.
export function ConnectorWizard({ account, id, close }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const headers = { 'X-Cyclr-Account': account };
  const path = { id: String(id) };
  const connector = useQuery({ queryKey: [account, 'connector', id], queryFn: () => ask(accountConnectorsGetGet({ headers, path })) });
  const form = useQuery({ queryKey: [account, 'connector', id, 'setup'], queryFn: () => ask(accountConnectorsSetupFormGet({ headers, path })) });
  const [place, setPlace] = useState<Place>('name');
  const [guide, setGuide] = useState(false);
  const changed = () => queries.invalidateQueries({ queryKey: [account] });
  const leave = () => {
    void changed();
    close();
  };
  const failed = connector.error ?? form.error;
  const c = connector.data;
  const places: Place[] = ['name', 'sign-in', ...(form.data?.Consent ? (['allow'] as const) : []), 'test'];
  const signsIn = !!form.data && (!!form.data.Authentication || !!form.data.Consent || !!form.data.CredentialFields?.length);
  return (
    <Dialog title={c ? t('wizard.title', { name: c.Connector.Name }) : t('wizard.loading')} close={leave} size="xl" closeOnClickOutside={false}>
      {!failed && !(c && form.data) && <Loading what={t('connectors.connector')} />}
      {failed && !(c && form.data) && <ErrorPanel what={t('connectors.connector')} error={failed} retry={() => { void connector.refetch(); void form.refetch(); }} />}
      {c && form.data && (
        <div className="pl-wizard">
          <div className="pl-wizard-side">
          <ol aria-label={t('wizard.steps')}>
            {places.map((p, i) => (
              <li key={p} aria-current={p === place ? 'step' : undefined} className={i < places.indexOf(place) ? 'pl-passed' : undefined}>
                {t(`wizard.place.${p === 'sign-in' && !signsIn ? 'values' : p}`)}
              </li>
            ))}
          </ol>
          <Button variant="subtle" size="xs" leftSection={<IconBook size={14} />} onClick={() => setGuide(true)}>
            {t('guide.open')}
          </Button>
          </div>
          <div>
            {place === 'name' && <NameAndWay {...{ account, c }} next={async () => { await changed(); await form.refetch(); setPlace('sign-in'); }} later={leave} />}
            {place === 'sign-in' && <Values {...{ account, id }} form={form.data} next={async () => { await changed(); setPlace(form.data.Consent ? 'allow' : 'test'); }} later={leave} />}
            {place === 'allow' && <Allow {...{ account, id }} name={c.Connector.Name} scopes={form.data.Scopes ?? []} next={async () => { await changed(); setPlace('test'); }} later={leave} />}
            {place === 'test' && (
              <div className="pl-form">
                <p>
                  <StatusPill status={connectorStatus(c)} />
                </p>
                <p>{t('wizard.testText')}</p>
                <TestCall account={account} connector={c} />
                <div className="pl-form-foot">
                  <Button variant="filled" onClick={leave}>
                    {t('act.done')}
                  </Button>
                </div>
              </div>
            )}
          </div>
        </div>
      )}
      {guide && c && <ConnectorGuide account={account} connector={c.Connector} close={() => setGuide(false)} />}
    </Dialog>
  );
}

function NameAndWay({ account, c, next, later }: { account: string; c: AccountConnector; next: () => Promise<unknown>; later: () => void }) {
  const { t } = useTranslation();
  const ways = c.Connector.Authentication ?? [];
  const [way, setWay] = useState<string | null>(c.AuthenticationId ?? ways[0]?.Id ?? null);
  return (
    <Form
      word={t('act.next')}
      cancel={later}
      submit={async ({ text }) => {
        const body = { Name: text('name'), Description: text('description') || null, ...(way && way !== c.AuthenticationId ? { AuthenticationId: way } : {}) };
        await ask(accountConnectorsUpdatePut({ headers: { 'X-Cyclr-Account': account }, path: { id: String(c.Id) }, body }));
        await next();
      }}
    >
      <TextInput name="name" label={t('wizard.name')} description={t('wizard.nameHint')} defaultValue={c.Name} required data-autofocus />
      <TextInput name="description" label={t('accounts.description')} defaultValue={c.Description ?? ''} />
      {ways.length > 1 && <Select label={t('wizard.place.sign-in')} data={ways.map((w) => ({ value: w.Id, label: w.AuthName }))} value={way} onChange={setWay} allowDeselect={false} />}
    </Form>
  );
}

function Values({ account, id, form, next, later }: { account: string; id: number; form: SetupForm; next: () => Promise<unknown>; later: () => void }) {
  const { t } = useTranslation();
  const properties = form.Properties ?? [];
  const credential = form.CredentialFields ?? [];
  return (
    <Form
      word={t('act.next')}
      cancel={later}
      submit={async ({ text }) => {
        // Nothing leaves a secret as it is, which the form does not show, and empties what it does.
        const typed = (prefix: string, fields: SetupField[]) => Object.fromEntries(fields.filter((f) => !f.IsSecret || text(prefix + f.Name) !== '').map((f) => [f.Name, text(prefix + f.Name)]));
        const body = { Properties: typed('p.', properties), Credential: typed('c.', credential) };
        await ask(accountConnectorsSetupFormPut({ headers: { 'X-Cyclr-Account': account }, path: { id: String(id) }, body }));
        await next();
      }}
    >
      {form.Authentication && <p>{t('wizard.way', { name: form.Authentication })}</p>}
      {properties.length + credential.length === 0 && <p>{form.Consent ? t('wizard.onlyConsent') : t('wizard.nothing')}</p>}
      {properties.map((f) => (
        <Field key={f.Name} field={f} name={`p.${f.Name}`} />
      ))}
      {credential.map((f) => (
        <Field key={f.Name} field={f} name={`c.${f.Name}`} />
      ))}
    </Form>
  );
}

function Field({ field, name }: { field: SetupField; name: string }) {
  const { t } = useTranslation();
  const common = { name, label: field.Label, required: field.IsRequired && !field.HasValue, description: [field.Description, field.HasValue ? (field.Hint ? t('wizard.heldEnds', { end: field.Hint }) : t('wizard.held')) : ''].filter(Boolean).join(' ') };
  if (field.Values?.length) return <Select {...common} data={field.Values.map((v) => ({ value: v.Value, label: v.Label || v.Value }))} defaultValue={field.Value || null} clearable={!field.IsRequired} />;
  if (field.IsMultiline) return <Textarea {...common} defaultValue={field.IsSecret ? '' : field.Value} autoComplete="off" spellCheck={false} autosize minRows={4} maxRows={10} />;
  return field.IsSecret ? <PasswordInput {...common} autoComplete="off" /> : <TextInput {...common} defaultValue={field.Value} autoComplete="off" />;
}

const lookEach = 2000;

// signedInSince says whether somebody has signed in after the sign-in that there was before.
export const signedInSince = (c: Pick<AccountConnector, 'Authenticated' | 'SignedInOnUtc'> | undefined, before: string | null | undefined) => !!c?.Authenticated && before !== undefined && (c.SignedInOnUtc ?? null) !== before;

// Allow sends the person to the vendor in a window of its own, and waits until that has given its consent.
function Allow({ account, id, name, scopes, next, later }: { account: string; id: number; name: string; scopes: string[]; next: () => Promise<unknown>; later: () => void }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const headers = { 'X-Cyclr-Account': account };
  const [waiting, setWaiting] = useState(false);
  const [blocked, setBlocked] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const [before, setBefore] = useState<string | null | undefined>(undefined); // the sign-in that there was already
  const state = useQuery({
    queryKey: [account, 'connector', id, 'allowed'],
    queryFn: () => ask(accountConnectorsGetGet({ headers, path: { id: String(id) } })),
    refetchInterval: waiting ? lookEach : false,
    gcTime: 0, // what was seen at an earlier sign-in says nothing of this one
    enabled: waiting,
  });
  const there = waiting && signedInSince(state.data, before);
  useEffect(() => {
    if (there) void next();
  }, [there]);
  async function open() {
    setFailed(null);
    // The window is opened by the click itself: later, browsers would block it.
    const vendor = window.open('', '_blank', 'width=720,height=820');
    setBlocked(!vendor);
    if (!vendor) return;
    try {
      const now = await ask(accountConnectorsGetGet({ headers, path: { id: String(id) } }));
      const token = await ask(accountsCreateOneTimeTokenPost({ headers }));
      const back = `${session?.ServiceUrl ?? ''}/a/${encodeURIComponent(account)}/connected`;
      setBefore(now.SignedInOnUtc ?? null);
      setWaiting(true);
      vendor.location.href = `${session?.ServiceUrl ?? ''}/connectorauth/updateaccountconnectoroauth?id=${id}&token=${encodeURIComponent(token.Token)}&targetOrigin=${encodeURIComponent(back)}`;
    } catch (e) {
      vendor.close();
      setFailed(e as Error);
    }
  }
  return (
    <div className="pl-form">
      <p>{t('wizard.allowText', { name })}</p>
      {scopes.length > 0 && (
        <p>
          {t('wizard.scopes')} {scopes.map((s, i) => <span key={s}>{i > 0 && ', '}<code>{s}</code></span>)}
        </p>
      )}
      <Reveal label={t('wizard.callback')} value={`${session?.ServiceUrl ?? ''}/connector/callback`} />
      {waiting && (
        <p className="pl-note" role="status">
          {t('wizard.waiting', { name })}
        </p>
      )}
      {blocked && (
        <p className="pl-field-error" role="alert">
          {t('wizard.blocked')}
        </p>
      )}
      {failed && (
        <p className="pl-field-error" role="alert">
          {wordsOf(failed, t)}
        </p>
      )}
      <div className="pl-form-foot">
        <Button onClick={later}>{t('wizard.later')}</Button>
        <Button variant="filled" onClick={() => void open()}>
          {waiting ? t('wizard.openAgain') : t('wizard.goTo', { name })}
        </Button>
      </div>
    </div>
  );
}

// Connected is where the vendor's window comes back to: there is nothing left to do in it.
export function Connected() {
  const { t } = useTranslation();
  useEffect(() => window.close(), []);
  return (
    <div className="pl-card pl-empty" role="status">
      <h2>{t('wizard.connected')}</h2>
      <p>{t('wizard.connectedText')}</p>
    </div>
  );
}
