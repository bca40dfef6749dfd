import { Button, Group, Modal, Textarea } from '@mantine/core';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { say } from '@/lib/say';
import { sendLive } from '@/stores/live-link';

interface Props { agentId?: string; name?: string; onClose: () => void }

/** A supervisor writes to one agent; open while `agentId` is given. */
export const MessageDialog = memo(function MessageDialog({ agentId, name, onClose }: Props) {
  const { t } = useTranslation();
  const [message, setMessage] = useState('');
  function send() {
    const text = message.trim();
    if (!text) return;
    if (!sendLive('supervisorResponseToAgent', { agentId, message: text })) {
      say('red', t('notice.notSent'));
      return;
    }
    say('green', t('notice.sent'));
    setMessage('');
    onClose();
  }
  return (
    <Modal opened={agentId !== undefined} onClose={onClose} title={t('notice.to', { to: name ?? '' })} centered lockScroll={false}>
      <Textarea
        value={message} onChange={(event) => setMessage(event.currentTarget.value)} rows={3} maxLength={500} data-autofocus
        aria-label={t('notice.placeholder')} placeholder={t('notice.placeholder')} data-testid="message-text"
      />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>{t('app.cancel')}</Button>
        <Button onClick={send} disabled={!message.trim()} data-testid="message-send">{t('app.send')}</Button>
      </Group>
    </Modal>
  );
});
