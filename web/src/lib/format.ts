/** Seconds as 4:05 or 1:02:09. */
export function clockText(totalSeconds: number): string {
  const seconds = Math.max(0, Math.floor(totalSeconds));
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = String(seconds % 60).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** Seconds as 45 s, 4 min, 2 h 05. */
export function spanText(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')}`;
}

/** French numbers in pairs: +33140000001 -> +33 1 40 00 00 01; anything else as it came. */
export function phoneText(number: string | null | undefined): string {
  if (!number) return '';
  const pairs = (digits: string) => digits.replace(/(\d{2})(?=\d)/g, '$1 ');
  const international = /^(?:\+|00)33(\d)(\d{8})$/.exec(number);
  if (international) return `+33 ${international[1]} ${pairs(international[2] ?? '')}`;
  return /^0\d{9}$/.test(number) ? pairs(number) : number;
}

/** What the server dials: digits with an optional + in front; undefined when it is no number. */
export function dialable(text: string): string | undefined {
  const number = text.replace(/[\s.\-()/]/g, '');
  return /^\+?\d{2,20}$/.test(number) ? number : undefined;
}

export function initials(first = '', last = ''): string {
  return `${first.charAt(0)}${last.charAt(0)}`.toUpperCase() || '?';
}

/** Lower case without accents, for searching. */
export function searchable(text: string): string {
  return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
}
