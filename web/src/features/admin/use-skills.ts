import { useEffect } from 'react';
import type { Named } from '@/lib/contract';
import { takeObject } from '@/stores/live-store';
import { api } from '@/stores/session-store';
import { useChoices } from './choices';
import type { Choice } from './fields';

/** The application data of the contract has no skills: they are asked for where they are needed, and then follow their events. */
export function useSkills(): Choice[] {
  const choices = useChoices('skills');
  useEffect(() => {
    let current = true;
    // Without them the form still works; the next opening asks again.
    api.get<Named[]>('/skills').then((list) => { if (current) for (const skill of list) takeObject('skills', skill); }, () => undefined);
    return () => { current = false; };
  }, []);
  return choices;
}
