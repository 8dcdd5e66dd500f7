import { Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Account, accountsCreatePost } from '../api';
import { ask } from '../lib/ask';
import { FormDialog } from '../ui/FormDialog';
import { useToast } from '../ui/Toasts';

// AddAccount makes an account, or a sub account of parent.
export function AddAccount({ parent, close }: { parent?: Account; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  return (
    <FormDialog
      title={parent ? t('accounts.addSub') : t('accounts.add')}
      word={t('accounts.create')}
      close={close}
      submit={async ({ text }) => {
        const body = { Name: text('name') || undefined, Id: text('id') || undefined, Description: text('description') || undefined, ParentAccountId: parent?.Id };
        const made = await ask(accountsCreatePost({ body }));
        await queries.invalidateQueries({ queryKey: ['accounts'] });
        toast(t('accounts.created2', { name: made.Name }));
      }}
    >
      <TextInput name="name" label={t('accounts.name')} required data-autofocus maxLength={200} />
      <TextInput name="id" label={t('accounts.id')} description={t('accounts.idHint')} />
      <Textarea name="description" label={t('accounts.description')} autosize minRows={2} />
    </FormDialog>
  );
}
