import { Button, Group, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';

interface Question { title: string; text: string; action: string; calm?: boolean; answer: (yes: boolean) => void }

const useQuestion = create<{ asked?: Question }>(() => ({}));

/** Asks before something that cannot be taken back; `text` says what it will do. */
// eslint-disable-next-line react-refresh/only-export-components
export function confirmAction(question: Omit<Question, 'answer'>): Promise<boolean> {
  return new Promise((answer) => useQuestion.setState({ asked: { ...question, answer } }));
}

/** Whether a question is open: the keys are for it alone. */
// eslint-disable-next-line react-refresh/only-export-components
export function useAsking(): boolean { return useQuestion((state) => state.asked !== undefined); }

/** The one place where questions are asked. */
export function ConfirmHost() {
  const { t } = useTranslation();
  const asked = useQuestion((state) => state.asked);
  const say = (yes: boolean) => { asked?.answer(yes); useQuestion.setState({ asked: undefined }); };
  return (
    <Modal opened={asked !== undefined} onClose={() => say(false)} title={asked?.title} centered lockScroll={false} zIndex={400} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <p style={{ marginTop: 0, overflowWrap: 'anywhere' }} data-testid="confirm-text">{asked?.text}</p>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => say(false)} data-autofocus data-testid="confirm-no">{t('app.cancel')}</Button>
        <Button color={asked?.calm ? undefined : 'red.8'} onClick={() => say(true)} data-testid="confirm-yes">{asked?.action}</Button>
      </Group>
    </Modal>
  );
}
