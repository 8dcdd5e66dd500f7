import { Button, Group, Modal, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Account, accountsCreatePost } from '../api';
import { ask } from '../lib/ask';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';

// AddAccount makes an account, or a sub account of parent. What was typed stays when the server refuses it.
export function AddAccount({ parent, close }: { parent?: Account; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  async function submit(e: FormEvent<HTMLFormElement>) {
    e.preventDefault();
    const form = new FormData(e.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '').trim() || undefined;
    setBusy(true);
    setFailed(null);
    try {
      const made = await ask(accountsCreatePost({ body: { Name: text('name'), Id: text('id'), Description: text('description'), ParentAccountId: parent?.Id } }));
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      toast(t('accounts.created2', { name: made.Name }));
      close();
    } catch (err) {
      setFailed(err as Error);
      setBusy(false);
    }
  }
  return (
    <Modal opened onClose={close} title={parent ? t('accounts.addSub') : t('accounts.add')} centered closeButtonProps={{ 'aria-label': t('act.close') }}>
      <form className="pl-form" onSubmit={submit}>
        <TextInput name="name" label={t('accounts.name')} required data-autofocus maxLength={200} />
        <TextInput name="id" label={t('accounts.id')} description={t('accounts.idHint')} />
        <Textarea name="description" label={t('accounts.description')} autosize minRows={2} />
        {failed && (
          <p className="pl-field-error" role="alert">
            {wordsOf(failed, t)}
          </p>
        )}
        <Group justify="flex-end" gap={8}>
          <Button onClick={close}>{t('act.cancel')}</Button>
          <Button type="submit" variant="filled" loading={busy}>
            {t('accounts.create')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
