// What a row of call_history must be, and how it compares with what the phones have noted.
import assert from 'node:assert/strict';
import { digits } from './crew.mjs';

const ms = (time) => (time instanceof Date ? time.getTime() : Number(time));

/** Both times (Date or ms) are at most `tolerance` ms apart. */
export function within(actual, expected, tolerance, what) {
  const off = Math.abs(ms(actual) - ms(expected));
  assert.ok(off <= tolerance, `${what}: ${off} ms off (${tolerance} allowed)`);
}

/** A phone's time as the database gives times, with room for the rounding of both clocks. */
export const atOnce = (at) => new Date(at - 50);

/** The one row whose outside party has this number. */
export function recordOf(rows, number) {
  const found = rows.filter((row) => digits(row.direction === 'inbound' ? row.source : row.destination) === digits(number));
  assert.equal(found.length, 1, `one row for ${number}, not ${found.length}`);
  return found[0];
}

/** Everything that a finished call's row needs, and times that add up. */
export function assertComplete(row) {
  const name = `${row.source} -> ${row.destination}`;
  for (const field of ['id', 'direction', 'started_at', 'ended_at', 'status', 'site_id', 'trunk_id']) assert.ok(row[field], `${name}: ${field}`);
  assert.notEqual(row.end_reason, 'none', name);
  assert.ok(row.started_at <= row.ended_at, `${name}: starts before it ends`);
  if (row.answered_at) {
    assert.ok(row.started_at <= row.answered_at && row.answered_at <= row.ended_at, `${name}: answered in between`);
    assert.ok(row.agent_id, `${name}: who answered`);
  } else {
    assert.equal(row.talk_s + row.hold_s, 0, `${name}: nobody talked`);
  }
  within(row.duration_s * 1000, row.ended_at - row.started_at, 1000, `${name}: duration`);
  within((row.wait_s + row.ring_s + row.talk_s + row.hold_s) * 1000, row.duration_s * 1000, 2000, `${name}: sum of its parts`);
  assert.equal(row.billable_s, row.talk_s + row.hold_s, `${name}: billable`);
}
