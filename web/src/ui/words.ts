import type { TFunction } from 'i18next';
import { Problem } from '../lib/ask';

// wordsOf is what a person is told of a failed act.
export function wordsOf(error: Error, t: TFunction): string {
  if (!(error instanceof Problem)) return error.message;
  if (error.status === 0) return t('error.unreachable');
  if (error.status === 403 && !error.message) return t('error.noAccess');
  return error.message || t('error.unknown');
}
