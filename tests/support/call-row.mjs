// What PostgreSQL keeps of a call: its one row, its journal, its attempt.
import assert from 'node:assert/strict';
import { waitFor } from './wait.mjs';

const tolerance = 1000;

function near(actual, expected, what) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} ms in the row, ${expected} ms on the phones`);
}

/**
 * The call's row, once it is written. `fields`: columns and their values. `times`, all in ms as the phones saw them:
 * started, answered, ended (points), wait, ring, talk, hold (lengths); each must be within a second.
 */
export async function checkRow(evs, call, fields, times = {}) {
  const rows = await waitFor(`the row of ${call}`, async () => {
    const found = await evs.query('select * from call_history where id = $1', [call]);
    return found.length > 0 ? found : null;
  });
  const [row] = rows;
  for (const [column, value] of Object.entries(fields)) assert.equal(row[column], value, `call_history.${column}`);
  for (const point of ['started', 'answered', 'ended'])
    if (times[point] !== undefined) near(row[`${point}_at`].getTime(), times[point], point);
  for (const length of ['wait', 'ring', 'talk', 'hold'])
    if (times[length] !== undefined) near(row[`${length}_s`] * 1000, times[length], length);
  if (times.started !== undefined && times.ended !== undefined) near(row.duration_s * 1000, times.ended - times.started, 'duration');
  assert.ok(Math.abs(row.wait_s + row.ring_s + row.talk_s + row.hold_s - row.duration_s) <= 2, 'the parts add up to the duration');
  assert.ok(Math.abs(row.talk_s + row.hold_s - row.billable_s) <= 1, 'billable = talk + hold');
  assert.equal(row.answered_at === null, row.billable_s === 0 && row.talk_s === 0 && row.status !== 'answered', 'only answered calls are billable');
  await checkJournal(evs, call);
  return row;
}

/** The steps of the call, without a gap, from its first state to its end; returns their kinds. */
export async function checkJournal(evs, call) {
  const steps = await waitFor(`the end of the journal of ${call}`, async () => {
    const found = await evs.query('select seq::int, at, kind from call_events where call_id = $1 order by seq', [call]);
    return found.at(-1)?.kind === 'ended' ? found : null;
  });
  assert.deepEqual(steps.map((s) => s.seq), steps.map((_, i) => i + 1), 'the journal has no gap');
  assert.equal(steps[0].kind, 'offered');
  for (let i = 1; i < steps.length; i++) assert.ok(steps[i].at >= steps[i - 1].at, 'the journal is in order');
  return steps.map((s) => s.kind);
}

/** The attempt of an outbound call: written before its originate, and what became of it. */
export async function checkAttempt(evs, call, fields) {
  const [attempt] = await waitFor(`the attempt ${call}`, async () => {
    const found = await evs.query('select * from call_attempts where id = $1', [call]);
    return found.length === 1 && found[0].outcome !== 'intended' ? found : null;
  });
  for (const [column, value] of Object.entries(fields)) assert.equal(attempt[column], value, `call_attempts.${column}`);
  assert.ok(attempt.finished_at >= attempt.intended_at);
  return attempt;
}

/** After all flows of a file: each call that was announced ended once, has one row, and nothing stayed open. */
export async function checkBooks(evs, board) {
  const count = (type) => board.of(type).reduce((all, e) => all.set(e.payload.callId, (all.get(e.payload.callId) ?? 0) + 1), new Map());
  const begun = count('newCall');
  const ended = count('callHangup');
  assert.deepEqual([...begun.values()].filter((n) => n !== 1), [], 'one newCall a call');
  assert.deepEqual([...ended.values()].filter((n) => n !== 1), [], 'one callHangup a call');
  assert.deepEqual([...ended.keys()].sort(), [...begun.keys()].sort(), 'every call ended');
  const rows = await waitFor('all rows', async () => {
    const found = await evs.query('select id from call_history');
    return found.length >= begun.size ? found : null;
  });
  assert.deepEqual(rows.map((r) => r.id).sort(), [...begun.keys()].sort(), 'one row a call');
  assert.deepEqual(await evs.query('select * from open_calls'), [], 'no open call');
  assert.deepEqual(await evs.query("select id from call_attempts where outcome = 'intended'"), [], 'no open attempt');
  assert.deepEqual(board.gaps, [], 'offsets rise');
}
