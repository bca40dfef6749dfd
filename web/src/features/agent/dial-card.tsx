import { ActionIcon, Button, TextInput, UnstyledButton } from '@mantine/core';
import { IconBackspace, IconPhoneCall } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '@/components/panel';
import { dialable, phoneText } from '@/lib/format';
import { say, sayError } from '@/lib/say';
import { api, useSession } from '@/stores/session-store';
import { useOwnCall } from './use-own';
import classes from './dial-card.module.css';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '0', '00'];

/** Click-to-call: the agent's own phone rings first, then the number. */
export function DialCard() {
  const { t } = useTranslation();
  const agentId = useSession((session) => session.user?.id);
  const onCall = useOwnCall() !== undefined;
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const edit = (next: string) => { setText(next); setProblem(undefined); };
  async function dial(event: FormEvent) {
    event.preventDefault();
    const destination = dialable(text);
    if (!destination) {
      setProblem(t('agent.numberBad'));
      return;
    }
    setBusy(true);
    try {
      await api.post<{ callId: string }>('/call/originate', { agentId, destination });
      say('blue', t('agent.calling', { number: phoneText(destination) }));
      setText('');
    } catch (error) {
      sayError(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Panel title={t('agent.dial')} testId="dial-card">
      <form className={classes.body} onSubmit={(event) => void dial(event)}>
        <TextInput
          value={text} onChange={(event) => edit(event.currentTarget.value)} type="tel" inputMode="tel" autoComplete="off" size="lg"
          aria-label={t('agent.number')} placeholder={t('agent.number')} error={problem} description={t('agent.numberHint')} styles={{ description: { fontSize: 12.5 }, error: { fontSize: 13 } }} inputWrapperOrder={['input', 'description', 'error']}
          rightSection={text && <ActionIcon variant="subtle" color="gray" aria-label={t('agent.erase')} onClick={() => edit(text.slice(0, -1))}><IconBackspace size={19} /></ActionIcon>}
          data-testid="dial-number"
        />
        <div className={classes.pad}>
          {keys.map((key) => <UnstyledButton key={key} className={classes.key} onClick={() => edit(text + key)}>{key}</UnstyledButton>)}
        </div>
        <Button type="submit" size="md" leftSection={<IconPhoneCall size={19} />} loading={busy} disabled={onCall || !text.trim()} data-testid="dial-submit">{t('agent.callNow')}</Button>
      </form>
    </Panel>
  );
}
