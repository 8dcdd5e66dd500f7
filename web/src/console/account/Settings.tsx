import { Button, NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, accountsDeleteDelete, accountsQuotaGet, accountsQuotaPut, accountsUpdatePut, type Quota } from '../../api';
import { ask } from '../../lib/ask';
import { useAccount } from '../../lib/queries';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Form } from '../../ui/FormDialog';
import { Loading } from '../../ui/Loading';
import { Section } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';

const zones = Intl.supportedValuesOf('timeZone');
const numberOrNull = (text: string) => (text === '' ? null : Number(text));

// AccountSettings are the parts of an account that its partner may change, and the way to delete it.
export function AccountSettings() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const account = useAccount(id);
  const quota = useQuery({ queryKey: ['accounts', id, 'quota'], queryFn: () => ask(accountsQuotaGet({ path: { account: id } })) });
  if (!account.data) return account.error ? <ErrorPanel what={t('accounts.account')} error={account.error} retry={account.refetch} /> : <Loading what={t('accounts.settings')} card lines={8} />;
  return (
    <>
      <General key={id} account={account.data} />
      {!quota.data && (quota.error ? <ErrorPanel what={t('accountSettings.limits')} error={quota.error} retry={quota.refetch} /> : <Loading what={t('accountSettings.limits')} card />)}
      {quota.data && <Limits key={`${id} limits`} id={id} quota={quota.data} />}
      <Remove account={account.data} />
    </>
  );
}

function useSaved(id: string) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  return async () => {
    await queries.invalidateQueries({ queryKey: ['accounts', id] });
    toast(t('act.saved'));
  };
}

// fieldsOf is what the form shows of an account; the rest of it changes by itself.
const fieldsOf = (a: Account) => [
  a.Name, a.Description, a.AuditInfo, a.TaskAuditInfo, a.StepDataSuccessRetentionHours, a.StepDataErroredRetentionHours, a.TransactionErrorWebhookEnabled, a.TransactionErrorWebhookUrl,
  a.TransactionErrorWebhookIncludeWarnings,
];

function General({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const saved = useSaved(account.Id);
  const [zone, setZone] = useState<string | null>(account.Timezone);
  useEffect(() => setZone(account.Timezone), [account.Timezone]);
  return (
    <Section title={t('accountSettings.general')}>
      <Form
        stored={fieldsOf(account)}
        word={t('act.save')}
        disabled={!may(session, 'Accounts', 'Edit')}
        submit={async ({ text, on }) => {
          await ask(
            accountsUpdatePut({
              path: { account: account.Id },
              body: {
                Name: text('name'), Description: text('description') || null, Timezone: zone, AuditInfo: text('audit') || null, TaskAuditInfo: text('taskAudit') || null,
                StepDataSuccessRetentionHours: numberOrNull(text('success')), StepDataErroredRetentionHours: numberOrNull(text('errored')),
                TransactionErrorWebhookEnabled: on('webhook'), TransactionErrorWebhookUrl: text('webhookUrl') || null, TransactionErrorWebhookIncludeWarnings: on('warnings'),
              },
            }),
          );
          await saved();
        }}
      >
        <TextInput name="name" label={t('accounts.name')} defaultValue={account.Name} required />
        <Textarea name="description" label={t('accounts.description')} defaultValue={account.Description ?? ''} autosize minRows={2} />
        <Select label={t('accounts.zone')} data={zones.includes(account.Timezone) ? zones : [account.Timezone, ...zones]} value={zone} onChange={setZone} searchable allowDeselect={false} />
        <TextInput name="audit" label={t('accountSettings.audit')} defaultValue={account.AuditInfo ?? ''} />
        <TextInput name="taskAudit" label={t('accountSettings.taskAudit')} defaultValue={account.TaskAuditInfo ?? ''} />
        <NumberInput name="success" label={t('accountSettings.success')} description={t('accountSettings.retentionHint')} defaultValue={account.StepDataSuccessRetentionHours ?? ''} min={0} max={744} />
        <NumberInput name="errored" label={t('accountSettings.errored')} description={t('accountSettings.retentionHint')} defaultValue={account.StepDataErroredRetentionHours ?? ''} min={0} max={744} />
        <Switch name="webhook" label={t('accountSettings.webhook')} defaultChecked={account.TransactionErrorWebhookEnabled} />
        <TextInput name="webhookUrl" label={t('accountSettings.webhookUrl')} defaultValue={account.TransactionErrorWebhookUrl ?? ''} />
        <Switch name="warnings" label={t('accountSettings.warnings')} defaultChecked={account.TransactionErrorWebhookIncludeWarnings} />
      </Form>
    </Section>
  );
}

function Limits({ id, quota }: { id: string; quota: Quota }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const saved = useSaved(id);
  return (
    <Section title={t('accountSettings.limits')}>
      <Form
        stored={[quota.TaskQuota, quota.StoredBytesQuota]}
        word={t('act.save')}
        disabled={!may(session, 'Accounts', 'Edit')}
        submit={async ({ text }) => {
          await ask(accountsQuotaPut({ path: { account: id }, body: { TaskQuota: numberOrNull(text('tasks')), StoredBytesQuota: numberOrNull(text('bytes')) } }));
          await saved();
        }}
      >
        <NumberInput name="tasks" label={t('accountSettings.tasks')} description={t('accountSettings.quotaHint')} defaultValue={quota.TaskQuota ?? ''} min={0} />
        <NumberInput name="bytes" label={t('accountSettings.bytes')} description={t('accountSettings.quotaHint')} defaultValue={quota.StoredBytesQuota ?? ''} min={0} />
      </Form>
    </Section>
  );
}

function Remove({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [asked, setAsked] = useState(false);
  const [typed, setTyped] = useState('');
  if (!may(session, 'Accounts', 'Manage')) return null;
  return (
    <Section title={t('accountSettings.delete')}>
      <p>{t('accountSettings.deleteText')}</p>
      <div>
        <Button color="red" variant="outline" onClick={() => setAsked(true)}>
          {t('accountSettings.delete')}
        </Button>
      </div>
      {asked && (
        <ConfirmDialog
          title={t('accountSettings.deleteTitle', { name: account.Name })}
          close={() => setAsked(false)}
          choices={[
            {
              word: t('accountSettings.delete'), danger: true, main: true, disabled: typed !== account.Name,
              act: async () => {
                await ask(accountsDeleteDelete({ path: { account: account.Id } }));
                await navigate({ to: '/accounts' });
                queries.removeQueries({ queryKey: ['accounts', account.Id] });
                await queries.invalidateQueries({ queryKey: ['accounts'] });
                toast(t('accountSettings.deleted', { name: account.Name }));
              },
            },
          ]}
        >
          <p>{t('accountSettings.deleteText')}</p>
          <TextInput label={t('accountSettings.typeName', { name: account.Name })} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} data-autofocus />
        </ConfirmDialog>
      )}
    </Section>
  );
}
