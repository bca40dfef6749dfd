import type { Role } from './contract';

/** Lowest first. */
export const roles: readonly Role[] = ['Agent', 'Superviseur', 'Administrateur', 'SuperAdmin'];

const rank = (role: Role | undefined) => (role ? roles.indexOf(role) : -1);

export function isSupervisor(role: Role | undefined): boolean { return rank(role) >= rank('Superviseur'); }

/** May change users, sites, trunks, queues, campaigns. */
export function isAdministrator(role: Role | undefined): boolean { return rank(role) >= rank('Administrateur'); }

/** Nobody edits a user of a role above his own, nor gives one. */
export function notAbove(own: Role | undefined, other: Role): boolean { return rank(other) <= rank(own); }
