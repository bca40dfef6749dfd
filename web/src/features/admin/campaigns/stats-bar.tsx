import { useTranslation } from 'react-i18next';
import type { ContactStats } from '@/lib/contract';
import classes from './stats-bar.module.css';

const none: ContactStats = { total: 0, pending: 0, called: 0, qualified: 0, locked: 0 };

/** How far a campaign is: qualified, called, still to call. */
export function StatsBar({ stats = none, compact }: { stats?: ContactStats; compact?: boolean }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => value.toLocaleString(i18n.language);
  const share = (value: number) => (stats.total > 0 ? (100 * value) / stats.total : 0);
  const bar = (
    <span className={classes.bar} aria-hidden="true">
      <span data-part="qualified" style={{ width: `${share(stats.qualified)}%` }} />
      <span data-part="called" style={{ width: `${share(stats.called)}%` }} />
    </span>
  );
  if (compact) {
    return (
      <span className={classes.compact} title={t('admin.campaign.progress', { done: number(stats.qualified + stats.called), total: number(stats.total) })}>
        {bar}<span className="num">{number(stats.total)}</span>
      </span>
    );
  }
  return (
    <div data-testid="contact-stats">
      <dl className={classes.figures}>
        {(['total', 'pending', 'called', 'qualified', 'locked'] as const).map((name) => (
          <div key={name} data-part={name}><dt>{t(`admin.stats.${name}`)}</dt><dd className="num" data-testid={`stats-${name}`}>{number(stats[name])}</dd></div>
        ))}
      </dl>
      {bar}
    </div>
  );
}
