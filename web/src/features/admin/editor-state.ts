import { same } from '@/lib/equal';

/** The members of an object that a form shows. */
export type Draft = Readonly<Record<string, unknown>>;

/** A form over one object that others may change at the same time. Pure; `use-editor` ties it to the server. */
export interface EditorState {
  /** What the server had, as far as the reader knows it. */
  base: Draft;
  draft: Draft;
  /** Version of `base`, for If-Match. */
  etag?: string;
  /** Somebody else's newer version, not yet accepted. */
  rival?: { value: Draft; etag?: string };
  /** Deleted by somebody else. */
  gone: boolean;
  /** By field, sentences of the server or of the form's own check; paths like "schedule[2].endTime" among them. */
  problems: Readonly<Record<string, string>>;
}

export function opened(value: Draft, etag?: string): EditorState {
  return { base: value, draft: value, etag, gone: false, problems: {} };
}

const touched = (base: Draft, draft: Draft) => Object.keys(draft).filter((name) => !same(base[name], draft[name]));

/** What a save has to send. */
export function changes(state: EditorState): Draft {
  return Object.fromEntries(touched(state.base, state.draft).map((name) => [name, state.draft[name]]));
}

export function isDirty(state: EditorState): boolean { return touched(state.base, state.draft).length > 0; }

const ofField = (path: string, name: string) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`);

/** What is wrong with a field or with something in it. */
export function problemOf(problems: EditorState['problems'], name: string): string | undefined {
  return Object.entries(problems).find(([path]) => ofField(path, name))?.[1];
}

/** A correction takes the complaint about the field away. */
export function edited(state: EditorState, name: string, value: unknown): EditorState {
  const problems = Object.fromEntries(Object.entries(state.problems).filter(([path]) => !ofField(path, name)));
  return { ...state, draft: { ...state.draft, [name]: value }, problems };
}

/**
 * Somebody saved meanwhile. Who has typed nothing simply sees it; otherwise his fields stay, the others follow, and he is told:
 * until he has decided, a save still carries the version he began with.
 */
export function freshArrived(state: EditorState, value: Draft, etag?: string): EditorState {
  const known = state.rival?.value ?? state.base;
  if (same(known, value)) return state.rival ? { ...state, rival: { value, etag } } : { ...state, etag };
  const mine = touched(state.base, state.draft);
  if (mine.length === 0) return { ...state, base: value, draft: value, etag, rival: undefined };
  const kept = (of: Draft) => Object.fromEntries(mine.map((name) => [name, of[name]]));
  return {
    ...state,
    base: { ...value, ...kept(state.base) },
    draft: { ...value, ...kept(state.draft) },
    rival: { value, etag },
  };
}

/** The other's version, and nothing of what was typed. */
export function rivalTaken(state: EditorState): EditorState {
  return state.rival ? { ...opened(state.rival.value, state.rival.etag), gone: state.gone } : state;
}

/** Going on in the knowledge of the other's version: the next save replaces what was typed over it. */
export function rivalAccepted(state: EditorState): EditorState {
  return state.rival ? { ...state, base: state.rival.value, etag: state.rival.etag, rival: undefined } : state;
}

export function refused(state: EditorState, problems: Readonly<Record<string, string>>): EditorState {
  return { ...state, problems };
}

export function vanished(state: EditorState): EditorState { return { ...state, gone: true }; }
