import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useTick } from '@/components/running-time';
import { spanText } from '@/lib/format';
import { retryLive } from '@/stores/live-link';
import { useConnection } from '@/stores/live-store';
import { useReach } from '@/stores/reach-store';
import classes from './connection-state.module.css';

export function ConnectionBadge() {
  const { t } = useTranslation();
  const status = useConnection((connection) => connection.status);
  return (
    <span className={classes.badge} data-status={status} role="status" data-testid="connection-state" title={t(`connection.${status}`)}>
      <span className={classes.dot} aria-hidden="true" />
      <span className={classes.label}>{t(`connection.${status}`)}</span>
    </span>
  );
}

function LostBanner({ lostAt, text, calm }: { lostAt: number; text: (since: string) => string; calm?: boolean }) {
  const { t } = useTranslation();
  useTick();
  const seconds = (Date.now() - lostAt) / 1000;
  // A blink is not worth a banner.
  if (calm && seconds < 1) return null;
  return (
    <div className={classes.banner} role="alert" data-testid="connection-banner">
      <IconPlugConnectedX size={18} aria-hidden="true" />
      <span>{text(spanText(seconds))}</span>
      <Button size="compact-sm" variant="white" color="dark" onClick={retryLive}>{t('connection.resume')}</Button>
    </div>
  );
}

/** Says that what is shown may be old, or that nothing can be saved; gone by itself when the server is back. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const { status, lostAt } = useConnection();
  const awayAt = useReach((reach) => reach.awayAt);
  if (lostAt !== undefined) {
    const stopped = status === 'stopped';
    return <LostBanner lostAt={lostAt} calm={!stopped} text={(since) => (stopped ? t('connection.lostStopped') : t('connection.lost', { since }))} />;
  }
  return awayAt === undefined ? null : <LostBanner lostAt={awayAt} calm text={(since) => t('connection.away', { since })} />;
}
