import { useTranslation } from 'react-i18next';

const roles: Record<string, string> = { generated: 'caution', reviewed: 'motion', tested: 'ok', certified: 'ok' };

// Quality is how far somebody answers for a connector's definition.
export function Quality({ of }: { of: string | null | undefined }) {
  const { t } = useTranslation();
  if (!of) return <span className="pl-dim">{t('quality.none')}</span>;
  return (
    <span className={`pl-pill pl-quiet pl-${roles[of] ?? 'off'}`} title={t(`quality.hint.${of}`)}>
      {t(`quality.${of}`)}
    </span>
  );
}
