import { ApiError, request, type TokenSource } from './api-client';
import { backoffDelay } from './backoff';

export interface TokenKeeperOptions {
  /** The server no longer accepts the refresh cookie. */
  onSessionOver: () => void;
  renewRequest?: () => Promise<{ accessToken: string }>;
  now?: () => number;
  setTimer?: (run: () => void, ms: number) => unknown;
  clearTimer?: (handle: unknown) => void;
}

/** `exp` of a JWT in ms, or undefined when it cannot be read. The signature is the server's business. */
export function expiryOf(token: string): number | undefined {
  try {
    const part = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const claims = JSON.parse(atob(part)) as { exp?: number };
    return typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** Tabs share the refresh cookie, and a spent one must not be used twice: one tab renews at a time. */
async function renewInTurn(): Promise<{ accessToken: string }> {
  const run = () => request<{ accessToken: string }>('POST', '/auth/refresh');
  const locks = typeof navigator === 'undefined' ? undefined : (navigator as { locks?: LockManager }).locks;
  return locks ? await locks.request('evs-refresh', run) : run();
}

/** Keeps the access token in memory only, and renews it before it expires. */
export class TokenKeeper implements TokenSource {
  private token: string | undefined;
  private timer: unknown;
  private pending: Promise<string> | undefined;
  private failures = 0;
  private generation = 0;

  constructor(private readonly options: TokenKeeperOptions) {}

  current(): string | undefined { return this.token; }

  hold(token: string): void {
    this.token = token;
    this.failures = 0;
    const now = this.options.now?.() ?? Date.now();
    const lifetime = (expiryOf(token) ?? now + 600_000) - now;
    // A fifth of its life before the end, at most a minute before; never in a tight loop.
    this.schedule(Math.max(5_000, lifetime - Math.min(60_000, lifetime / 5)));
  }

  drop(): void {
    this.generation += 1;
    this.token = undefined;
    this.pending = undefined;
    this.cancel();
  }

  renew(): Promise<string> {
    this.pending ??= this.fetchToken().finally(() => { this.pending = undefined; });
    return this.pending;
  }

  private async fetchToken(): Promise<string> {
    const generation = this.generation;
    try {
      const { accessToken } = await (this.options.renewRequest ?? renewInTurn)();
      if (generation !== this.generation) throw new ApiError(401, 'unauthenticated', '');
      this.hold(accessToken);
      return accessToken;
    } catch (error) {
      if (generation === this.generation && error instanceof ApiError && (error.status === 401 || error.status === 403)) {
        this.drop();
        this.options.onSessionOver();
      } else if (generation === this.generation && this.token !== undefined) {
        this.schedule(backoffDelay(this.failures++));
      }
      throw error;
    }
  }

  private schedule(ms: number): void {
    this.cancel();
    const set = this.options.setTimer ?? ((run, delay) => setTimeout(run, delay));
    this.timer = set(() => { this.renew().catch(() => undefined); }, ms);
  }

  private cancel(): void {
    if (this.timer === undefined) return;
    (this.options.clearTimer ?? ((handle) => clearTimeout(handle as ReturnType<typeof setTimeout>)))(this.timer);
    this.timer = undefined;
  }
}
