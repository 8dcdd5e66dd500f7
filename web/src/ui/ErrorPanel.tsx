import { Button } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../lib/ask';

// ErrorPanel says what failed, why, and offers the next act, in the place of what failed.
export function ErrorPanel({ what, error, retry, inline = false }: { what: string; error: Error; retry?: () => void; inline?: boolean }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : null;
  const status = problem?.status ?? -1;
  if (status === 403) return <Notice title={t('error.noAccess')} text={t('error.noAccessWhy')} />;
  if (status === 404) return <Notice title={t('error.notFound', { what })} text={t('error.notFoundWhy')} />;
  const why = status === 0 ? t('error.unreachable') : problem?.message || error.message || t('error.unknown');
  return (
    <div className={inline ? 'pl-error pl-error-inline' : 'pl-card pl-error'} role="alert">
      <IconAlertCircle size={18} aria-hidden />
      <div>
        <strong>{t('error.notLoaded', { what })}</strong>
        <p>{why}</p>
        {problem?.requestId && <p className="pl-dim">{t('error.request', { id: problem.requestId })}</p>}
      </div>
      {retry && <Button onClick={retry}>{t('act.tryAgain')}</Button>}
    </div>
  );
}

function Notice({ title, text }: { title: string; text: string }) {
  return (
    <div className="pl-card pl-empty" role="alert">
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}
