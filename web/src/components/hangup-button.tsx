import { ActionIcon, Button, Popover } from '@mantine/core';
import { IconPhoneX } from '@tabler/icons-react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { say, sayError } from '@/lib/say';
import { api } from '@/stores/session-store';

/** Asks once, then asks the server to end the call; the board shows when it has ended. */
export const HangupButton = memo(function HangupButton({ callId, caller }: { callId: string; caller: string }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  async function hangup() {
    setBusy(true);
    try {
      await api.post(`/call/${encodeURIComponent(callId)}/hangup`);
      say('green', t('call.hangupDone'));
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
      setAsking(false);
    }
  }
  return (
    <Popover opened={asking} onChange={setAsking} position="left" withArrow shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="red" size="lg" aria-label={t('call.hangupOf', { caller })} title={t('call.hangup')} onClick={() => setAsking(!asking)} data-testid="call-hangup">
          <IconPhoneX size={18} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <p style={{ margin: '0 0 10px' }}>{t('call.hangupAsk')}</p>
        <Button color="red" size="compact-md" loading={busy} onClick={() => void hangup()} data-testid="call-hangup-confirm">{t('call.hangup')}</Button>
      </Popover.Dropdown>
    </Popover>
  );
});
