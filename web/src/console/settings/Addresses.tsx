import { Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { allowedAddressesGet, allowedAddressesPut } from '../../api';
import { ask } from '../../lib/ask';
import { may, useSession } from '../../lib/session';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Form } from '../../ui/FormDialog';
import { Section } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';

// Addresses says from where programs may call the API. The server refuses a list without the caller's own address.
export function Addresses() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const list = useQuery({ queryKey: ['addresses'], queryFn: () => ask(allowedAddressesGet()) });
  if (list.error && !list.data) return <ErrorPanel what={t('settings.addresses')} error={list.error} retry={list.refetch} />;
  if (!list.data) return null;
  return (
    <Section title={t('settings.addresses')} lead={t('addresses.lead')}>
      <Form
        stored={list.data}
        word={t('act.save')}
        disabled={!may(session, 'IPRestrictions', 'Edit')}
        submit={async ({ text }) => {
          await ask(allowedAddressesPut({ body: { Addresses: text('list').split(/[\s,]+/).filter(Boolean) } }));
          await queries.invalidateQueries({ queryKey: ['addresses'] });
          toast(t('act.saved'));
        }}
      >
        <Textarea name="list" label={t('addresses.list')} description={t('addresses.hint')} defaultValue={(list.data.Addresses ?? []).join('\n')} autosize minRows={4} className="pl-code-input" />
      </Form>
    </Section>
  );
}
