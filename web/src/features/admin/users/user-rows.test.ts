import { expect, it } from 'vitest';
import { userRows } from './user-rows';

const site = (name: string) => (name === 'Paris' ? 'site-paris' : undefined);

it('knows the columns by French and English heads', () => {
  const { columns, users } = userRows([['Identifiant', 'Prénom', 'NOM', 'Rôle', 'Site', 'Inconnu'], ['1100', ' Léa ', 'Petit', 'superviseur', 'Paris', 'x']], site);
  expect(columns).toEqual(['loginId', 'firstName', 'lastName', 'role', 'siteId', undefined]);
  expect(users).toEqual([{ loginId: '1100', firstName: 'Léa', lastName: 'Petit', role: 'Superviseur', siteId: 'site-paris' }]);
});

it('makes agents of those without a role, and leaves judging to the server', () => {
  expect(userRows([['login', 'role', 'site'], ['1', '', 'Nulle part'], ['2', 'chef']], site).users)
    .toEqual([{ loginId: '1', role: 'Agent', siteId: 'Nulle part' }, { loginId: '2', role: 'chef' }]);
});
