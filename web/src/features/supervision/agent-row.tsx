import { ActionIcon } from '@mantine/core';
import { IconHandStop, IconMessage, IconPhoneOff } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { RunningTime } from '@/components/running-time';
import { AgentStatePill } from '@/components/state-pill';
import { agentStateOf } from '@/lib/agent-state';
import type { LiveAgent, LiveCall } from '@/lib/contract';
import { clockText, initials, phoneText } from '@/lib/format';
import { useReasonText } from '@/lib/use-reason-text';
import { agentName } from './board';
import classes from './board-table.module.css';

interface Props {
  agent: LiveAgent;
  call?: LiveCall;
  siteName: string;
  handRaised: boolean;
  onWrite: (agentId: string) => void;
}

function CurrentCall({ call }: { call?: LiveCall }) {
  if (!call) return null;
  return <span className={`num ${classes.nowrap}`}>{phoneText(call.direction === 'outbound' ? call.callee : call.caller)}</span>;
}

interface MessageButtonProps { agentId: string; name: string; testId: string; onWrite: (agentId: string) => void }

/** Apart from its row, which changes far more often. */
const MessageButton = memo(function MessageButton({ agentId, name, testId, onWrite }: MessageButtonProps) {
  const { t } = useTranslation();
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={`${t('agentRow.message')} : ${name}`} title={t('agentRow.message')} onClick={() => onWrite(agentId)} data-testid={testId}>
      <IconMessage size={17} />
    </ActionIcon>
  );
});

/** Redrawn only when its own agent or call changes. */
export const AgentRow = memo(function AgentRow({ agent, call, siteName, handRaised, onWrite }: Props) {
  const { t } = useTranslation();
  const reasonText = useReasonText();
  const state = agentStateOf(agent.status);
  const key = agent.loginId ?? agent.agentId;
  const pending = agent.pendingStatus ? t('agentRow.pending', { state: t(`agentState.${agentStateOf(agent.pendingStatus)}`) }) : '';
  const note = pending || reasonText(agent.reason);
  const counters = agent.counters;
  return (
    <tr data-testid={`agent-row-${key}`} data-state={state}>
      <td data-cell="who">
        <div className={classes.person}>
          <span className={classes.avatar} data-tone={state} aria-hidden="true">{initials(agent.firstName, agent.lastName)}</span>
          <div>
            <span className={classes.main}>{agentName(agent)}</span>{' '}
            {handRaised && <IconHandStop size={16} className={classes.hand} aria-label={t('agentRow.raisedHand')} />}
            {agent.phoneReachable === false && state !== 'offline' && <IconPhoneOff size={15} className={classes.warn} aria-label={t('agentRow.phoneUnreachable')} data-testid={`agent-phone-${key}`} />}
            <span className={`${classes.sub} num`}>{agent.extension ?? agent.loginId}</span>
          </div>
        </div>
      </td>
      <td data-cell="state">
        <AgentStatePill state={state} testId={`agent-status-${key}`} />
        {note && <span className={classes.sub} data-testid={`agent-reason-${key}`}>{note}</span>}
      </td>
      <td data-cell="time"><RunningTime since={state === 'offline' ? null : agent.since} testId={`agent-time-${key}`} /></td>
      <td data-cell="call" data-testid={`agent-call-${key}`}><CurrentCall call={call} /></td>
      <td data-cell="hide">{siteName}</td>
      <td data-cell="hide" className={`${classes.right} num`}>
        {t('agentRow.handled', { count: counters?.callsHandledToday ?? 0 })}
        {!!counters?.averageHandlingTime && <span className={classes.sub}>{t('agentRow.avg', { time: clockText(counters.averageHandlingTime) })}</span>}
      </td>
      <td data-cell="act" className={classes.right}>
        {state !== 'offline' && <MessageButton agentId={agent.agentId} name={agentName(agent)} testId={`agent-message-${key}`} onWrite={onWrite} />}
      </td>
    </tr>
  );
});
