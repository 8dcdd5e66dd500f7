import { Switch, Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Addresses as AllowedAddresses, allowedAddressesGet, allowedAddressesPut } from '../../api';
import { ask } from '../../lib/ask';
import { may, useSession } from '../../lib/session';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Form } from '../../ui/FormDialog';
import { Section } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';
import { Loading } from '../../ui/Loading';

// Addresses says from where programs may call the API and people may use the console. The server refuses lists that shut their author out.
export function Addresses() {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['addresses'], queryFn: () => ask(allowedAddressesGet()) });
  if (list.error && !list.data) return <ErrorPanel what={t('settings.addresses')} error={list.error} retry={list.refetch} />;
  if (!list.data) return <Loading what={t('settings.addresses')} card lines={5} />;
  return <Lists of={list.data} />;
}

const addressesOf = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function Lists({ of }: { of: AllowedAddresses }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const [apart, setApart] = useState(of.ConsoleAddresses !== null);
  useEffect(() => setApart(of.ConsoleAddresses !== null), [of.ConsoleAddresses]);
  return (
    <Section title={t('settings.addresses')} lead={t('addresses.lead')}>
      <p className="pl-note">{t('addresses.yours', { address: of.YourAddress })}</p>
      <Form
        stored={of}
        word={t('act.save')}
        disabled={!may(session, 'IPRestrictions', 'Edit')}
        submit={async ({ text }) => {
          await ask(allowedAddressesPut({ body: { Addresses: addressesOf(text('list')), ConsoleAddresses: apart ? addressesOf(text('console')) : null, DataOnDemandAddresses: addressesOf(text('methods')) } }));
          await queries.invalidateQueries({ queryKey: ['addresses'] });
          toast(t('act.saved'));
        }}
      >
        <Textarea name="list" label={t('addresses.list')} description={t('addresses.hint')} defaultValue={(of.Addresses ?? []).join('\n')} autosize minRows={4} className="pl-code-input" />
        <Switch label={t('addresses.apart')} description={t('addresses.apartHint')} checked={apart} onChange={(e) => setApart(e.currentTarget.checked)} />
        {apart && <Textarea name="console" label={t('addresses.console')} description={t('addresses.hint')} defaultValue={(of.ConsoleAddresses ?? []).join('\n')} autosize minRows={4} className="pl-code-input" />}
        <Textarea name="methods" label={t('addresses.methods')} description={t('addresses.methodsHint')} defaultValue={(of.DataOnDemandAddresses ?? []).join('\n')} autosize minRows={3} className="pl-code-input" />
      </Form>
    </Section>
  );
}
