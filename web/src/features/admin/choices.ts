import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Named, User } from '@/lib/contract';
import type { DirectoryState } from '@/stores/directory-state';
import { useDirectory } from '@/stores/live-store';
import type { Choice } from './fields';

type NamedCollection = {
  [K in keyof DirectoryState]: DirectoryState[K] extends Readonly<Record<string, Named>> ? K : never
}[keyof DirectoryState];

const byLabel = (a: Choice, b: Choice) => a.label.localeCompare(b.label, 'fr', { numeric: true });

/** What a field that refers to another kind of object can be. */
export function useChoices(collection: NamedCollection): Choice[] {
  const all = useDirectory((directory) => directory[collection]) as Readonly<Record<string, Named>>;
  return useMemo(() => Object.values(all).map(({ id, name }) => ({ value: id, label: name })).sort(byLabel), [all]);
}

export function personName(user: User): string {
  return `${user.firstName} ${user.lastName}`.trim() || user.loginId;
}

/** Agents, and whoever else may take calls: "Camille Martin (1001)". */
export function useAgentChoices(): Choice[] {
  const users = useDirectory((directory) => directory.users);
  return useMemo(() => Object.values(users).filter((user) => user.role === 'Agent' && user.isActive !== false)
    .map((user) => ({ value: user.id, label: `${personName(user)} (${user.loginId})` })).sort(byLabel), [users]);
}

/** Qualifications after which a contact may be called again, by their codes: "Occupé (90)". */
export function useRetryChoices(): Choice[] {
  const qualifications = useDirectory((directory) => directory.qualifications);
  return useMemo(() => Object.values(qualifications).filter(({ isRecyclable }) => isRecyclable !== false)
    .map(({ code, description }) => ({ value: code, label: `${description} (${code})` })).sort(byLabel), [qualifications]);
}

/** Texts of a closed list of values: admin.<group>.<value>. */
export function useLabels(group: string, values: readonly string[]): Choice[] {
  const { t } = useTranslation();
  return values.map((value) => ({ value, label: t(`admin.${group}.${value}`) }));
}

/** A name where there is one, the id where not, nothing for none. */
export function useNameOf(collection: NamedCollection): (id?: string | null) => string {
  const all = useDirectory((directory) => directory[collection]) as Readonly<Record<string, Named>>;
  return (id) => (id ? all[id]?.name ?? id : '');
}

export const timezones: readonly Choice[] = ['Europe/Paris', 'Europe/Brussels', 'Europe/London', 'Europe/Madrid', 'Europe/Berlin', 'Europe/Zurich',
  'Europe/Lisbon', 'Africa/Casablanca', 'Africa/Tunis', 'Africa/Algiers', 'Africa/Dakar', 'Africa/Abidjan', 'Indian/Reunion', 'Indian/Antananarivo',
  'Indian/Mauritius', 'America/Guadeloupe', 'America/Martinique', 'America/Cayenne', 'America/New_York', 'America/Chicago', 'America/Denver',
  'America/Los_Angeles', 'America/Montreal', 'Pacific/Noumea', 'Pacific/Tahiti', 'UTC'].map((value) => ({ value, label: value }));
