import { Button, NumberInput, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorWebhookSecretPost, notificationWebhookSecretPost, settingsGet, settingsPut, type Settings } from '../../api';
import { ask } from '../../lib/ask';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Dialog, Form, type Fields } from '../../ui/FormDialog';
import { Section } from '../../ui/Page';
import { Reveal } from '../../ui/Reveal';
import { useToast } from '../../ui/Toasts';
import { Loading } from '../../ui/Loading';

const numberOrNull = (text: string) => (text === '' ? null : Number(text));

// signersOf reads signers as they are typed: one a line, with a name behind the key.
const signersOf = (text: string) =>
  text.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => {
    const [Key = '', ...name] = line.split(/\s+/);
    return { Key, Name: name.join(' ') };
  });

// General are the defaults that accounts and cycles override, where the partner's systems are told of errors, and what loosens
// safety.
export function General() {
  const { t } = useTranslation();
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => ask(settingsGet()) });
  if (settings.error && !settings.data) return <ErrorPanel what={t('settings.general')} error={settings.error} retry={settings.refetch} />;
  if (!settings.data) return <Loading what={t('settings.general')} card lines={8} />;
  return <Forms s={settings.data} />;
}

function Forms({ s }: { s: Settings }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const may_ = may(session, 'GeneralSettings', 'Edit');
  const save = (read: (f: Fields) => Parameters<typeof settingsPut>[0] extends infer O ? NonNullable<O extends { body?: infer B } ? B : never> : never) => async (f: Fields) => {
    await ask(settingsPut({ body: read(f) }));
    await queries.invalidateQueries({ queryKey: ['settings'] });
    toast(t('act.saved'));
  };
  return (
    <>
      <Section title={t('settings.domains')} lead={t('settings.domainsLead')}>
        <Reveal label={t('settings.apiDomain')} value={session?.ApiUrl ?? ''} />
        <Reveal label={t('settings.serviceDomain')} value={session?.ServiceUrl ?? ''} />
        {!!s.EgressAddresses?.length && <Reveal label={t('settings.egress')} value={s.EgressAddresses.join(', ')} />}
      </Section>
      <Section title={t('settings.retention')} lead={t('settings.retentionLead')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} submit={save(({ text }) => ({ StepDataSuccessRetentionHours: numberOrNull(text('success')), StepDataErroredRetentionHours: numberOrNull(text('errored')), ConcurrentTransactions: numberOrNull(text('concurrent')) }))}>
          <NumberInput name="success" label={t('accountSettings.success')} defaultValue={s.StepDataSuccessRetentionHours ?? ''} placeholder="744" min={0} max={744} />
          <NumberInput name="errored" label={t('accountSettings.errored')} defaultValue={s.StepDataErroredRetentionHours ?? ''} placeholder="744" min={0} max={744} />
          <NumberInput name="concurrent" label={t('settings.concurrent')} description={t('settings.concurrentHint')} defaultValue={s.ConcurrentTransactions || ''} placeholder="50" min={0} max={10000} />
        </Form>
      </Section>
      <Section title={t('settings.webhook')} lead={t('settings.webhookLead')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} submit={save(({ text, on }) => ({ TransactionErrorWebhookEnabled: on('enabled'), TransactionErrorWebhookUrl: text('url') || null, TransactionErrorWebhookIncludeWarnings: on('warnings') }))}>
          <Switch name="enabled" label={t('settings.webhookOn')} defaultChecked={s.TransactionErrorWebhookEnabled} />
          <TextInput name="url" label={t('accountSettings.webhookUrl')} defaultValue={s.TransactionErrorWebhookUrl} />
          <Switch name="warnings" label={t('accountSettings.warnings')} defaultChecked={s.TransactionErrorWebhookIncludeWarnings} />
        </Form>
        {may_ && <NewSecret make={() => ask(errorWebhookSecretPost())} />}
      </Section>
      <Section title={t('settings.told')} lead={t('settings.toldLead')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} submit={save(({ text, on }) => ({ NotificationWebhookEnabled: on('enabled'), NotificationWebhookUrl: text('url') || null }))}>
          <Switch name="enabled" label={t('settings.toldOn')} defaultChecked={s.NotificationWebhookEnabled} />
          <TextInput name="url" label={t('accountSettings.webhookUrl')} defaultValue={s.NotificationWebhookUrl} />
        </Form>
        {may_ && <NewSecret make={() => ask(notificationWebhookSecretPost())} />}
      </Section>
      <Section title={t('settings.embedding')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} submit={save(({ text, on }) => ({ Origins: text('origins').split(/\s+/).filter(Boolean), InlineOAuth: on('inline'), AccountInterfaceInFrames: on('frames') }))}>
          <Textarea name="origins" label={t('settings.origins')} description={t('settings.originsHint')} defaultValue={(s.Origins ?? []).join('\n')} autosize minRows={2} />
          <Switch name="inline" label={t('settings.inline')} defaultChecked={s.InlineOAuth} />
          <Switch name="frames" label={t('settings.frames')} description={t('settings.framesHint')} defaultChecked={s.AccountInterfaceInFrames} />
        </Form>
      </Section>
      <Section title={t('settings.people')} lead={t('settings.peopleLead')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} submit={async (f) => { await save(({ on }) => ({ RequireSecondFactor: on('factor') }))(f); await queries.invalidateQueries({ queryKey: ['session'] }); }}>
          <Switch name="factor" label={t('settings.factor')} description={t('settings.factorHint')} defaultChecked={s.RequireSecondFactor} />
        </Form>
      </Section>
      <Section title={t('settings.signers')} lead={t('settings.signersLead')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} submit={save(({ text, on }) => ({ ConnectorSigners: signersOf(text('signers')), SignedConnectors: on('signedOnly') }))}>
          <Textarea name="signers" label={t('settings.signersList')} description={t('settings.signersHint')} defaultValue={(s.ConnectorSigners ?? []).map((x) => `${x.Key} ${x.Name}`.trim()).join('\n')} autosize minRows={2} spellCheck={false} />
          <Switch name="signedOnly" label={t('settings.signedOnly')} defaultChecked={s.SignedConnectors} />
        </Form>
      </Section>
      <Section title={t('settings.loosened')} lead={t('settings.loosenedLead')}>
        <Form stored={s} word={t('act.save')} disabled={!may_} danger submit={save(({ on }) => ({ LegacyPasswordGrant: on('grant'), TokenByGet: on('get'), EchoAuthValue: on('echo'), AnyTargetOrigin: on('origin') }))}>
          <Switch name="grant" color="red" label={t('settings.grant')} defaultChecked={s.LegacyPasswordGrant} />
          <Switch name="get" color="red" label={t('settings.tokenGet')} defaultChecked={s.TokenByGet} />
          <Switch name="echo" color="red" label={t('settings.echo')} defaultChecked={s.EchoAuthValue} />
          <Switch name="origin" color="red" label={t('settings.anyOrigin')} defaultChecked={s.AnyTargetOrigin} />
        </Form>
      </Section>
    </>
  );
}

function NewSecret({ make }: { make: () => Promise<{ Secret: string }> }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const [secret, setSecret] = useState('');
  return (
    <div>
      <Button onClick={() => setAsked(true)}>{t('settings.newSecret')}</Button>
      {asked && !secret && (
        <ConfirmDialog title={t('settings.newSecret')} close={() => setAsked(false)} choices={[{ word: t('settings.newSecret'), main: true, act: async () => setSecret((await make()).Secret) }]}>
          <p>{t('settings.newSecretText')}</p>
        </ConfirmDialog>
      )}
      {secret && (
        <Dialog title={t('settings.newSecret')} close={() => { setSecret(''); setAsked(false); }}>
          <Reveal label={t('settings.secret')} value={secret} />
          <p className="pl-dim">{t('settings.shownOnce')}</p>
        </Dialog>
      )}
    </div>
  );
}
