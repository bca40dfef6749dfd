import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from './api-client';
import { TokenKeeper, expiryOf } from './token-keeper';

const jwt = (exp: number) => `h.${btoa(JSON.stringify({ exp })).replace(/=/g, '')}.s`;
const now = 1_000_000_000;
let timers: { run: () => void; ms: number }[];
let over: number;
let renewRequest: () => Promise<{ accessToken: string }>;
let keeper: TokenKeeper;

beforeEach(() => {
  timers = [];
  over = 0;
  keeper = new TokenKeeper({
    onSessionOver: () => { over += 1; },
    renewRequest: () => renewRequest(),
    now: () => now,
    setTimer: (run, ms) => { const timer = { run, ms }; timers.push(timer); return timer; },
    clearTimer: (handle) => { timers = timers.filter((timer) => timer !== handle); },
  });
});

it('reads the expiry, and stands tokens that have none', () => {
  expect(expiryOf(jwt(1234))).toBe(1_234_000);
  expect(expiryOf('opaque')).toBeUndefined();
});

it('renews a minute before the end, or at four fifths of a short life', () => {
  keeper.hold(jwt(now / 1000 + 900));
  expect(timers.map((timer) => timer.ms)).toEqual([840_000]);
  keeper.hold(jwt(now / 1000 + 100));
  expect(timers.map((timer) => timer.ms)).toEqual([80_000]);
});

it('asks once for many who want it', async () => {
  const request = vi.fn(() => Promise.resolve({ accessToken: jwt(now / 1000 + 900) }));
  renewRequest = request;
  const [a, b] = await Promise.all([keeper.renew(), keeper.renew()]);
  expect(a).toBe(b);
  expect(request).toHaveBeenCalledOnce();
  expect(keeper.current()).toBe(a);
});

it('ends the session when the cookie is refused', async () => {
  keeper.hold(jwt(now / 1000 + 900));
  renewRequest = () => Promise.reject(new ApiError(401, 'unauthenticated', ''));
  await expect(keeper.renew()).rejects.toThrow();
  expect(over).toBe(1);
  expect(keeper.current()).toBeUndefined();
  expect(timers).toHaveLength(0);
});

it('keeps the session and tries again when the server is away', async () => {
  keeper.hold(jwt(now / 1000 + 900));
  renewRequest = () => Promise.reject(new ApiError(0, 'unreachable', ''));
  await expect(keeper.renew()).rejects.toThrow();
  expect(over).toBe(0);
  expect(keeper.current()).toBeDefined();
  expect(timers[0]?.ms).toBeLessThan(1_000);
});

it('does not take a token that arrives after the session was dropped', async () => {
  let arrive: (answer: { accessToken: string }) => void = () => undefined;
  renewRequest = () => new Promise((resolve) => { arrive = resolve; });
  const waiting = keeper.renew();
  keeper.drop();
  arrive({ accessToken: jwt(now / 1000 + 900) });
  await expect(waiting).rejects.toThrow();
  expect(keeper.current()).toBeUndefined();
  expect(over).toBe(0);
});
