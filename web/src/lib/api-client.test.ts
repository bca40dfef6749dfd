import { describe, expect, it, vi } from 'vitest';
import { ApiClient, ApiError, type TokenSource } from './api-client';

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers });

function clientWith(tokens: Partial<TokenSource>, ...answers: Response[]) {
  const doFetch = vi.fn((...args: Parameters<typeof fetch>) => { void args; return Promise.resolve(answers.shift() ?? answer(500)); });
  const pauses: number[] = [];
  const reach: boolean[] = [];
  const api = new ApiClient({ current: () => 'old', renew: () => Promise.resolve('new'), ...tokens }, {
    doFetch, onReach: (reached) => { reach.push(reached); }, pause: (ms) => { pauses.push(ms); return Promise.resolve(); },
  });
  const headers = () => doFetch.mock.calls.map(([, init]) => init?.headers as Record<string, string>);
  const bearers = () => headers().map((one) => one.Authorization);
  return { api, doFetch, bearers, headers, pauses, reach };
}

it('sends the token and reads the answer', async () => {
  const { api, doFetch, bearers } = clientWith({}, answer(200, { ok: true }));
  expect(await api.post('/call/originate', { destination: '01' })).toEqual({ ok: true });
  expect(doFetch.mock.calls[0]?.[0]).toBe('/api/call/originate');
  expect(bearers()).toEqual(['Bearer old']);
});

it('renews once after a 401 and tries again', async () => {
  const { api, bearers } = clientWith({}, answer(401), answer(204));
  expect(await api.get('/auth/me')).toBeUndefined();
  expect(bearers()).toEqual(['Bearer old', 'Bearer new']);
});

it('does not try for ever', async () => {
  const { api, doFetch } = clientWith({}, answer(401), answer(401, { error: 'non', code: 'unauthenticated' }));
  await expect(api.get('/auth/me')).rejects.toMatchObject({ status: 401 });
  expect(doFetch).toHaveBeenCalledTimes(2);
});

it('uses a token that somebody else renewed meanwhile', async () => {
  const renew = vi.fn(() => Promise.resolve('unused'));
  const held = ['old', 'fresh'];
  const { api, bearers } = clientWith({ current: () => held.shift(), renew }, answer(401), answer(200, {}));
  await api.get('/live');
  expect(bearers()).toEqual(['Bearer old', 'Bearer fresh']);
  expect(renew).not.toHaveBeenCalled();
});

it('tells what was refused in the words of the server', async () => {
  const { api } = clientWith({}, answer(409, { error: 'Agent en appel', code: 'conflict', fields: { status: 'x' } }));
  const error = await api.post('/agents/a1/status', {}).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 409, code: 'conflict', message: 'Agent en appel', fields: { status: 'x' } });
});

it('carries Retry-After', async () => {
  const { api, doFetch } = clientWith({}, answer(429, {}, { 'Retry-After': '7' }));
  await expect(api.get('/x')).rejects.toMatchObject({ status: 429, retryAfter: 7 });
  expect(doFetch).toHaveBeenCalledOnce();
});

it('calls a server that cannot be reached status 0', async () => {
  const api = new ApiClient({ current: () => 't', renew: () => Promise.resolve('t') }, {
    doFetch: () => Promise.reject(new TypeError('failed')), pause: () => Promise.resolve(),
  });
  await expect(api.get('/x')).rejects.toMatchObject({ status: 0, code: 'unreachable' });
});

describe('while the server is away', () => {
  it('repeats a read, with growing pauses, and says when it is back', async () => {
    const { api, pauses, reach } = clientWith({}, answer(503), answer(502), answer(200, { ok: 1 }));
    expect(await api.get('/sites')).toEqual({ ok: 1 });
    expect(pauses).toHaveLength(2);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
    expect(reach).toEqual([false, false, true]);
  });

  it('waits as long as the server asks', async () => {
    const { api, pauses } = clientWith({}, answer(429, {}, { 'Retry-After': '2' }), answer(200, {}));
    await api.get('/sites');
    expect(pauses).toEqual([2000]);
  });

  it('gives up after four attempts', async () => {
    const { api, doFetch } = clientWith({}, answer(503), answer(503), answer(503), answer(503), answer(200));
    await expect(api.get('/sites')).rejects.toMatchObject({ status: 503 });
    expect(doFetch).toHaveBeenCalledTimes(4);
  });

  it('never repeats a write without a key', async () => {
    const { api, doFetch } = clientWith({}, answer(503), answer(200));
    await expect(api.post('/call/originate', {})).rejects.toMatchObject({ status: 503 });
    expect(doFetch).toHaveBeenCalledOnce();
  });

  it('repeats a write with the same key', async () => {
    const { api, headers } = clientWith({}, answer(503), answer(201, { id: 's1' }));
    expect(await api.post('/sites', { name: 'Paris' }, { key: 'k1' })).toEqual({ id: 's1' });
    expect(headers().map((one) => one['Idempotency-Key'])).toEqual(['k1', 'k1']);
  });

  it('does not repeat what was refused', async () => {
    const { api, doFetch, reach } = clientWith({}, answer(400, { error: 'non', code: 'invalid_input', fields: { name: 'Requis.' } }));
    await expect(api.send('PUT', '/sites/s1', {}, { key: 'k' })).rejects.toMatchObject({ fields: { name: 'Requis.' } });
    expect(doFetch).toHaveBeenCalledOnce();
    expect(reach).toEqual([true]);
  });
});

it('carries versions both ways', async () => {
  const { api, headers } = clientWith({}, answer(200, { id: 's1' }, { ETag: '"7"' }), answer(304), answer(200, { id: 's1' }, { ETag: '"8"' }));
  expect(await api.read('/sites/s1')).toEqual({ status: 200, value: { id: 's1' }, etag: '"7"' });
  expect(await api.read('/sites/s1', '"7"')).toMatchObject({ status: 304, value: undefined });
  await api.send('PUT', '/sites/s1', {}, { ifMatch: '"7"' });
  expect(headers()[1]?.['If-None-Match']).toBe('"7"');
  expect(headers()[2]?.['If-Match']).toBe('"7"');
});

it('sends a file as it is', async () => {
  const { api, doFetch, headers } = clientWith({}, answer(202, { jobId: 'j' }));
  const form = new FormData();
  await api.post('/campaigns/c/contacts/import', form);
  expect(doFetch.mock.calls[0]?.[1]?.body).toBe(form);
  expect(headers()[0]?.['Content-Type']).toBeUndefined();
});
