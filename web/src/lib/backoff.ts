/** Delay in ms before attempt `attempt` (0 = first retry): doubles from 500 ms to 15 s, spread over its upper half. */
export function backoffDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}
