import { memo, useSyncExternalStore } from 'react';
import { clockText } from '@/lib/format';
import { subscribeTick, tickNow } from '@/lib/server-clock';

/** The server's time in ms, once a second, from the page's one clock. */
// eslint-disable-next-line react-refresh/only-export-components
export function useTick(): number {
  return useSyncExternalStore(subscribeTick, tickNow);
}

interface Props { since?: string | number | null; until?: string | null; className?: string; testId?: string }

/** Time since (or left until) a moment of the server's clock. Redraws itself, never its row. */
export const RunningTime = memo(function RunningTime({ since, until, className = '', testId }: Props) {
  const now = useTick();
  const from = typeof since === 'number' ? since : Date.parse(since ?? '');
  const seconds = until ? Math.ceil((Date.parse(until) - now) / 1000) : (now - from) / 1000;
  return <span className={`num ${className}`} data-testid={testId}>{Number.isNaN(seconds) ? '–' : clockText(seconds)}</span>;
});
