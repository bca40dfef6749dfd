import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { RunningTime } from '@/components/running-time';
import { agentStateOrder } from '@/lib/agent-state';
import { useLive } from '@/stores/live-store';
import { callFigures, countByState, dayFigures } from './board';
import { useAgentsShown, useCallsShown } from './use-board';
import classes from './kpi-row.module.css';

interface TileProps { label: string; testId: string; tone?: 'warn' | 'bad'; hint?: ReactNode; children: ReactNode }

function Tile({ label, testId, tone, hint, children }: TileProps) {
  return (
    <div className={classes.tile} data-tone={tone}>
      <span className={classes.label}>{label}</span>
      <span className={`${classes.value} num`} data-testid={testId}>{children}</span>
      <span className={classes.hint}>{hint}</span>
    </div>
  );
}

function CallTiles() {
  const { t } = useTranslation();
  const calls = useCallsShown();
  const figures = useMemo(() => callFigures(calls), [calls]);
  return (
    <>
      <Tile
        label={t('kpi.liveCalls')} testId="kpi-live-calls"
        hint={`${t('kpi.inbound', { count: figures.inbound })} · ${t('kpi.outbound', { count: figures.outbound })}`}
      >{figures.live}</Tile>
      <Tile
        label={t('kpi.waiting')} testId="kpi-waiting" tone={figures.waiting > 0 ? 'warn' : undefined}
        hint={figures.oldestWait
          ? <>{t('kpi.longestWait')} <RunningTime since={figures.oldestWait} testId="kpi-longest-wait" /></>
          : t('kpi.waitingNone')}
      >{figures.waiting}</Tile>
    </>
  );
}

function DayTiles() {
  const { t, i18n } = useTranslation();
  const queues = useLive((live) => live.queues);
  const day = useMemo(() => dayFigures(queues), [queues]);
  const level = day.serviceLevel;
  return (
    <>
      <Tile
        label={t('kpi.answered')} testId="kpi-answered"
        hint={<span data-testid="kpi-abandoned">{t('kpi.abandoned', { count: day.abandoned, rate: day.abandonRate.toLocaleString(i18n.language) })}</span>}
      >{day.answered}</Tile>
      <Tile
        label={t('kpi.serviceLevel')} testId="kpi-service-level" hint={t('kpi.serviceLevelHint')}
        tone={level === undefined || level >= 80 ? undefined : level >= 60 ? 'warn' : 'bad'}
      >{level === undefined ? '–' : `${level} %`}</Tile>
    </>
  );
}

function AgentsTile() {
  const { t } = useTranslation();
  const agents = useAgentsShown();
  const counts = useMemo(() => countByState(agents), [agents]);
  const connected = agents.length - counts.offline;
  const present = agentStateOrder.filter((state) => state !== 'offline' && counts[state] > 0);
  return (
    <div className={`${classes.tile} ${classes.agents}`}>
      <span className={classes.label}>{t('kpi.agents')}</span>
      <span className={`${classes.value} num`}>
        <span data-testid="kpi-agents-connected">{connected}</span>
        <span className={classes.of}>{t('kpi.agentsOf', { total: agents.length })}</span>
      </span>
      <div className={classes.bar} aria-hidden="true">
        {present.map((state) => <span key={state} data-tone={state} style={{ flexGrow: counts[state] }} />)}
      </div>
      <ul className={classes.legend}>
        {present.map((state) => (
          <li key={state}><span className={classes.dot} data-tone={state} aria-hidden="true" />{t(`agentState.${state}`)} <b className="num" data-testid={`kpi-agents-${state}`}>{counts[state]}</b></li>
        ))}
      </ul>
    </div>
  );
}

export function KpiRow() {
  const { t } = useTranslation();
  return (
    <section className={classes.row} aria-label={t('kpi.title')}>
      <CallTiles />
      <DayTiles />
      <AgentsTile />
    </section>
  );
}
