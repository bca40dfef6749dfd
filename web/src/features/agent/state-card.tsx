import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconCoffee, IconHandStop, IconHeadset, IconPhone, IconPhoneOff, IconSchool } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RunningTime } from '@/components/running-time';
import { agentStateLabels, agentStateOf, type AgentState } from '@/lib/agent-state';
import { say, sayError } from '@/lib/say';
import { useReasonText } from '@/lib/use-reason-text';
import { sendLive } from '@/stores/live-link';
import { api, useSession } from '@/stores/session-store';
import { useOwnAgent, useWrapUpEnd } from './use-own';
import classes from './state-card.module.css';

type Wanted = Extract<AgentState, 'available' | 'paused' | 'training'>;

function StateHead({ state }: { state: AgentState }) {
  const { t } = useTranslation();
  const reasonText = useReasonText();
  const agent = useOwnAgent();
  const wrapUpEnd = useWrapUpEnd();
  const note = agent?.pendingStatus
    ? t('agent.pendingHint', { state: t(`agentState.${agentStateOf(agent.pendingStatus)}`) })
    : reasonText(agent?.reason) || (state === 'offline' ? t('agent.notConnected') : '');
  return (
    <div className={classes.head}>
      <span className={classes.sign} aria-hidden="true"><IconHeadset size={30} stroke={1.7} /></span>
      <div className={classes.words}>
        <span className={classes.label}>{t('agent.state')}</span>
        <span className={classes.name} data-testid="own-status">{t(`agentState.${state}`)}</span>
        {note && <span className={classes.note} data-testid="own-reason">{note}</span>}
      </div>
      <div className={classes.time}>
        {state === 'wrap_up' && wrapUpEnd ? (
          <><span className={classes.label}>{t('agent.wrapUpLeft')}</span><RunningTime until={wrapUpEnd} className={classes.clock} testId="own-wrap-up" /></>
        ) : (
          <><span className={classes.label}>{t('agent.since')}</span><RunningTime since={state === 'offline' ? null : agent?.since} className={classes.clock} testId="own-time" /></>
        )}
      </div>
    </div>
  );
}

function StateButtons({ state, userId }: { state: AgentState; userId: string }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState<Wanted>();
  const reasons = t('agent.reasons', { returnObjects: true }) as unknown as string[];
  async function change(wanted: Wanted, reason?: string) {
    setBusy(wanted);
    try {
      await api.post(`/agents/${encodeURIComponent(userId)}/status`, { status: agentStateLabels[wanted], ...(reason ? { reason } : {}) });
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(undefined);
    }
  }
  // Pause and training are for those who are on duty: the server refuses them to whoever is offline.
  const off = state === 'offline';
  const look = (mine: AgentState) => ({ variant: state === mine ? 'filled' : 'default', 'aria-pressed': state === mine });
  return (
    <div className={classes.buttons}>
      <Button {...look('available')} color="teal.8" size="md" leftSection={<IconHeadset size={18} />} loading={busy === 'available'} onClick={() => void change('available')} data-testid="set-available">{t('agent.available')}</Button>
      <Menu width={230} withinPortal>
        <Menu.Target>
          <Button {...look('paused')} color="pink.8" size="md" leftSection={<IconCoffee size={18} />} rightSection={<IconChevronDown size={16} />} loading={busy === 'paused'} disabled={off} title={off ? t('agent.notConnected') : undefined} data-testid="set-pause">{t('agent.pause')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('agent.pauseReason')}</Menu.Label>
          {reasons.map((reason, index) => (
            <Menu.Item key={reason} onClick={() => void change('paused', reason)} data-testid={`pause-reason-${index}`}>{reason}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button {...look('training')} color="grape.8" size="md" leftSection={<IconSchool size={18} />} loading={busy === 'training'} disabled={off} title={off ? t('agent.notConnected') : undefined} onClick={() => void change('training')} data-testid="set-training">{t('agent.training')}</Button>
    </div>
  );
}

function PhoneLine() {
  const { t } = useTranslation();
  const agent = useOwnAgent();
  const own = useSession((session) => session.user?.extension);
  const extension = agent?.extension ?? own;
  if (!extension) return null;
  const lost = agent?.phoneReachable === false;
  const Icon = lost ? IconPhoneOff : IconPhone;
  return (
    <span className={classes.phone} data-lost={lost || undefined} data-testid="own-phone">
      <Icon size={16} aria-hidden="true" /> {t('agent.phone', { extension })}
      {agent?.phoneReachable !== undefined && ` · ${t(lost ? 'agent.phoneKo' : 'agent.phoneOk')}`}
    </span>
  );
}

export function StateCard() {
  const { t } = useTranslation();
  const agent = useOwnAgent();
  const userId = useSession((session) => session.user?.id) ?? '';
  const state = agentStateOf(agent?.status);
  function raiseHand() {
    if (sendLive('agentRaisedHand')) say('blue', t('agent.handRaised'));
    else say('red', t('notice.notSent'));
  }
  return (
    <section className={classes.card} data-tone={state} data-state={state} aria-label={t('agent.state')} data-testid="state-card">
      <StateHead state={state} />
      <div className={classes.foot}>
        <StateButtons state={state} userId={userId} />
        <PhoneLine />
        <Button className={classes.hand} variant="default" leftSection={<IconHandStop size={18} className={classes.handIcon} />} onClick={raiseHand} data-testid="raise-hand">{t('agent.raiseHand')}</Button>
      </div>
    </section>
  );
}
