import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Panel } from '@/components/panel';
import { RunningTime } from '@/components/running-time';
import type { LiveQueue } from '@/lib/contract';
import { useLive } from '@/stores/live-store';
import { useLineName } from './use-board';
import classes from './side-panels.module.css';

const QueueCard = memo(function QueueCard({ queue }: { queue: LiveQueue }) {
  const { t } = useTranslation();
  const name = useLineName(queue.queueId);
  const waiting = queue.waiting ?? 0;
  const oldest = waiting === 0 ? undefined
    : queue.oldestSince ?? (queue.receivedAt === undefined ? undefined : queue.receivedAt - (queue.longestWait ?? 0) * 1000);
  const calls = (queue.answered ?? 0) + (queue.abandoned ?? 0);
  const level = Math.round(queue.serviceLevel ?? 100);
  return (
    <li className={classes.item} data-testid={`queue-card-${queue.queueId}`}>
      <div className={classes.line}>
        <strong className={classes.name}>{name}</strong>
        <span className={classes.waiting} data-some={waiting > 0 || undefined}>
          <b className="num" data-testid="queue-waiting">{waiting}</b> {t('queue.waiting')}
          {oldest !== undefined && <> · <RunningTime since={oldest} /></>}
        </span>
      </div>
      <div className={classes.facts}>
        <span><b className="num" data-tone="available">{queue.agentsAvailable ?? 0}</b> {t('queue.available')}</span>
        <span><b className="num" data-tone="on_call">{queue.agentsBusy ?? 0}</b> {t('queue.busy')}</span>
        <span><b className="num" data-tone="paused">{queue.agentsPaused ?? 0}</b> {t('queue.paused')}</span>
      </div>
      <div className={classes.level} title={`${t('queue.sl')} : ${level} %`}>
        <div className={classes.track}><div className={classes.fill} data-low={level < 80 || undefined} style={{ width: `${calls === 0 ? 0 : level}%` }} /></div>
        <span className="num">{calls === 0 ? '–' : `${level} %`}</span>
      </div>
      <div className={classes.facts}>
        <span><b className="num" data-testid="queue-answered">{queue.answered ?? 0}</b> {t('queue.answered')}</span>
        <span><b className="num" data-testid="queue-abandoned">{queue.abandoned ?? 0}</b> {t('queue.abandoned')}</span>
      </div>
    </li>
  );
});

export function QueuesPanel() {
  const { t } = useTranslation();
  const queues = useLive((live) => live.queues);
  const list = Object.values(queues);
  return (
    <Panel title={t('supervision.queues')} count={list.length} testId="queues-panel">
      {list.length === 0 ? <EmptyState text={t('supervision.noQueues')} /> : (
        <ul className={classes.list}>{list.map((queue) => <QueueCard key={queue.queueId} queue={queue} />)}</ul>
      )}
    </Panel>
  );
}
