import { Button, CopyButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';

// Reveal shows a value that somebody is to copy.
export function Reveal({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <div className="pl-small">{label}</div>
      <div className="pl-reveal">
        <code>{value}</code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button size="xs" onClick={copy} aria-label={`${t('act.copy')}, ${label}`}>
              {copied ? t('act.copied') : t('act.copy')}
            </Button>
          )}
        </CopyButton>
      </div>
    </div>
  );
}
