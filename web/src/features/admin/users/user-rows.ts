import { searchable } from '@/lib/format';

/** Columns of a file of users, and the heads by which they are recognised (without accents and case). */
const heads: Record<string, readonly string[]> = {
  loginId: ['loginid', 'login', 'identifiant', 'code'],
  firstName: ['firstname', 'prenom'],
  lastName: ['lastname', 'nom', 'nom de famille'],
  email: ['email', 'e-mail', 'courriel', 'mail'],
  role: ['role', 'profil'],
  siteId: ['siteid', 'site'],
  extension: ['extension', 'poste', 'numero de poste'],
  mobileNumber: ['mobilenumber', 'mobile', 'portable', 'telephone mobile'],
  password: ['password', 'mot de passe', 'motdepasse'],
};

export interface UserRows {
  /** Field of each column; undefined: not recognised. */
  columns: (string | undefined)[];
  /** What is sent, one a line of the file. */
  users: Record<string, string>[];
}

const roleOf: Record<string, string> = { agent: 'Agent', superviseur: 'Superviseur', supervisor: 'Superviseur', administrateur: 'Administrateur', admin: 'Administrateur', superadmin: 'SuperAdmin' };

/** Rows of a file (the first names the columns) as users; sites may be named by name. Whether they can be taken is the server's word. */
export function userRows(rows: readonly (readonly string[])[], siteIdOf: (name: string) => string | undefined): UserRows {
  const columns = (rows[0] ?? []).map((head) => {
    const wanted = searchable(head.trim());
    return Object.entries(heads).find(([, names]) => names.includes(wanted))?.[0];
  });
  const users = rows.slice(1).map((row) => {
    const user: Record<string, string> = { role: 'Agent' };
    columns.forEach((field, index) => {
      const value = (row[index] ?? '').trim();
      if (!field || value === '') return;
      user[field] = field === 'role' ? roleOf[searchable(value)] ?? value : field === 'siteId' ? siteIdOf(value) ?? value : value;
    });
    return user;
  });
  return { columns, users };
}
