import { expect, it } from 'vitest';
import { custom, guessColumns, ignored, mappingOf } from './contact-columns';

it('guesses the usual columns, each once', () => {
  expect(guessColumns(['Nom', 'Prénom', 'N° de téléphone', 'Code postal', 'Téléphone', 'Ville', '']))
    .toEqual(['lastName', 'firstName', custom, 'postalCode', 'phoneNumber', custom, ignored]);
});

it('names columns by their heading, or by number where that is not enough', () => {
  expect(mappingOf(['Tél', 'Note', 'Note', '', 'Ville'], ['phoneNumber', custom, ignored, 'lastName', custom]))
    .toEqual({ phoneNumber: 'Tél', Note: '2', lastName: '4', Ville: 'Ville' });
});
