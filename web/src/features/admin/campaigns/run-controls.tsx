import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Campaign } from '@/lib/contract';
import { say, sayError } from '@/lib/say';
import { takeObject } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { confirmAction } from '@/components/confirm';
import { StateTag } from '../state-tag';
import form from '../form.module.css';

type Order = 'start' | 'pause' | 'stop';

interface Props {
  id: string;
  name: string;
  active: boolean;
  /** Contacts that agents hold: a pause leaves them to them, a stop takes them back. */
  held: number;
}

/** Starts, pauses and stops a campaign (supervisors, too). */
export function RunControls({ id, name, active, held }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState<Order>();
  async function order(wanted: Order) {
    if (wanted === 'stop' && !(await confirmAction({ title: t('admin.campaign.stopTitle', { name }), text: t('admin.campaign.stopText'), action: t('admin.campaign.stop') }))) return;
    setBusy(wanted);
    try {
      const answer = await api.post<Partial<Campaign> | undefined>(`/campaigns/${encodeURIComponent(id)}/${wanted}`);
      if (answer?.id) takeObject('campaigns', answer as Campaign);
      say('green', t(`admin.campaign.${wanted}Done`));
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(undefined);
    }
  }
  const paused = !active && held > 0;
  return (
    <div className={form.actions} style={{ alignItems: 'center' }}>
      <StateTag tone={active ? 'good' : paused ? 'warn' : 'off'} text={t(`admin.campaign.${active ? 'running' : paused ? 'paused' : 'stopped'}`)} testId="campaign-state" />
      {!active && <Button color="teal.8" leftSection={<IconPlayerPlay size={16} />} loading={busy === 'start'} onClick={() => void order('start')} data-testid="campaign-start">{t('admin.campaign.start')}</Button>}
      {active && <Button variant="default" leftSection={<IconPlayerPause size={16} />} loading={busy === 'pause'} onClick={() => void order('pause')} data-testid="campaign-pause">{t('admin.campaign.pause')}</Button>}
      {(active || paused) && <Button variant="default" leftSection={<IconPlayerStop size={16} />} loading={busy === 'stop'} onClick={() => void order('stop')} data-testid="campaign-stop">{t('admin.campaign.stop')}</Button>}
    </div>
  );
}
