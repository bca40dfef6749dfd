import { ActionIcon, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Panel } from '@/components/panel';
import { say } from '@/lib/say';
import { sendLive } from '@/stores/live-link';
import { useNotices } from '@/stores/live-store';
import classes from './messages-card.module.css';

function ReplyField() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  function send(event: FormEvent) {
    event.preventDefault();
    const message = text.trim();
    if (!message) return;
    if (!sendLive('agentResponseToSupervisor', { message })) {
      say('red', t('notice.notSent'));
      return;
    }
    say('green', t('notice.sent'));
    setText('');
  }
  return (
    <form className={classes.reply} onSubmit={send}>
      <TextInput
        value={text} onChange={(event) => setText(event.currentTarget.value)} maxLength={500} aria-label={t('agent.replyPlaceholder')}
        placeholder={t('agent.replyPlaceholder')} data-testid="reply-text"
        rightSection={<ActionIcon type="submit" variant="subtle" disabled={!text.trim()} aria-label={t('app.send')} data-testid="reply-send"><IconSend size={17} /></ActionIcon>}
      />
    </form>
  );
}

export function MessagesCard() {
  const { t, i18n } = useTranslation();
  const list = useNotices((state) => state.list);
  const messages = list.filter((notice) => notice.kind === 'supervisor-message');
  return (
    <Panel title={t('agent.messages')} count={messages.length || undefined} testId="messages-card">
      {messages.length === 0 ? <EmptyState text={t('agent.noMessages')} /> : (
        <ul className={classes.list}>
          {messages.map((message) => (
            <li key={message.id} data-testid="supervisor-message">
              <span className={classes.meta}><b>{message.from ?? t('notice.supervisor')}</b><span className="num">{new Date(message.at).toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit' })}</span></span>
              {message.text}
            </li>
          ))}
        </ul>
      )}
      <ReplyField />
    </Panel>
  );
}
