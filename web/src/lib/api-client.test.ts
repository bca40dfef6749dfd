import { expect, it, vi } from 'vitest';
import { ApiClient, ApiError, type TokenSource } from './api-client';

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status, headers });

function clientWith(tokens: Partial<TokenSource>, ...answers: Response[]) {
  const doFetch = vi.fn((...args: Parameters<typeof fetch>) => { void args; return Promise.resolve(answers.shift() ?? answer(500)); });
  const api = new ApiClient({ current: () => 'old', renew: () => Promise.resolve('new'), ...tokens }, doFetch);
  const bearers = () => doFetch.mock.calls.map(([, init]) => (init?.headers as Record<string, string>).Authorization);
  return { api, doFetch, bearers };
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
  const { api } = clientWith({}, answer(429, {}, { 'Retry-After': '7' }));
  await expect(api.get('/x')).rejects.toMatchObject({ status: 429, retryAfter: 7 });
});

it('calls a server that cannot be reached status 0', async () => {
  const api = new ApiClient({ current: () => 't', renew: () => Promise.resolve('t') }, () => Promise.reject(new TypeError('failed')));
  await expect(api.get('/x')).rejects.toMatchObject({ status: 0, code: 'unreachable' });
});
