/** What a WebSocket close code asks of the client (see the live contract). */
export type CloseVerdict = 'retry' | 'refresh-token' | 'forced-logout' | 'stop';

export function closeVerdict(code: number): CloseVerdict {
  if (code === 4001) return 'forced-logout';
  if (code === 4003) return 'refresh-token';
  if ((code >= 3500 && code <= 3999) || (code >= 4500 && code <= 4999)) return 'stop';
  return 'retry';
}
