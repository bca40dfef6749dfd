// REST as a browser speaks it: login keeps the token, the refresh cookie and the user.

export class HttpError extends Error {
  constructor(method, path, status, body) {
    super(`${method} ${path} -> ${status} ${JSON.stringify(body)}`);
    Object.assign(this, { status, body });
  }
}

export class Session {
  /** base: "http://127.0.0.1:28080" */
  constructor(base) {
    this.base = base;
    this.token = null;
    this.cookie = null;
    this.user = null;
  }

  /** In demo mode the password is the loginId. */
  async login(loginId, password = loginId) {
    const { user, accessToken } = await this.post('/auth/login', { loginId, password });
    this.user = user;
    this.token = accessToken;
    return this;
  }

  async refresh() {
    this.token = (await this.post('/auth/refresh', {})).accessToken;
    return this.token;
  }

  get = (path) => this.send('GET', path);
  post = (path, body = {}) => this.send('POST', path, body);
  put = (path, body = {}) => this.send('PUT', path, body);
  delete = (path) => this.send('DELETE', path);

  /** The answer's JSON; throws HttpError unless the status is 2xx. */
  async send(method, path, body, headers) {
    const answer = await this.raw(method, path, body, headers);
    if (!answer.ok) throw new HttpError(method, path, answer.status, answer.body);
    return answer.body;
  }

  /** {ok, status, headers, body}, whatever the status. Paths are under /api unless they start with "//". */
  async raw(method, path, body, headers = {}) {
    const url = path.startsWith('//') ? this.base + path.slice(1) : `${this.base}/api${path}`;
    const answer = await fetch(url, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    const cookie = answer.headers.get('set-cookie');
    if (cookie) this.cookie = cookie.split(';', 1)[0];
    const text = await answer.text();
    let parsed = text;
    try { parsed = JSON.parse(text); } catch { /* metrics, pages */ }
    return { ok: answer.ok, status: answer.status, headers: answer.headers, body: parsed };
  }
}
