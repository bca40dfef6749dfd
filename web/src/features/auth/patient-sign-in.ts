import { ApiError } from '@/lib/api-client';

/** Before the next attempt: whole seconds that are left, and which attempt it will be. */
export interface WaitNote { seconds: number; attempt: number; attempts: number }

export interface PatientOptions {
  onWait: (note: WaitNote | undefined) => void;
  /** Stops the waiting; an attempt that is under way is finished. */
  signal: AbortSignal;
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

export const attempts = 20;
/** Longer waits are the user's to decide. */
export const longestWaitS = 30;

/** The user stopped it. */
export class Stopped extends Error {}

export function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const end = () => { clearTimeout(timer); signal.removeEventListener('abort', end); done(); };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/**
 * While the server says that too many people sign in at once (429), tries again when it says so: at most `attempts` times, and with
 * a little spread, for all who were told the same. Rejects as `run` does, or with `Stopped`.
 */
export async function patiently<T>(run: () => Promise<T>, { onWait, signal, pause = pauseFor, random = Math.random }: PatientOptions): Promise<T> {
  for (let attempt = 1; ; ++attempt) {
    try {
      return await run();
    } catch (error) {
      const wait = error instanceof ApiError && error.status === 429 ? error.retryAfter ?? 1 : undefined;
      if (wait === undefined || wait > longestWaitS || attempt >= attempts) throw error;
      try {
        for (let seconds = Math.ceil(wait); seconds > 0 && !signal.aborted; --seconds) {
          onWait({ seconds, attempt: attempt + 1, attempts });
          await pause(seconds === 1 ? 1000 + Math.round(random() * 500) : 1000, signal);
        }
      } finally {
        onWait(undefined);
      }
      if (signal.aborted) throw new Stopped();
    }
  }
}
