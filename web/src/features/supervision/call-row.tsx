import { IconPhoneIncoming, IconPhoneOutgoing } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { HangupButton } from '@/components/hangup-button';
import { RunningTime } from '@/components/running-time';
import { CallStatusPill } from '@/components/state-pill';
import type { LiveCall } from '@/lib/contract';
import { phoneText } from '@/lib/format';
import { useAgentName, useLineName, useSiteName, useTrunkName } from './use-board';
import classes from './board-table.module.css';

/** Redrawn only when its own call changes. */
export const CallRow = memo(function CallRow({ call }: { call: LiveCall }) {
  const { t } = useTranslation();
  const agent = useAgentName(call.agentId);
  const line = useLineName(call.queueId, call.campaignId);
  const trunk = useTrunkName(call.trunkId);
  const site = useSiteName()(call.siteId);
  const outbound = call.direction === 'outbound';
  const Arrow = outbound ? IconPhoneOutgoing : IconPhoneIncoming;
  const caller = phoneText(call.caller) || t('call.unknownCaller');
  const direction = t(`direction.${outbound ? 'outbound' : 'inbound'}`);
  return (
    <tr data-testid={`call-row-${call.callId}`} data-status={call.status} data-direction={call.direction} data-caller={call.caller} data-callee={call.callee}>
      <td data-cell="dir"><span className={classes.arrow} data-direction={call.direction} title={direction}><Arrow size={17} aria-label={direction} /></span></td>
      <td data-cell="from" className={`${classes.main} num`} data-testid="call-from">{caller}</td>
      <td data-cell="to" className={`${classes.nowrap} num`} data-testid="call-to">{phoneText(call.callee)}</td>
      <td data-cell="agent" data-testid="call-agent">{agent}</td>
      <td data-cell="hide" data-testid="call-queue">{line}</td>
      <td data-cell="hide" className={classes.nowrap} title={site}>{trunk}</td>
      <td data-cell="status" className={classes.nowrap}>
        <CallStatusPill status={call.status ?? 'offered'} testId="call-status" />
        {call.recording && <span className={classes.rec} role="img" aria-label={t('call.recording')} title={t('call.recording')} />}
      </td>
      <td data-cell="time" className={classes.right}><RunningTime since={call.timestamp} className={classes.main} testId="call-duration" /></td>
      <td data-cell="act" className={classes.right}><HangupButton callId={call.callId} caller={caller} /></td>
    </tr>
  );
});
