import { useTranslation } from 'react-i18next';

/** Pause reasons are what the agent chose, or a token when the system paused him. */
export function useReasonText(): (reason?: string | null) => string {
  const { t, i18n } = useTranslation();
  return (reason) => (reason ? (i18n.exists(`pauseReason.${reason}`) ? t(`pauseReason.${reason}`) : reason) : '');
}
