import { NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, accountSettingsGet, accountUpdateSettingsPut } from '../api';
import { ask } from '../lib/ask';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Form } from '../ui/FormDialog';
import { Loading } from '../ui/Loading';
import { PageHead, Section } from '../ui/Page';
import { useToast } from '../ui/Toasts';

const zones = Intl.supportedValuesOf('timeZone');
const numberOrNull = (text: string) => (text === '' ? null : Number(text));

// OwnSettings are the parts of an account that its administrators may change themselves.
export function OwnSettings() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const own = useQuery({ queryKey: [account, 'settings'], queryFn: () => ask(accountSettingsGet({ headers: { 'X-Cyclr-Account': account } })) });
  return (
    <>
      <PageHead title={t('nav.settings')} lead={own.data?.Name} />
      {own.error && !own.data && <ErrorPanel what={t('nav.settings')} error={own.error} retry={own.refetch} />}
      {own.isLoading && <Loading what={t('nav.settings')} card lines={8} />}
      {own.data && <General key={own.data.Id} account={own.data} />}
    </>
  );
}

// fieldsOf is what the form shows of an account; the rest of it changes by itself.
const fieldsOf = (a: Account) => [
  a.Description, a.StepDataSuccessRetentionHours, a.StepDataErroredRetentionHours, a.TransactionErrorWebhookEnabled, a.TransactionErrorWebhookUrl, a.TransactionErrorWebhookIncludeWarnings,
];

function General({ account }: { account: Account }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [zone, setZone] = useState<string | null>(account.Timezone);
  useEffect(() => setZone(account.Timezone), [account.Timezone]);
  return (
    <Section title={t('accountSettings.general')}>
      <Form
        stored={fieldsOf(account)}
        word={t('act.save')}
        submit={async ({ text, on }) => {
          await ask(
            accountUpdateSettingsPut({
              headers: { 'X-Cyclr-Account': account.Id },
              body: {
                Description: text('description') || null, Timezone: zone, StepDataSuccessRetentionHours: numberOrNull(text('success')), StepDataErroredRetentionHours: numberOrNull(text('errored')),
                TransactionErrorWebhookEnabled: on('webhook'), TransactionErrorWebhookUrl: text('webhookUrl') || null, TransactionErrorWebhookIncludeWarnings: on('warnings'),
              },
            }),
          );
          await Promise.all([queries.invalidateQueries({ queryKey: [account.Id] }), queries.invalidateQueries({ queryKey: ['session'] })]); // whose pages show times in the zone
          toast(t('act.saved'));
        }}
      >
        <Textarea name="description" label={t('accounts.description')} defaultValue={account.Description ?? ''} autosize minRows={2} />
        <Select label={t('accounts.zone')} data={zones.includes(account.Timezone) ? zones : [account.Timezone, ...zones]} value={zone} onChange={setZone} searchable allowDeselect={false} />
        <NumberInput name="success" label={t('accountSettings.success')} description={t('accountSettings.retentionHint')} defaultValue={account.StepDataSuccessRetentionHours ?? ''} min={0} max={744} />
        <NumberInput name="errored" label={t('accountSettings.errored')} description={t('accountSettings.retentionHint')} defaultValue={account.StepDataErroredRetentionHours ?? ''} min={0} max={744} />
        <Switch name="webhook" label={t('accountSettings.webhook')} defaultChecked={account.TransactionErrorWebhookEnabled} />
        <TextInput name="webhookUrl" label={t('accountSettings.webhookUrl')} defaultValue={account.TransactionErrorWebhookUrl ?? ''} />
        <Switch name="warnings" label={t('accountSettings.warnings')} defaultChecked={account.TransactionErrorWebhookIncludeWarnings} />
      </Form>
    </Section>
  );
}
