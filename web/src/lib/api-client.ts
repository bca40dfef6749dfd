import { backoffDelay } from './backoff';
import { noteServerTime } from './server-clock';

/** A refused or failed request; `status` 0 means that the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string | undefined,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfter?: number,
    /** The whole answer, where it says more than the error. */
    readonly body?: unknown,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface TokenSource {
  /** The access token in hand, if any. */
  current(): string | undefined;
  /** Gets a new one from the refresh cookie; rejects with ApiError 401 when the session is over. */
  renew(): Promise<string>;
}

type Fetch = typeof fetch;

export interface Conditions {
  /** A write is refused (412) unless the object still has this version. */
  ifMatch?: string;
  /** A read is answered with status 304 and no value when the object still has this version. */
  ifNoneMatch?: string;
  /** Idempotency-Key: the server answers a repetition instead of doing it again. */
  key?: string;
}

export interface Answer<T> {
  status: number;
  value: T;
  /** Version of the value, as If-Match wants it. */
  etag?: string;
}

async function failureOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => undefined)) as
    | { error?: string; code?: string; fields?: Record<string, string> }
    | undefined;
  const wait = Number(response.headers.get('Retry-After'));
  return new ApiError(response.status, body?.code, body?.error ?? '', body?.fields, wait > 0 ? wait : undefined, body);
}

function headersOf(body: unknown, token: string | undefined, conditions: Conditions): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined && !(body instanceof FormData)) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  if (conditions.ifMatch) headers['If-Match'] = conditions.ifMatch;
  if (conditions.ifNoneMatch) headers['If-None-Match'] = conditions.ifNoneMatch;
  if (conditions.key) headers['Idempotency-Key'] = conditions.key;
  return headers;
}

async function exchange(method: string, path: string, body: unknown, token: string | undefined, conditions: Conditions, doFetch: Fetch): Promise<Response> {
  let response: Response;
  try {
    response = await doFetch(`/api${path}`, {
      method, headers: headersOf(body, token, conditions), credentials: 'same-origin', cache: 'no-cache',
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'unreachable', '');
  }
  noteServerTime(Date.parse(response.headers.get('Date') ?? ''), false);
  if (!response.ok && response.status !== 304) throw await failureOf(response);
  return response;
}

async function textOf(response: Response): Promise<string> {
  if (response.status === 204 || response.status === 304) return '';
  try {
    return await response.text();
  } catch { // The connection broke in the middle of the answer.
    throw new ApiError(0, 'unreachable', '');
  }
}

async function ask<T>(method: string, path: string, body: unknown, token: string | undefined, conditions: Conditions, doFetch: Fetch): Promise<Answer<T>> {
  const response = await exchange(method, path, body, token, conditions, doFetch);
  const text = await textOf(response);
  return {
    status: response.status,
    value: (text === '' ? undefined : JSON.parse(text)) as T,
    etag: response.headers.get('ETag') ?? undefined,
  };
}

/** One JSON request; throws ApiError. */
export async function request<T>(method: string, path: string, body?: unknown, token?: string, doFetch: Fetch = fetch): Promise<T> {
  return (await ask<T>(method, path, body, token, {}, doFetch)).value;
}

export interface ApiClientOptions {
  doFetch?: Fetch;
  /** Told after each attempt whether the server, and what it needs, could answer. */
  onReach?: (reached: boolean) => void;
  pause?: (ms: number) => Promise<void>;
}

const attempts = 4;
/** Longer waits are the user's to decide. */
const longestPauseS = 5;

/** The server or a service that it needs is away: the same request may succeed in a moment. */
export function isAway(error: unknown): boolean {
  return error instanceof ApiError && [0, 502, 503, 504].includes(error.status);
}

const soonAgain = (error: ApiError) => error.status === 429 && (error.retryAfter ?? 1) <= longestPauseS;

/**
 * Requests with the session's token: a 401 renews it once and tries again. What may be repeated without harm (reads, and writes
 * with an Idempotency-Key) is repeated a few times while the server is away.
 */
export class ApiClient {
  private readonly doFetch: Fetch;
  private readonly onReach: (reached: boolean) => void;
  private readonly pause: (ms: number) => Promise<void>;

  constructor(private readonly tokens: TokenSource, options: ApiClientOptions = {}) {
    this.doFetch = options.doFetch ?? ((...args) => fetch(...args));
    this.onReach = options.onReach ?? (() => undefined);
    this.pause = options.pause ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
  }

  async get<T>(path: string): Promise<T> { return (await this.send<T>('GET', path)).value; }
  /** With its version; status 304 and no value when `ifNoneMatch` still holds. */
  read<T>(path: string, ifNoneMatch?: string): Promise<Answer<T>> { return this.send<T>('GET', path, undefined, { ifNoneMatch }); }
  /** An action: not repeated by itself unless it has a key. */
  async post<T>(path: string, body?: unknown, conditions: Conditions = {}): Promise<T> { return (await this.send<T>('POST', path, body, conditions)).value; }

  async send<T>(method: string, path: string, body?: unknown, conditions: Conditions = {}): Promise<Answer<T>> {
    const repeatable = method === 'GET' || conditions.key !== undefined;
    return this.persist(repeatable, () => this.authorised((token) => ask<T>(method, path, body, token, conditions, this.doFetch)));
  }

  /** A file as the server sends it, for saving. */
  async file(path: string): Promise<Blob> {
    const load = (token: string) => exchange('GET', path, undefined, token, {}, this.doFetch).then((response) => response.blob());
    return this.persist(true, () => this.authorised(load));
  }

  private async persist<T>(repeatable: boolean, run: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; ++attempt) {
      try {
        const answer = await run();
        this.onReach(true);
        return answer;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.onReach(!isAway(error));
        if (!repeatable || attempt + 1 >= attempts || !(isAway(error) || soonAgain(error))) throw error;
        await this.pause(error.retryAfter ? Math.min(error.retryAfter, longestPauseS) * 1000 : backoffDelay(attempt));
      }
    }
  }

  private async authorised<T>(run: (token: string) => Promise<T>): Promise<T> {
    const token = this.tokens.current() ?? (await this.tokens.renew());
    try {
      return await run(token);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // Somebody else may have renewed it while this request was on its way.
      const fresh = this.tokens.current();
      return run(fresh && fresh !== token ? fresh : await this.tokens.renew());
    }
  }
}
