import { searchable } from '@/lib/format';

/** What a column of a list can become. */
export const ignored = '';
export const custom = 'custom';
export const contactFields = ['phoneNumber', 'firstName', 'lastName', 'postalCode'] as const;

const plain = (text: string) => searchable(text).replace(/[^a-z0-9]/g, '');

const heads: Record<(typeof contactFields)[number], readonly string[]> = {
  phoneNumber: ['phonenumber', 'telephone', 'numerodetelephone', 'notelephone', 'ndetelephone', 'tel', 'phone', 'numero', 'portable', 'mobile', 'telephoneportable', 'gsm'],
  firstName: ['firstname', 'prenom', 'first', 'givenname'],
  lastName: ['lastname', 'nom', 'nomdefamille', 'last', 'surname', 'familyname', 'name'],
  postalCode: ['postalcode', 'codepostal', 'cp', 'zip', 'zipcode', 'postcode', 'postal'],
};

/** A first guess from the headings: each field once, everything else a custom field of its name. */
export function guessColumns(headings: readonly string[]): string[] {
  const out = headings.map((head): string => (head.trim() === '' ? ignored : custom));
  for (const field of contactFields) {
    const names = headings.map(plain);
    const at = heads[field].map((name) => names.indexOf(name)).find((index) => index >= 0 && out[index] === custom);
    if (at !== undefined) out[at] = field;
  }
  return out;
}

/** field -> heading, or the column's number where headings are empty or come twice; as the import wants it. */
export function mappingOf(headings: readonly string[], columns: readonly string[]): Record<string, string> {
  const mapping: Record<string, string> = {};
  columns.forEach((field, index) => {
    if (field === ignored) return;
    const heading = (headings[index] ?? '').trim();
    const column = heading !== '' && headings.filter((other) => other.trim() === heading).length === 1 ? heading : String(index + 1);
    mapping[field === custom ? heading || String(index + 1) : field] = column;
  });
  return mapping;
}
