import { Alert, Button, Loader } from '@mantine/core';
import { IconAlertCircle, IconLock, IconPlugConnectedX, IconTrash, IconUsers } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, type FormEvent, type ReactNode, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '@/stores/live-store';
import { useReach } from '@/stores/reach-store';
import { ConflictDialog } from './conflict-dialog';
import { EditorContext } from './editor-context';
import type { Editor } from './use-editor';
import classes from './form.module.css';

interface NoticesProps { editor: Editor; readOnly: boolean; whyReadOnly?: string }

/** What a person must know before he goes on: read-only, deleted, changed by somebody else, refused. */
function Notices({ editor, readOnly, whyReadOnly }: NoticesProps) {
  const { t } = useTranslation();
  // The page's banner may be behind this form.
  const apiAway = useReach((reach) => reach.awayAt !== undefined);
  const away = useConnection((connection) => connection.lostAt !== undefined) || apiAway;
  if (editor.state.gone) return <Alert color="red" icon={<IconTrash size={18} />} data-testid="form-gone">{t('admin.gone')}</Alert>;
  return (
    <>
      {away && !readOnly && <Alert color="yellow" icon={<IconPlugConnectedX size={18} />} data-testid="form-away">{t('admin.away')}</Alert>}
      {readOnly && <Alert color="gray" icon={<IconLock size={18} />} data-testid="form-read-only">{whyReadOnly ?? t('admin.readOnly')}</Alert>}
      {editor.state.rival && !editor.conflict && (
        <Alert color="yellow" icon={<IconUsers size={18} />} title={t('admin.conflict.title')} data-testid="form-rival">
          <p style={{ margin: '0 0 10px' }}>{t('admin.conflict.meanwhile')}</p>
          <div className={classes.actions}>
            <Button size="compact-sm" variant="default" onClick={editor.takeRival} data-testid="rival-take">{t('admin.conflict.take')}</Button>
            <Button size="compact-sm" variant="default" onClick={editor.keepMine} data-testid="rival-keep">{t('admin.conflict.keep')}</Button>
          </div>
        </Alert>
      )}
      {editor.trouble && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert" data-testid="form-error">{editor.trouble}</Alert>}
    </>
  );
}

/** The first field that was refused comes into view and takes the focus. */
function useShowProblem(editor: Editor) {
  const form = useRef<HTMLFormElement>(null);
  const { problems } = editor.state;
  const { busy } = editor;
  useEffect(() => {
    const names = Object.keys(problems);
    if (busy || names.length === 0) return;
    const fields = [...form.current?.querySelectorAll<HTMLElement>('[data-field]') ?? []];
    const first = fields.find((field) => names.some((name) => name === field.dataset.field || name.startsWith(`${field.dataset.field}[`) || name.startsWith(`${field.dataset.field}.`)));
    first?.scrollIntoView({ block: 'center' });
    first?.focus({ preventScroll: true });
    // Only when a save came back: typing must not move the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [busy]);
  return form;
}

/** The first field takes the focus when the form is there. */
function useFirstFocus(form: RefObject<HTMLFormElement>, ready: boolean) {
  useEffect(() => { if (ready) form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(); }, [form, ready]);
}

interface Props {
  editor: Editor;
  readOnly: boolean;
  whyReadOnly?: string;
  /** Fields. */
  children: ReactNode;
  /** Beside the save button: what else can be done. */
  extra?: ReactNode;
  onSubmit: () => void;
  onCancel: () => void;
}

/** The frame of every form: loading, notices, fields, buttons; the buttons stay in sight. */
export function EditorForm({ editor, readOnly, whyReadOnly, children, extra, onSubmit, onCancel }: Props) {
  const { t } = useTranslation();
  const form = useShowProblem(editor);
  useFirstFocus(form, editor.phase === 'ready');
  const context = useMemo(() => ({ editor, readOnly: readOnly || editor.state.gone }), [editor, readOnly]);
  if (editor.phase === 'loading') return <div className={classes.state} role="status"><Loader size="sm" />{t('app.loading')}</div>;
  if (editor.phase === 'missing') return <div className={classes.state} data-testid="form-missing">{t('errors.status404')}</div>;
  if (editor.phase === 'failed') {
    return <div className={classes.state} role="alert">{t('admin.loadFailed')}<Button variant="default" onClick={editor.retry}>{t('app.retry')}</Button></div>;
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit();
  }
  return (
    <EditorContext.Provider value={context}>
      <form ref={form} className={classes.form} onSubmit={submit} noValidate data-testid="editor-form">
        <div className={classes.body}>
          <Notices editor={editor} readOnly={readOnly} whyReadOnly={whyReadOnly} />
          <div className={classes.fields}>{children}</div>
        </div>
        <div className={classes.foot}>
          <div className={classes.actions}>{!editor.state.gone && extra}</div>
          <Button variant="default" onClick={onCancel} data-testid="form-cancel">{t(readOnly || editor.state.gone ? 'app.close' : 'app.cancel')}</Button>
          {!readOnly && !editor.state.gone && (
            <Button type="submit" loading={editor.busy} disabled={!editor.dirty && editor.id !== undefined} data-testid="form-save">
              {t(editor.id === undefined ? 'admin.create' : 'admin.save')}
            </Button>
          )}
        </div>
      </form>
      <ConflictDialog editor={editor} />
    </EditorContext.Provider>
  );
}
