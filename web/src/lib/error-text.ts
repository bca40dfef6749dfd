import i18next from 'i18next';
import { ApiError } from './api-client';

/** A sentence for a person. The server's own sentences are French and say the most; other languages use ours. */
export function errorText(error: unknown): string {
  const t = i18next.t.bind(i18next);
  if (!(error instanceof ApiError)) return t('errors.generic');
  if (error.status === 0) return t('errors.unreachable');
  if (error.status === 429) return t('errors.status429', { seconds: error.retryAfter ?? 5 });
  if (error.message && i18next.language === 'fr') {
    const fields = Object.values(error.fields);
    return fields.length > 0 && !fields.includes(error.message) ? `${error.message} ${fields.join(' ')}` : error.message;
  }
  return t([`errors.${error.code}`, `errors.status${error.status}`, 'errors.generic']);
}
