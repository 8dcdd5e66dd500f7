import { Button, MultiSelect, NumberInput, Switch, Textarea, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Template } from '../../api';
import type { Card } from './cards';
import { Picture } from './Picture';
import { RichText } from './RichText';

// CardForm changes one card; what there is to change depends on its kind.
export function CardForm({ card: c, put, templates, remove, fixed }: { card: Card; put: (change: Partial<Card>) => void; templates: Template[]; remove: () => void; fixed: boolean }) {
  const { t } = useTranslation();
  const known = new Set(templates.map((x) => x.Id));
  const choices = [...templates.map((x) => ({ value: x.Id, label: x.Name })), ...(c.TemplateIds ?? []).filter((id) => !known.has(id)).map((value) => ({ value, label: `${t('market.missing')} ${value.slice(0, 8)}` }))];
  const html = (name: 'Description' | 'HeaderHtml' | 'FooterHtml' | 'CompleteMessage', label: string) => (
    <Textarea label={label} className="pl-code-input" value={c[name] ?? ''} onChange={(e) => put({ [name]: e.currentTarget.value })} autosize minRows={2} maxRows={12} disabled={fixed} />
  );
  const on = (name: 'Single' | 'AutoStart' | 'AskName' | 'ReturnAfter' | 'Search' | 'TagFilter', label: string) => (
    <Switch label={label} checked={!!c[name]} onChange={(e) => put({ [name]: e.currentTarget.checked })} disabled={fixed} />
  );
  return (
    <section className="pl-card pl-section" aria-label={t(`market.kinds.${c.Kind}`)}>
      <h2>{t(`market.kinds.${c.Kind}`)}</h2>
      <TextInput label={t('market.cardTitle')} value={c.Title ?? ''} maxLength={200} required={c.Kind !== 'Text'} onChange={(e) => put({ Title: e.currentTarget.value })} disabled={fixed} />
      {c.Kind === 'Text' ? <RichText key={c.Id} label={t('market.text')} value={c.Description ?? ''} put={(Description) => put({ Description })} disabled={fixed} /> : html('Description', t('market.description'))}
      {c.Kind === 'Package' && <MultiSelect label={t('market.templates')} data={choices} value={c.TemplateIds ?? []} onChange={(TemplateIds) => put({ TemplateIds })} searchable disabled={fixed} />}
      {c.Kind === 'Link' && (
        <>
          <TextInput label={t('market.url')} value={c.Url ?? ''} onChange={(e) => put({ Url: e.currentTarget.value })} disabled={fixed} />
          <TextInput label={t('market.linkText')} description={t('market.linkHint')} value={c.LinkText ?? ''} maxLength={200} onChange={(e) => put({ LinkText: e.currentTarget.value })} disabled={fixed} />
        </>
      )}
      {c.Kind !== 'Text' && (
        <>
          <div className="pl-pair">
            <Picture label={t('market.image')} value={c.Image ?? ''} put={(Image) => put({ Image })} most={512} disabled={fixed} />
            <Picture label={t('market.secondImage')} value={c.SecondImage ?? ''} put={(SecondImage) => put({ SecondImage })} most={512} disabled={fixed} />
          </div>
          <Tags value={c.Tags ?? []} put={(Tags) => put({ Tags })} fixed={fixed} />
        </>
      )}
      {c.Kind === 'Package' && (
        <>
          {on('Single', t('market.single'))}
          {on('AutoStart', t('market.auto'))}
          {on('AskName', t('market.askName'))}
          {on('ReturnAfter', t('market.back'))}
          {html('CompleteMessage', t('market.message'))}
        </>
      )}
      {c.Kind === 'Category' && (
        <>
          <NumberInput label={t('market.columns')} description={t('market.columnsHint')} min={1} max={6} value={c.Columns || ''} onChange={(v) => put({ Columns: Number(v) || 0 })} disabled={fixed} />
          {on('Search', t('market.search'))}
          {on('TagFilter', t('market.filter'))}
          {html('HeaderHtml', t('market.header'))}
          {html('FooterHtml', t('market.footer'))}
        </>
      )}
      {!fixed && <div><Button leftSection={<IconTrash size={14} />} onClick={remove}>{t('market.remove')}</Button></div>}
    </section>
  );
}

// Tags are typed as one line. What is typed stays as it is while it is typed.
function Tags({ value, put, fixed }: { value: string[]; put: (tags: string[]) => void; fixed: boolean }) {
  const { t } = useTranslation();
  return (
    <TextInput
      key={value.join()} label={t('market.tags')} description={t('market.tagsHint')} defaultValue={value.join(', ')} disabled={fixed}
      onBlur={(e) => put(e.currentTarget.value.split(',').map((x) => x.trim()).filter(Boolean))}
    />
  );
}
