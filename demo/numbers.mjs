// Whom the demo's agents call. The lab's carriers decide by the last two digits what becomes of a call
// (tests/support/lab/README.md): most people answer, some are busy, some never do.
const OUTCOMES = [
  { ending: '00', weight: 8 }, // rings, answers, talks until the agent hangs up
  { ending: '65', weight: 4 }, // the same, but rings for long
  { ending: '50', weight: 3 }, // answers and hangs up after ten seconds
  { ending: '58', weight: 2 }, // the same after eight
  { ending: '86', weight: 3 }, // busy
  { ending: '80', weight: 2 }, // rings, nobody answers
  { ending: '94', weight: 1 }, // no such number
];

/** A French number whose owner behaves as drawn. */
export function pickNumber(random = Math.random) {
  let at = random() * OUTCOMES.reduce((sum, { weight }) => sum + weight, 0);
  const { ending } = OUTCOMES.find(({ weight }) => (at -= weight) < 0) ?? OUTCOMES[0];
  const area = 1 + Math.floor(random() * 5);
  return `+33${area}${String(Math.floor(random() * 1e6)).padStart(6, '0')}${ending}`;
}
