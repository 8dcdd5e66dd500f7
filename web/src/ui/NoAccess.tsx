import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from './EmptyState';

// NoAccess says which right is missing, and who can give it.
export function NoAccess({ area, level }: { area: string; level: string }) {
  const { t } = useTranslation();
  return <EmptyState icon={IconLock} title={t('error.noAccess')} text={t('error.missingRight', { area: t(`area.${area}`), level: t(`level.${level}`) })} />;
}
