/** A new Idempotency-Key: one a wish, the same for each attempt at it. */
export function idempotencyKey(): string {
  // Without TLS (a server in the house) browsers have no randomUUID.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
