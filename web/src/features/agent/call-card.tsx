import { Button } from '@mantine/core';
import { IconPhone, IconPhoneIncoming, IconPhoneOutgoing, IconPhoneX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Panel } from '@/components/panel';
import { RunningTime } from '@/components/running-time';
import { CallStatusPill } from '@/components/state-pill';
import type { LiveCall } from '@/lib/contract';
import { phoneText } from '@/lib/format';
import { sayError } from '@/lib/say';
import { useDirectory } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { useOwnCall } from './use-own';
import classes from './call-card.module.css';

function Conversation({ call }: { call: LiveCall }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const line = useDirectory((directory) => (call.queueId ? directory.queues[call.queueId]?.name
    : call.campaignId ? directory.campaigns[call.campaignId]?.name : undefined));
  const outbound = call.direction === 'outbound';
  const Arrow = outbound ? IconPhoneOutgoing : IconPhoneIncoming;
  const talking = call.status === 'connected' || call.status === 'held';
  async function hangup() {
    setBusy(true);
    try {
      await api.post(`/call/${encodeURIComponent(call.callId)}/hangup`);
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className={classes.body} data-testid="own-call" data-call-id={call.callId} data-status={call.status}>
      <span className={classes.kind}><Arrow size={17} aria-hidden="true" />{t(`direction.${outbound ? 'outbound' : 'inbound'}`)}{line && ` · ${line}`}</span>
      <span className={`${classes.number} num`} data-testid="own-call-number">{phoneText(outbound ? call.callee : call.caller) || t('call.unknownCaller')}</span>
      <div className={classes.line}>
        <CallStatusPill status={call.status ?? 'ringing'} testId="own-call-status" />
        <RunningTime since={talking ? call.answeredAt ?? call.since : call.timestamp} className={classes.clock} testId="own-call-time" />
      </div>
      <Button color="red.8" size="lg" leftSection={<IconPhoneX size={20} />} loading={busy} onClick={() => void hangup()} data-testid="own-call-hangup">{t('call.hangup')}</Button>
    </div>
  );
}

export function CallCard() {
  const { t } = useTranslation();
  const call = useOwnCall();
  return (
    <Panel title={t('agent.call')} testId="call-card">
      {call ? <Conversation key={call.callId} call={call} />
        : <EmptyState icon={<IconPhone size={30} stroke={1.5} />} text={t('agent.noCall')} hint={t('agent.noCallHint')} />}
    </Panel>
  );
}
