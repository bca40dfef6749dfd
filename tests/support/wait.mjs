// Waiting for a state instead of sleeping.
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Calls probe until it gives a truthy value and returns that. After `timeout` ms throws, naming `what` and the last
 * value or error.
 */
export async function waitFor(what, probe, { timeout = 10_000, every = 50 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`Waited ${timeout} ms in vain for ${what}; last: ${seen}`);
    }
    await pause(every);
  }
}
