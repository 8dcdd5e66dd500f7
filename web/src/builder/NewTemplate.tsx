import '../text/builder';
import { Button, Textarea, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { templatesCreatePost, templatesReleasesGet } from '../api';
import { ask } from '../lib/ask';
import { PageHead } from '../ui/Page';
import { wordsOf } from '../ui/words';

// NewTemplate begins a template: its name, and then its empty canvas.
export function NewTemplate() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [failed, setFailed] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const create = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    try {
      const made = await ask(templatesCreatePost({ body: { Name: name.trim(), Description: description.trim() || null } }));
      const releases = await ask(templatesReleasesGet({ path: { id: made.Id } }));
      await navigate({ to: '/templates/$id/releases/$release/build', params: { id: made.Id, release: releases?.[0]?.Id ?? '' } });
    } catch (err) {
      setFailed(err as Error);
      setBusy(false);
    }
  };
  return (
    <>
      <PageHead title={t('templates.new')} lead={t('builder.newTemplateLead')} />
      <form className="pl-card pl-form pl-pad" style={{ maxWidth: 520 }} onSubmit={create}>
        <TextInput label={t('setup.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} required autoFocus error={failed ? wordsOf(failed, t) : undefined} />
        <Textarea label={t('setup.description')} value={description} onChange={(e) => setDescription(e.currentTarget.value)} autosize minRows={2} />
        <div>
          <Button type="submit" variant="filled" loading={busy} disabled={name.trim() === ''}>
            {t('builder.openCanvas')}
          </Button>
        </div>
      </form>
    </>
  );
}
