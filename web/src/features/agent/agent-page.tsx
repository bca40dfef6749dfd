import { useTranslation } from 'react-i18next';
import { CallCard } from './call-card';
import { DayCard } from './day-card';
import { DialCard } from './dial-card';
import { MessagesCard } from './messages-card';
import { StateCard } from './state-card';
import classes from './agent-page.module.css';

/** An agent's own desk: his state, his call, the dialler, his supervisor. */
export default function AgentPage() {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <h1 className="sr-only">{t('agent.title')}</h1>
      <div className={classes.state}><StateCard /></div>
      <div className={classes.call}><CallCard /></div>
      <div className={classes.dial}><DialCard /></div>
      <div className={classes.side}><MessagesCard /><DayCard /></div>
    </div>
  );
}
