import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, isAway } from '@/lib/api-client';
import { same } from '@/lib/equal';
import { errorText } from '@/lib/error-text';
import { idempotencyKey } from '@/lib/idempotency-key';
import { takeObject, takeRemoval, useDirectory } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import {
  changes, edited, freshArrived, isDirty, opened, refused, rivalAccepted, rivalTaken, vanished, type Draft, type EditorState,
} from './editor-state';
import { draftOf, mistakes, newId, type Kind } from './kinds';

type Saved = { id: string } & Record<string, unknown>;

export interface Editor {
  kind: Kind;
  /** Undefined: a new one. */
  id?: string;
  phase: 'loading' | 'failed' | 'missing' | 'ready';
  state: EditorState;
  dirty: boolean;
  busy: boolean;
  /** Sentence about the last save, beside the fields' own. */
  trouble?: string;
  /** A save was refused because somebody else saved first: asks for a decision. */
  conflict: boolean;
  set: (name: string, value: unknown) => void;
  /** The saved object, or undefined when it was refused. */
  save: () => Promise<Saved | undefined>;
  remove: () => Promise<boolean>;
  retry: () => void;
  takeRival: () => void;
  keepMine: () => void;
}

type Action = (state: EditorState) => EditorState;

/** What is sent: everything of a new object, else what was changed; a secret only when one was typed. */
function bodyOf(kind: Kind, state: EditorState, isNew: boolean): Draft {
  const whole = isNew ? state.draft : changes(state);
  return Object.fromEntries(Object.entries(whole).filter(([name, value]) => !(kind.secrets?.includes(name) && value === '')));
}

/** One object in a form: loads it, follows the changes of others, saves with its version. `rawId` comes from the address. */
export function useEditor(kind: Kind, rawId: string): Editor {
  const { t } = useTranslation();
  const id = rawId === newId ? undefined : rawId;
  const [state, apply] = useReducer((before: EditorState, action: Action) => action(before), kind.blank, (blank) => opened(blank));
  const [phase, setPhase] = useState<Editor['phase']>(id ? 'loading' : 'ready');
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const [conflict, setConflict] = useState(false);
  /** A save that may have arrived although its answer was lost is repeated with the same key. */
  const pending = useRef<{ body: string; key: string }>();
  const alive = useRef(true);
  useEffect(() => { alive.current = true; return () => { alive.current = false; }; }, []);

  const fetchFresh = useCallback(async () => {
    const { value, etag } = await api.read<Saved>(`${kind.path}/${encodeURIComponent(id ?? '')}`);
    return { value, draft: draftOf(kind, value), etag };
  }, [kind, id]);

  useEffect(() => {
    if (!id) return undefined;
    let current = true;
    setPhase('loading');
    fetchFresh().then(({ draft, etag }) => {
      if (!current) return;
      apply(() => opened(draft, etag));
      setPhase('ready');
    }, (error: unknown) => { if (current) setPhase(error instanceof ApiError && error.status === 404 ? 'missing' : 'failed'); });
    return () => { current = false; };
  }, [id, fetchFresh, round]);

  const live = useDirectory((directory) => (id ? directory[kind.collection][id] : undefined)) as Saved | undefined;
  const seen = useRef(false);
  useEffect(() => {
    if (phase !== 'ready' || !id || busy) return;
    if (!live) {
      if (seen.current) apply(vanished);
      return;
    }
    seen.current = true;
    let current = true;
    const known = state.rival?.value ?? state.base;
    if (same(draftOf(kind, live), known)) return;
    fetchFresh().then(({ draft, etag }) => { if (current) apply((before) => freshArrived(before, draft, etag)); }, (error: unknown) => {
      if (current && error instanceof ApiError && error.status === 404) apply(vanished);
    });
    return () => { current = false; };
    // What was typed does not matter here, only what the server told.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [live, phase, id, busy, kind, fetchFresh]);

  const set = useCallback((name: string, value: unknown) => apply((before) => edited(before, name, value)), []);

  /** True when the object on the server is not the one this form began with. */
  async function isConflict(error: unknown): Promise<boolean> {
    if (!id || !(error instanceof ApiError) || (error.status !== 412 && error.status !== 409)) return false;
    if (error.status === 409 && Object.keys(error.fields).length > 0) return false;
    try {
      const { value, draft, etag } = await fetchFresh();
      takeObject(kind.collection, value);
      if (error.status === 409 && etag === state.etag) return false;
      apply((before) => {
        const next = freshArrived(before, draft, etag);
        return next.rival ? next : { ...next, rival: { value: draft, etag } };
      });
      return true;
    } catch (reason) {
      if (reason instanceof ApiError && reason.status === 404) apply(vanished);
      return error.status === 412;
    }
  }

  async function failed(error: unknown): Promise<void> {
    if (await isConflict(error)) {
      setConflict(true);
      return;
    }
    if (error instanceof ApiError && error.status === 404 && id) apply(vanished);
    const fields = error instanceof ApiError ? error.fields : {};
    apply((before) => refused(before, fields));
    const strangers = Object.entries(fields).filter(([path]) => !Object.keys(kind.blank).some((name) => path === name || path.startsWith(`${name}[`) || path.startsWith(`${name}.`)));
    setTrouble(errorText(error, strangers.map(([, sentence]) => sentence)));
  }

  async function save(): Promise<Saved | undefined> {
    const problems = mistakes(kind, state.draft, { required: t('admin.required'), email: t('admin.badEmail'), password: t('admin.shortPassword') });
    if (Object.keys(problems).length > 0) {
      apply((before) => refused(before, problems));
      setTrouble(t('admin.checkFields'));
      return undefined;
    }
    const body = bodyOf(kind, state, id === undefined);
    const text = JSON.stringify(body);
    const key = pending.current?.body === text ? pending.current.key : idempotencyKey();
    setBusy(true);
    setTrouble(undefined);
    apply((before) => refused(before, {}));
    try {
      const path = id === undefined ? kind.path : `${kind.path}/${encodeURIComponent(id)}`;
      const { value } = await api.send<Saved>(id === undefined ? 'POST' : 'PUT', path, body, { key, ifMatch: id === undefined ? undefined : state.etag });
      pending.current = undefined;
      takeObject(kind.collection, value);
      return value;
    } catch (error) {
      pending.current = isAway(error) ? { body: text, key } : undefined;
      if (alive.current) await failed(error);
      return undefined;
    } finally {
      if (alive.current) setBusy(false);
    }
  }

  async function remove(): Promise<boolean> {
    if (!id) return false;
    setBusy(true);
    setTrouble(undefined);
    try {
      await api.send('DELETE', `${kind.path}/${encodeURIComponent(id)}`, undefined, { key: idempotencyKey(), ifMatch: state.etag });
      takeRemoval(kind.collection, id);
      return true;
    } catch (error) {
      if (alive.current) await failed(error);
      return false;
    } finally {
      if (alive.current) setBusy(false);
    }
  }

  const dirty = useMemo(() => isDirty(state), [state]);
  return {
    kind, id, phase, state, dirty, busy, trouble, conflict, set, save, remove,
    retry: () => setRound(round + 1),
    takeRival: () => { setConflict(false); setTrouble(undefined); apply(rivalTaken); },
    keepMine: () => { setConflict(false); apply(rivalAccepted); },
  };
}
