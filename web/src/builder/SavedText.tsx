import { IconAlertTriangle, IconCheck, IconLoader2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Saving } from './outbox';

// SavedText says how what was changed last is doing.
export function SavedText({ saving }: { saving: Saving }) {
  const { t } = useTranslation();
  const clock = saving.at?.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return (
    <span className="pl-saved" role="status">
      {saving.state === 'saving' ? <IconLoader2 size={14} aria-hidden /> : saving.state === 'failed' || saving.state === 'waiting' ? <IconAlertTriangle size={14} aria-hidden /> : <IconCheck size={14} aria-hidden />}
      {saving.state === 'waiting' ? t('builder.kept') : saving.state === 'saving' ? t('builder.saving') : saving.state === 'failed' ? t('builder.unsaved') : clock ? t('builder.savedAt', { clock }) : t('builder.saved')}
    </span>
  );
}
