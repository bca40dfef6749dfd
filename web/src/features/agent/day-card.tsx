import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';
import { clockText, spanText } from '@/lib/format';
import { useOwnAgent } from './use-own';
import classes from './day-card.module.css';

/** The agent's own figures of the day, as the server counts them. */
export function DayCard() {
  const { t } = useTranslation();
  const day = useOwnAgent()?.counters ?? {};
  const lines: [string, string][] = [
    ['handled', String(day.callsHandledToday ?? 0)],
    ['avgHandling', day.averageHandlingTime ? clockText(day.averageHandlingTime) : '–'],
    ['avgTalk', day.averageTalkTime ? clockText(day.averageTalkTime) : '–'],
    ['pauses', String(day.pauseCount ?? 0)],
    ['pauseTime', spanText(day.totalPauseTime ?? 0)],
    ['connected', spanText(day.totalConnectedTime ?? 0)],
  ];
  return (
    <Panel title={t('agent.day')} testId="day-card">
      <dl className={classes.list}>
        {lines.map(([name, value]) => <div key={name}><dt>{t(`agent.${name}`)}</dt><dd className="num" data-testid={`day-${name}`}>{value}</dd></div>)}
      </dl>
    </Panel>
  );
}
