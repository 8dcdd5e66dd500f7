import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { StepInput } from '../api';
import type { SetupData } from './MappingTable';
import { listsOf, listOf, type Row } from './model';

// UniqueFields says by which field the items of several lists find each other, where a step takes values from several.
export function UniqueFields({ rows, change, fields, step, edit, nameOfStep }: SetupData & { rows: Row[]; change: (input: StepInput) => unknown }) {
  const { t } = useTranslation();
  const keys = step.CollectionKeys ?? [];
  const lists = listsOf(rows, keys);
  if (lists.length < 2 && keys.length === 0) return null;
  const put = (list: { step: string; at: string }, location: string | null) => {
    const rest = keys.filter((k) => !(k.SourceStepId === list.step && listOf(k.SourceLocation) === list.at));
    void change({ CollectionKeys: location ? [...rest, { SourceStepId: list.step, SourceLocation: location }] : rest });
  };
  return (
    <section className="pl-setup-form" aria-label={t('setup.unique')}>
      <h3>{t('setup.unique')}</h3>
      <p className="pl-dim">{t('setup.uniqueLead')}</p>
      {lists.map((list) => {
        const key = keys.find((k) => k.SourceStepId === list.step && listOf(k.SourceLocation) === list.at);
        const known = fields.filter((f) => f.StepId === list.step && listOf(f.Location) === list.at).map((f) => f.Location);
        return (
          <Select
            key={`${list.step} ${list.at}`} label={`${nameOfStep(list.step) ?? t('setup.goneStep')}: ${list.at}`} disabled={!edit} searchable clearable placeholder={t('setup.noUnique')}
            clearButtonProps={{ 'aria-label': t('setup.noUnique') }} data={[...new Set([...known, ...(key ? [key.SourceLocation] : [])])]} value={key?.SourceLocation ?? null} onChange={(v) => put(list, v)}
          />
        );
      })}
    </section>
  );
}
