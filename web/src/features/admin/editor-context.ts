import { createContext, useContext } from 'react';
import { problemOf } from './editor-state';
import type { Editor } from './use-editor';

export interface FormContext { editor: Editor; readOnly: boolean }

export const EditorContext = createContext<FormContext | undefined>(undefined);

export function useForm(): FormContext {
  const form = useContext(EditorContext);
  if (!form) throw new Error('A field outside of its form');
  return form;
}

/** One field of the form around. */
export function useField<T>(name: string) {
  const { editor, readOnly } = useForm();
  return {
    value: editor.state.draft[name] as T,
    set: (value: T) => editor.set(name, value),
    error: problemOf(editor.state.problems, name),
    problems: editor.state.problems,
    readOnly,
    isNew: editor.id === undefined,
  };
}
