import { useTranslation } from 'react-i18next';

// Loading stands where something is being read: grey lines in its place, after a moment.
export function Loading({ what, lines = 4, card = false }: { what: string; lines?: number; card?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={`pl-late pl-lines${card ? ' pl-card' : ''}`} role="status" aria-label={t('table.loading', { what })}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
