import { create } from 'zustand';
import { ApiError, isAway, request } from '@/lib/api-client';
import { backoffDelay } from '@/lib/backoff';

/** Whether the server answers requests (the live link has its own state). */
interface ReachState {
  /** Local clock, ms: since when it does not. */
  awayAt?: number;
}

export const useReach = create<ReachState>(() => ({}));

const listeners = new Set<() => void>();
let probing = false;

async function probe(): Promise<void> {
  for (let attempt = 0; useReach.getState().awayAt !== undefined; ++attempt) {
    await new Promise((done) => setTimeout(done, Math.min(4_000, backoffDelay(attempt))));
    try {
      await request('GET', '/public-config');
      noteReach(true);
    } catch (error) {
      if (error instanceof ApiError && !isAway(error)) noteReach(true);
    }
  }
}

/** Told by every request; while the server is away it is asked again and again, so that the page knows when it is back. */
export function noteReach(reached: boolean): void {
  const { awayAt } = useReach.getState();
  if (reached && awayAt !== undefined) {
    useReach.setState({ awayAt: undefined });
    for (const listener of listeners) listener();
  }
  if (!reached && awayAt === undefined) {
    useReach.setState({ awayAt: Date.now() });
    if (probing) return;
    probing = true;
    void probe().finally(() => { probing = false; });
  }
}

/** Calls `listener` each time the server answers again; returns how to stop that. */
export function onReachAgain(listener: () => void): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}
