import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noteReach, onReachAgain, useReach } from './reach-store';

let answers: (() => Promise<Response>)[];

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  vi.stubGlobal('fetch', vi.fn(() => (answers.shift() ?? (() => Promise.reject(new TypeError('away'))))()));
});

afterEach(async () => {
  noteReach(true);
  await vi.runAllTimersAsync();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('asks until the server is back, and tells once', async () => {
  const back = vi.fn();
  const stop = onReachAgain(back);
  noteReach(false);
  noteReach(false);
  expect(useReach.getState().awayAt).toBeDefined();
  answers = [() => Promise.reject(new TypeError('away')), () => Promise.resolve(new Response('{}', { status: 503 })), () => Promise.resolve(new Response('{}'))];
  await vi.advanceTimersByTimeAsync(20_000);
  expect(useReach.getState().awayAt).toBeUndefined();
  expect(back).toHaveBeenCalledOnce();
  expect(fetch).toHaveBeenCalledTimes(3);
  stop();
});

it('counts a refusal as an answer', async () => {
  noteReach(false);
  answers = [() => Promise.resolve(new Response('{}', { status: 403 }))];
  await vi.advanceTimersByTimeAsync(2_000);
  expect(useReach.getState().awayAt).toBeUndefined();
});

it('says nothing while all is well', () => {
  const back = vi.fn();
  const stop = onReachAgain(back);
  noteReach(true);
  expect(back).not.toHaveBeenCalled();
  stop();
});
