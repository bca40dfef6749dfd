import { useTranslation } from 'react-i18next';
import type { AgentState } from '@/lib/agent-state';
import type { CallStatus } from '@/lib/contract';
import classes from './state-pill.module.css';

/** The colour of a call's status is the colour of what its agent does. */
const callTone: Record<CallStatus, AgentState> = {
  offered: 'wrap_up', queued: 'wrap_up', ringing: 'ringing', connected: 'on_call', held: 'on_hold', ended: 'offline',
};

function Pill({ tone, text, testId, live }: { tone: AgentState; text: string; testId?: string; live?: boolean }) {
  return (
    <span className={classes.pill} data-tone={tone} data-live={live || undefined} data-testid={testId}>
      <span className={classes.dot} aria-hidden="true" />{text}
    </span>
  );
}

export function AgentStatePill({ state, testId }: { state: AgentState; testId?: string }) {
  const { t } = useTranslation();
  return <Pill tone={state} text={t(`agentState.${state}`)} testId={testId} live={state === 'ringing'} />;
}

export function CallStatusPill({ status, testId }: { status: CallStatus; testId?: string }) {
  const { t } = useTranslation();
  return <Pill tone={callTone[status]} text={t(`callStatus.${status}`)} testId={testId} live={status === 'ringing'} />;
}
