import i18next from 'i18next';
import { ApiError } from './api-client';

/**
 * A sentence for a person. The server's own sentences are French and say the most; other languages use ours. `details`: sentences
 * to add (usually those of the fields, unless they are shown at the fields).
 */
export function errorText(error: unknown, details?: readonly string[]): string {
  const t = i18next.t.bind(i18next);
  if (!(error instanceof ApiError)) return t('errors.generic');
  if (error.status === 0) return t('errors.unreachable');
  if (error.status === 429) return t('errors.status429', { seconds: error.retryAfter ?? 5 });
  if (error.message && i18next.language === 'fr') {
    return [error.message, ...(details ?? Object.values(error.fields)).filter((sentence) => sentence !== error.message)].join(' ');
  }
  return t([`errors.${error.code}`, `errors.status${error.status}`, 'errors.generic']);
}
