import { useTranslation } from 'react-i18next';
import type { Status } from './status';

// StatusPill shows one word of the status vocabulary; quiet has no background, for dense rows.
export function StatusPill({ status, quiet = false }: { status: Status; quiet?: boolean }) {
  const { t } = useTranslation();
  const Icon = status.icon;
  return (
    <span className={`pl-pill pl-${status.role}${quiet ? ' pl-quiet' : ''}`}>
      <Icon size={13} aria-hidden />
      {t(`status.${status.word}`)}
    </span>
  );
}
