import { Button, Group, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Editor } from './use-editor';

/** A save was refused because somebody else saved first: see his version, or go on with one's own. */
export function ConflictDialog({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  return (
    <Modal opened={editor.conflict} onClose={editor.keepMine} title={t('admin.conflict.title')} centered lockScroll={false} zIndex={400} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <p style={{ marginTop: 0 }} data-testid="conflict-dialog">{t('admin.conflict.explain')}</p>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={editor.takeRival} data-testid="conflict-reload">{t('admin.conflict.take')}</Button>
        <Button onClick={editor.keepMine} data-autofocus data-testid="conflict-keep">{t('admin.conflict.keep')}</Button>
      </Group>
    </Modal>
  );
}
