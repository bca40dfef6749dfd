import { noteServerTime } from './server-clock';

/** A refused or failed request; `status` 0 means that the server was not reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string | undefined,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfter?: number,
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

async function failureOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => undefined)) as
    | { error?: string; code?: string; fields?: Record<string, string> }
    | undefined;
  const wait = Number(response.headers.get('Retry-After'));
  return new ApiError(response.status, body?.code, body?.error ?? '', body?.fields, wait > 0 ? wait : undefined);
}

/** One JSON request; throws ApiError. */
export async function request<T>(method: string, path: string, body?: unknown, token?: string, doFetch: Fetch = fetch): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  let response: Response;
  try {
    response = await doFetch(`/api${path}`, {
      method, headers, credentials: 'same-origin', cache: 'no-cache',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'unreachable', '');
  }
  noteServerTime(Date.parse(response.headers.get('Date') ?? ''), false);
  if (!response.ok) throw await failureOf(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Requests with the session's token: a 401 renews it once and tries again. */
export class ApiClient {
  constructor(private readonly tokens: TokenSource, private readonly doFetch: Fetch = (...args) => fetch(...args)) {}

  get<T>(path: string): Promise<T> { return this.call<T>('GET', path); }
  post<T>(path: string, body?: unknown): Promise<T> { return this.call<T>('POST', path, body); }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const token = this.tokens.current() ?? (await this.tokens.renew());
    try {
      return await request<T>(method, path, body, token, this.doFetch);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      // Somebody else may have renewed it while this request was on its way.
      const fresh = this.tokens.current();
      return request<T>(method, path, body, fresh && fresh !== token ? fresh : await this.tokens.renew(), this.doFetch);
    }
  }
}
