import { Select, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, accountsCreatePost } from '../api';
import { ask } from '../lib/ask';
import { ownZone } from '../lib/zone';
import { FormDialog } from '../ui/FormDialog';
import { useToast } from '../ui/Toasts';

const zones = Intl.supportedValuesOf('timeZone');

// AddAccount makes an account, or a sub account of parent.
export function AddAccount({ parent, close }: { parent?: Account; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [zone, setZone] = useState<string | null>(parent?.Timezone ?? ownZone);
  return (
    <FormDialog
      title={parent ? t('accounts.addSub') : t('accounts.add')}
      word={t('accounts.create')}
      close={close}
      submit={async ({ text }) => {
        const body = { Name: text('name') || undefined, Id: text('id') || undefined, Description: text('description') || undefined, Timezone: zone ?? undefined, ParentAccountId: parent?.Id };
        const made = await ask(accountsCreatePost({ body }));
        await queries.invalidateQueries({ queryKey: ['accounts'] });
        toast(t('accounts.created2', { name: made.Name }));
      }}
    >
      <TextInput name="name" label={t('accounts.name')} required data-autofocus maxLength={200} />
      <TextInput name="id" label={t('accounts.id')} description={t('accounts.idHint')} />
      <Select label={t('accounts.zone')} description={t('accounts.zoneHint')} data={zones.includes(zone ?? '') || !zone ? zones : [zone, ...zones]} value={zone} onChange={setZone} searchable allowDeselect={false} />
      <Textarea name="description" label={t('accounts.description')} autosize minRows={2} />
    </FormDialog>
  );
}
