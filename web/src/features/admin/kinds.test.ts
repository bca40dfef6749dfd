import { expect, it } from 'vitest';
import { draftOf, mistakes, queueKind, siteKind, trunkKind, userKind } from './kinds';

const sentences = { required: 'requis', email: 'courriel', password: 'court' };

it('shows what the server sent, with the defaults where it says nothing', () => {
  expect(draftOf(siteKind, { id: 's1', name: 'Paris', ipAddress: null, unknown: 1 }))
    .toEqual({ name: 'Paris', ipAddress: null, timezone: 'Europe/Paris', directMediaEnabled: false, physicalExtensions: [] });
});

it('never takes a secret from anywhere', () => expect(draftOf(trunkKind, { name: 'T', password: 'échappé' }).password).toBe(''));

it('misses what must be there, numbers too', () => {
  expect(mistakes(siteKind, { ...siteKind.blank, name: '  ' }, sentences)).toEqual({ name: 'requis' });
  expect(mistakes(queueKind, { ...queueKind.blank, name: 'F', maxWait: null, priority: 0 }, sentences)).toEqual({ maxWait: 'requis' });
});

it('knows an address and a password that cannot be', () => {
  const user = { ...userKind.blank, loginId: '1' };
  expect(mistakes(userKind, { ...user, email: 'moi', password: 'abc' }, sentences)).toEqual({ email: 'courriel', password: 'court' });
  expect(mistakes(userKind, { ...user, email: 'moi@ici.fr', password: '' }, sentences)).toEqual({});
  expect(mistakes(trunkKind, { ...trunkKind.blank, name: 'T', domain: 'h', password: 'abc' }, sentences)).toEqual({});
});
