import type { Role } from './contract';

export function isSupervisor(role: Role | undefined): boolean {
  return role === 'Superviseur' || role === 'Administrateur' || role === 'SuperAdmin';
}
