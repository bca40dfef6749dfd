import { Button, Drawer } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isAdministrator } from '@/lib/roles';
import { say } from '@/lib/say';
import { useSession } from '@/stores/session-store';
import { confirmAction, useAsking } from '@/components/confirm';
import { EditorForm } from './editor-form';
import type { Editor } from './use-editor';

/** Leaving a form in which something was typed asks first, also when the whole page is left. */
// eslint-disable-next-line react-refresh/only-export-components
export function useGuardedClose(editor: Editor, close: () => void): () => void {
  const { t } = useTranslation();
  const dirty = editor.dirty && !editor.state.gone;
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
  return () => {
    if (!dirty) return close();
    void confirmAction({ title: t('admin.leave.title'), text: t('admin.leave.text'), action: t('admin.leave.action') }).then((yes) => { if (yes) close(); });
  };
}

/** Deletes after a question that says what goes with it. */
// eslint-disable-next-line react-refresh/only-export-components
export function useRemoval(editor: Editor, name: string, consequence: string, close: () => void): () => Promise<void> {
  const { t } = useTranslation();
  return async () => {
    const sure = await confirmAction({ title: t(`admin.${editor.kind.name}.removeTitle`, { name }), text: consequence, action: t('admin.remove') });
    if (!sure || !(await editor.remove())) return;
    say('green', t('admin.removed'));
    close();
  };
}

interface Props {
  editor: Editor;
  /** How the object is called, for the title and the questions. */
  name: string;
  /** What its deletion does; undefined: it cannot be deleted now. */
  consequence?: string;
  readOnly?: string;
  extra?: ReactNode;
  wide?: boolean;
  close: () => void;
  children: ReactNode;
}

/** A form at the side of its list. Administrators write, supervisors read. */
export function EditorDrawer({ editor, name, consequence, readOnly, extra, wide, close, children }: Props) {
  const { t } = useTranslation();
  const mayWrite = useSession((session) => isAdministrator(session.user?.role));
  const leave = useGuardedClose(editor, close);
  const remove = useRemoval(editor, name, consequence ?? '', close);
  const asking = useAsking() || editor.conflict;
  const fixed = !mayWrite || readOnly !== undefined;
  async function submit() {
    const saved = await editor.save();
    if (!saved) return;
    say('green', t(editor.id === undefined ? 'admin.created' : 'admin.saved'));
    close();
  }
  const kind = `admin.${editor.kind.name}`;
  return (
    <Drawer
      opened onClose={leave} closeOnEscape={!asking} position="right" size={wide ? 720 : 580} lockScroll={false} closeButtonProps={{ 'aria-label': t('app.close') }}
      title={editor.id === undefined ? t(`${kind}.new`) : name || t(`${kind}.one`)}
      styles={{ title: { fontWeight: 650, fontSize: 17, overflowWrap: 'anywhere' }, body: { padding: 0, flex: 1 }, content: { display: 'flex', flexDirection: 'column', background: 'var(--evs-surface)' }, header: { padding: '14px 22px', background: 'inherit' } }}
      data-testid="editor-drawer"
    >
      <EditorForm
        editor={editor} readOnly={fixed} whyReadOnly={mayWrite ? readOnly : undefined} onSubmit={() => void submit()} onCancel={leave}
        extra={!fixed && editor.id !== undefined && (
          <>
            {consequence !== undefined && <Button variant="subtle" color="red" leftSection={<IconTrash size={16} />} disabled={editor.busy} onClick={() => void remove()} data-testid="form-remove">{t('admin.remove')}</Button>}
            {extra}
          </>
        )}
      >
        {children}
      </EditorForm>
    </Drawer>
  );
}
