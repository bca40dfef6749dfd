import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/lib/api-client';
import { Stopped, attempts, longestWaitS, patiently, pauseFor, type WaitNote } from './patient-sign-in';

const busy = (retryAfter?: number) => new ApiError(429, 'rate_limited', 'Beaucoup de connexions en cours.', {}, retryAfter);

let notes: (WaitNote | undefined)[];
let pauses: number[];
let stop: AbortController;

beforeEach(() => {
  notes = [];
  pauses = [];
  stop = new AbortController();
});

const options = () => ({
  onWait: (note: WaitNote | undefined) => { notes.push(note); },
  signal: stop.signal,
  pause: (ms: number) => { pauses.push(ms); return Promise.resolve(); },
  random: () => 0.5,
});

describe('a sign-in while many sign in', () => {
  it('comes back when the server says so, and counts down until then', async () => {
    const run = vi.fn().mockRejectedValueOnce(busy(3)).mockRejectedValueOnce(busy(1)).mockResolvedValue('in');
    expect(await patiently(run, options())).toBe('in');
    expect(run).toHaveBeenCalledTimes(3);
    expect(notes.map((note) => note && [note.seconds, note.attempt])).toEqual([[3, 2], [2, 2], [1, 2], undefined, [1, 3], undefined]);
    expect(pauses).toEqual([1000, 1000, 1250, 1250]);
  });

  it('gives up after a bounded number of attempts', async () => {
    const run = vi.fn().mockRejectedValue(busy(1));
    await expect(patiently(run, options())).rejects.toMatchObject({ status: 429 });
    expect(run).toHaveBeenCalledTimes(attempts);
    expect(notes.at(-1)).toBeUndefined();
  });

  it('does not wait for longer than a person would', async () => {
    const run = vi.fn().mockRejectedValue(busy(longestWaitS + 1));
    await expect(patiently(run, options())).rejects.toMatchObject({ retryAfter: longestWaitS + 1 });
    expect(run).toHaveBeenCalledOnce();
    expect(notes).toEqual([]);
  });

  it('does not try a wrong password, or anything else, again', async () => {
    for (const status of [401, 400, 0, 503]) {
      const run = vi.fn().mockRejectedValue(new ApiError(status, undefined, ''));
      await expect(patiently(run, options())).rejects.toMatchObject({ status });
      expect(run).toHaveBeenCalledOnce();
    }
    const late = vi.fn().mockRejectedValueOnce(busy(1)).mockRejectedValue(new ApiError(401, 'unauthenticated', ''));
    await expect(patiently(late, options())).rejects.toMatchObject({ status: 401 });
    expect(late).toHaveBeenCalledTimes(2);
  });

  it('waits a second when the server does not say how long', async () => {
    const run = vi.fn().mockRejectedValueOnce(busy()).mockResolvedValue('in');
    expect(await patiently(run, options())).toBe('in');
    expect(pauses).toEqual([1250]);
  });

  it('stops at once when it is told to', async () => {
    vi.useFakeTimers();
    try {
      const run = vi.fn().mockRejectedValue(busy(20));
      const outcome = patiently(run, { ...options(), pause: pauseFor }).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(2500);
      stop.abort();
      expect(await outcome).toBeInstanceOf(Stopped);
      expect(run).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
      expect(notes.at(-1)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });
});
