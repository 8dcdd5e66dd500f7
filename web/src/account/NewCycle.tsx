import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { cyclesCreatePost } from '../api';
import { ask } from '../lib/ask';
import { FormDialog } from '../ui/FormDialog';

// NewCycle begins a cycle without a template: its name, and then its empty canvas.
export function NewCycle({ account, close }: { account: string; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <FormDialog
      title={t('cycles.new')}
      word={t('cycles.create')}
      close={close}
      submit={async ({ text }) => {
        const cycle = await ask(cyclesCreatePost({ headers: { 'X-Cyclr-Account': account }, body: { Name: text('name') } }));
        await queries.invalidateQueries({ queryKey: [account] });
        await navigate({ to: '/a/$account/cycles/$cycle/build', params: { account, cycle: cycle.Id } });
      }}
    >
      <p>{t('cycles.newText')}</p>
      <TextInput name="name" label={t('templates.name')} required data-autofocus />
    </FormDialog>
  );
}
