import { expect, it } from 'vitest';
import adminEn from './admin-en.json';
import adminFr from './admin-fr.json';
import en from './en.json';
import fr from './fr.json';

function keys(node: unknown, path = ''): string[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [path];
  return Object.entries(node).flatMap(([key, value]) => keys(value, `${path}.${key}`));
}
/** Plural forms differ between languages; their stem must not. */
const stems = (tree: unknown) => [...new Set(keys(tree).map((key) => key.replace(/_one$/, '')))].sort();

it('every text exists in both languages', () => {
  expect(stems(en)).toEqual(stems(fr));
  expect(stems(adminEn)).toEqual(stems(adminFr));
});
it('the pause reasons match one to one', () => expect(en.agent.reasons).toHaveLength(fr.agent.reasons.length));
