import { useTranslation } from 'react-i18next';
import type { EndNote } from '@/stores/session-store';

/** Why the last session ended, as a sentence; the server's reason may be a token or already a sentence. */
export function useEndText(end: EndNote | undefined): string | undefined {
  const { t } = useTranslation();
  if (!end) return undefined;
  if (end.kind === 'expired') return t('auth.expired');
  const reason = end.reason ?? '';
  if (/\s/.test(reason)) return t('auth.forced', { reason });
  return t('auth.forced', { reason: t([`auth.reason.${reason || 'default'}`, 'auth.reason.default']) });
}
