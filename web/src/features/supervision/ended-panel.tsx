import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Panel } from '@/components/panel';
import type { EndedCall } from '@/lib/contract';
import { clockText, phoneText } from '@/lib/format';
import { useLive } from '@/stores/live-store';
import { useAgentName, useFilter } from './use-board';
import classes from './side-panels.module.css';

const shown = 12;

const EndedLine = memo(function EndedLine({ call }: { call: EndedCall }) {
  const { t, i18n } = useTranslation();
  const agent = useAgentName(call.agentId);
  const other = phoneText(call.direction === 'outbound' ? call.callee : call.caller) || t('call.unknownCaller');
  return (
    <li className={classes.item} data-testid={`ended-call-row-${call.callId}`} data-reason={call.endReason}>
      <div className={classes.line}>
        <strong className="num">{other}</strong>
        <span className="dim num">{new Date(call.endedAt).toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit', second: '2-digit' })}</span>
      </div>
      <div className={classes.line}>
        <span className="dim">{t([`endReason.${call.endReason ?? 'unknown'}`, 'endReason.unknown'])}</span>
        <span className="dim num">{call.duration === undefined ? '' : clockText(call.duration)}</span>
      </div>
      {agent && <span className={classes.small}>{t('call.withAgent', { agent })}</span>}
    </li>
  );
});

/** What ended while this page was open; history has its own page. */
export function EndedPanel() {
  const { t } = useTranslation();
  const ended = useLive((live) => live.ended);
  const siteId = useFilter((filter) => filter.siteId);
  const list = ended.filter((call) => !siteId || !call.siteId || call.siteId === siteId).slice(0, shown);
  return (
    <Panel title={t('supervision.ended')} testId="ended-panel">
      {list.length === 0 ? <EmptyState text={t('supervision.noEnded')} /> : (
        <ul className={classes.list}>{list.map((call) => <EndedLine key={call.callId} call={call} />)}</ul>
      )}
    </Panel>
  );
}
