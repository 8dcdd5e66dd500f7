import '../../text/embedding';
import { Button, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountsCreateUserOrbitTokenPost, accountsLaunchPost, type LaunchInput } from '../../api';
import { ask } from '../../lib/ask';
import { useOffered } from '../../lib/queries';
import { useSession } from '../../lib/session';
import { JsonView } from '../../ui/JsonView';
import { PageHead, Section } from '../../ui/Page';
import { Reveal } from '../../ui/Reveal';
import { wordsOf } from '../../ui/words';
import { AccountField } from './AccountField';
import { useOpened } from './useOpened';

const switches = [['Start', 'start', true], ['RunOnce', 'once', false], ['AutoInstall', 'auto', true], ['SingleInstall', 'single', false], ['Wizard', 'wizard', false], ['DisplayDescriptions', 'descriptions', false], ['InlineOAuth', 'inline', false]] as const;

// TryLaunch opens LAUNCH and ORBIT as a partner's product does, and shows what comes back.
export function TryLaunch() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const templates = useOffered();
  const [account, put] = useState('');
  const [options, set] = useState<LaunchInput>({});
  const { state, go } = useOpened();
  const orbit = useOpened();
  const body = Object.fromEntries(Object.entries(options).filter(([, v]) => v !== '' && v != null && !(Array.isArray(v) && v.length === 0)));
  const call = `POST ${session?.ApiUrl}/v1.0/accounts/${account || '{account}'}/launch\n\n${JSON.stringify(body, null, 2)}`;
  const busy = state.now === 'asking' || state.now === 'open';
  return (
    <>
      <PageHead title={t('launch.title')} lead={t('launch.lead')} />
      <form className="pl-try" onSubmit={(e) => { e.preventDefault(); if (account) go(async () => (await ask(accountsLaunchPost({ path: { account }, body }))).LaunchUrl); }}>
        <Section title={t('launch.options')}>
          <AccountField value={account} put={put} />
          <Select
            label={t('launch.template')} clearable searchable placeholder={t('launch.all')} value={options.TemplateId ?? null} onChange={(v) => set({ ...options, TemplateId: v ?? undefined })}
            data={(templates.data ?? []).map((x) => ({ value: x.Id, label: x.Name }))}
          />
          <TextInput label={t('launch.tags')} description={t('launch.tagsHint')} onChange={(e) => set({ ...options, Tags: e.currentTarget.value.split(',').map((x) => x.trim()).filter(Boolean) })} />
          {switches.map(([name, word, normal]) => (
            <Switch key={name} label={t(`launch.${word}`)} checked={options[name] ?? normal} onChange={(e) => set({ ...options, [name]: e.currentTarget.checked })} />
          ))}
          <TextInput label={t('launch.complete')} value={options.CompleteParameter ?? ''} onChange={(e) => set({ ...options, CompleteParameter: e.currentTarget.value })} />
          <div className="pl-form-foot">
            <Button disabled={!account} loading={orbit.state.now === 'asking'} onClick={() => orbit.go(async () => (await ask(accountsCreateUserOrbitTokenPost({ path: { account }, body: {} }))).OrbitUrl)}>{t('launch.orbit')}</Button>
            <Button type="submit" variant="filled" loading={busy} disabled={!account}>{t('launch.open')}</Button>
          </div>
        </Section>
        <div>
          <Section title={t('launch.result')}>
            {(state.now === 'idle' || state.now === 'asking') && <p className="pl-dim">{t('launch.noResult')}</p>}
            {state.now === 'open' && <p role="status">{t('launch.waiting')}</p>}
            {state.now === 'closed' && !state.result && <p role="status">{t('launch.closed')}</p>}
            {state.now === 'closed' && state.result && <JsonView text={JSON.stringify(state.result, null, 2)} label={t('launch.result')} />}
            {[state, orbit.state].map((s, i) => (
              <div key={i}>
                {s.now === 'blocked' && <p role="alert">{t('market.blocked')} <a href={s.url} target="_blank" rel="noreferrer">{t('market.openHere')}</a></p>}
                {s.now === 'failed' && <p role="alert" className="pl-field-error">{wordsOf(s.error, t)}</p>}
              </div>
            ))}
          </Section>
          <Section title={t('launch.code')}><Reveal label="HTTP" value={call} /></Section>
        </div>
      </form>
    </>
  );
}
