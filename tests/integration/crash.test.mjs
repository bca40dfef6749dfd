// The node is killed in the middle of calls: the people on the phone notice nothing, the board is right again at once,
// and every call is on record exactly once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Crew, brisk } from '../support/crew.mjs';
import { services } from '../support/instance.mjs';
import { Carrier } from '../support/lab/phones.mjs';
import { startInstance } from '../support/node.mjs';
import { atOnce, assertComplete, recordOf, within } from '../support/records.mjs';
import { waitFor } from '../support/wait.mjs';

let evs;
let crew;
let paris;

const talkers = ['1001', '1003', '1005', '1007', '1009'];
const ringers = ['1002', '1004', '1006'];
const callers = ['+33612340001', '+33612340002', '+33612340003'];
const customers = ['+33612340004', '+33612340005'];
const waiting = ['+33612340006', '+33612340007', '+33612340008'];

before(async () => {
  evs = await startInstance({ start: false, config: brisk });
  await evs.query('update queues set wrap_up_s = 1, ring_timeout_s = 120');
  await evs.start();
  paris = await new Carrier({ address: services().EVS_CARRIER_PARIS }).start();
  crew = await Crew.hire(evs, [...talkers, ...ringers], { answerAfterMs: 200 });
  for (const loginId of ringers) crew.agent(loginId).phone.answerAfterMs = null;
  await crew.trunkUp('trunk-paris');
});

after(async () => {
  await crew?.leave();
  await paris?.stop();
  await evs?.close();
});

/** Which agent has the call of that number, and since when it looks like this. */
const shape = (board, numbers) => Object.fromEntries(numbers.map((number) => {
  const call = board.callOf[number.slice(1)];
  return [number, call && `${call.status} ${call.agentId} ${call.callId} ${call.answeredAt ?? ''}`];
}));

/** Everything that ends a call, on every phone and at the carrier. */
const endings = () => crew.endings() + ['bye', 'hung_up', 'cancelled'].reduce((sum, type) => sum + paris.all(type).length, 0);

async function fiveTalkThreeRing() {
  for (const number of customers) {
    await crew.dial(talkers[customers.indexOf(number)], number);
  }
  await crew.until('both customers to have answered', (board) => board.count('connected') === 2);
  for (const number of callers) await crew.call(number);
  await crew.until('five conversations', (board) => board.count('connected') === 5);
  for (const number of waiting) await crew.call(number);
  const board = await crew.until('three phones to ring', (now) => now.count('connected') === 5 && now.count('ringing') === 3);
  // What the board shows is on disk within the store's flush interval.
  await waitFor('the journal', async () => (await evs.query(`select count(*)::int as n from call_events e
    where kind in ('connected', 'agent_ringing') and seq = (select max(seq) from call_events where call_id = e.call_id)`))[0].n === 8);
  return board;
}

/** Kills the node, lets `meanwhile` happen, starts it again; resolves when it is ready. */
async function crash(meanwhile = async () => {}) {
  await evs.kill9();
  await meanwhile();
  await evs.start();
}

test('killed with five conversations and three ringing phones: nobody notices, the board comes back, each call is on record once', async () => {
  const before = await fiveTalkThreeRing();
  const all = [...customers, ...callers, ...waiting];
  const expected = shape(before, all);
  const ended = endings();

  await crash();
  const ready = Date.now();
  const again = await crew.until('the same eight calls', (board) => board.count('connected') === 5 && board.count('ringing') === 3, { timeout: 3000 });
  assert.deepEqual(shape(again, all), expected);
  const board = await crew.until('the agents as they were', (board) => talkers.every((one) => board.agentOf[one].status === 'En Appel')
    && ringers.every((one) => board.agentOf[one].status === 'Ringing'), { timeout: 3000 });
  assert.equal(Date.now() - ready <= 3000, true, 'the agents too within 3 s');
  for (const one of board.agents.filter((agent) => agent.callId)) {
    assert.equal(board.calls.find((call) => call.callId === one.callId)?.agentId, one.agentId, 'agent and call know each other');
  }
  assert.equal(endings(), ended, 'no phone and no caller has noticed anything');
  assert.ok((await evs.metrics())['evs_calls_recovered_total{kind="living"}'] === 8);
  assert.match(evs.log(), /recovered with 2 living legs/);

  // The calls go on and end as calls do: by the agent, by the caller, and the ringing ones are answered first.
  for (const loginId of ringers) await crew.agent(loginId).phone.answer();
  await crew.until('eight conversations', (board) => board.count('connected') === 8);
  for (const loginId of [...talkers.slice(0, 3), ringers[0]]) await crew.agent(loginId).phone.hangup();
  for (const caller of crew.callers) await caller.hangup().catch(() => {});
  await crew.untilQuiet();

  const rows = await waitFor('eight rows', async () => {
    const found = await evs.query('select * from call_history');
    return found.length >= 8 && found.every((row) => row.wrap_up_s !== null) && found;
  });
  assert.equal(rows.length, 8);
  for (const number of all) {
    const row = recordOf(rows, number);
    assertComplete(row);
    const phone = crew.byId(row.agent_id).phone;
    assert.equal(row.status, 'answered');
    within(row.ended_at, phone.all('ended').at(-1).at, 1500, `${number}: end`);
    if (customers.includes(number)) {
      const [answered] = paris.all('answered').filter((one) => `+${one.number.replace(/^\+/, '')}` === number || one.number.endsWith(number.slice(-9)));
      within(row.answered_at, answered.at, 1500, `${number}: the customer's answer`);
    } else {
      within(row.answered_at, phone.all('answered').at(-1).at, 1500, `${number}: the agent's answer`);
    }
    within(row.talk_s * 1000, row.ended_at - row.answered_at, 1000, `${number}: talk time`);
    assert.ok(['agent_hangup', 'caller_hangup'].includes(row.end_reason), `${number}: ${row.end_reason}`);
  }
  assert.deepEqual(await evs.query("select outcome, count(*)::int from call_attempts group by 1"), [{ outcome: 'answered', count: 2 }]);
});

test('what happens while the node is away is found out: ends are on record, an answered phone talks, a new caller is served', async () => {
  await crew.rest(['1001', '1003']);
  for (const loginId of ['1002', '1004']) crew.agent(loginId).phone.answerAfterMs = null;
  const stays = await crew.call('+33612340011');
  const ends = await crew.call('+33612340012');
  await crew.until('two conversations', (board) => board.count('connected') === 2);
  for (const loginId of ['1002', '1004']) await crew.status(loginId, 'En Attente');
  const answered = await crew.call('+33612340013');
  await crew.until('the first phone to ring', (board) => board.count('ringing') === 1);
  const givesUp = await crew.call('+33612340014');
  const before = await crew.until('both phones to ring', (board) => board.count('ringing') === 2);
  // Both ring on; whoever is free again afterwards answers.
  for (const loginId of ['1002', '1004']) crew.agent(loginId).phone.answerAfterMs = 200;
  const agentOf = (number) => crew.byId(before.callOf[number.slice(1)].agentId);
  await crew.status('1005', 'En Attente');
  await waitFor('the journal', async () => (await evs.query("select 1 from agent_states where agent_id = 'user-1005' and state = 'available'")).length === 1);

  const ghost = agentOf(givesUp.number).phone;
  const ringsSince = ghost.events.length;
  let newcomer;
  let ended;
  await crash(async () => {
    await agentOf(ends.number).phone.hangup();
    ended = await ends.waitFor('ended');
    await agentOf(answered.number).phone.answer();
    await agentOf(answered.number).phone.waitFor('answered');
    await givesUp.hangup();
    await givesUp.waitFor('ended');
    newcomer = await crew.call('+33612340015');
    await newcomer.waitFor('connected');
  });
  const ready = Date.now();
  await crew.until('the true board', (board) => board.callOf[stays.number.slice(1)]?.status === 'connected'
    && board.callOf[answered.number.slice(1)]?.status === 'connected'
    && !board.callOf[ends.number.slice(1)] && !board.callOf[givesUp.number.slice(1)]
    && ['ringing', 'connected'].includes(board.callOf[newcomer.number.slice(1)]?.status), { timeout: 3000 });
  const took = Date.now() - ready;
  assert.ok(took <= 3000, `${took} ms`);
  await crew.until('the newcomer to be served', (board) => board.callOf[newcomer.number.slice(1)]?.status === 'connected');
  await ghost.waitFor('ended', 5000, { from: ringsSince });

  for (const caller of [stays, answered, newcomer]) await caller.hangup();
  await crew.untilQuiet();
  const rows = await waitFor('five more rows', async () => {
    const found = await evs.query("select * from call_history where source like '%1234001_'");
    return found.length >= 5 && found;
  });
  assert.equal(rows.length, 5);
  assert.deepEqual(Object.fromEntries([stays, ends, answered, givesUp, newcomer].map((one) => [one.number, recordOf(rows, one.number).end_reason])), {
    [stays.number]: 'caller_hangup', [ends.number]: 'lost_track', [answered.number]: 'caller_hangup', [givesUp.number]: 'lost_track',
    [newcomer.number]: 'caller_hangup',
  });
  for (const row of rows) assertComplete(row);
  assert.ok(recordOf(rows, ends.number).answered_at, 'who talked before the crash has answered');
  assert.ok(recordOf(rows, ends.number).ended_at >= atOnce(ended.at), 'its end is known to be after the crash');
  assert.equal(recordOf(rows, answered.number).agent_id, agentOf(answered.number).id);
});

test('killed again and again while calls begin and end: each caller is on record once', async () => {
  await crew.rest();
  const numbers = Array.from({ length: 9 }, (_, i) => `+3361234010${i}`);
  for (let round = 0; round < 3; round++) {
    await Promise.all(numbers.slice(round * 3, round * 3 + 3).map((number, i) => crew.call(number, { hangUpAfterMs: 200 + 600 * i })));
    // From here on the node owes a row for each: they are in its journal.
    await waitFor('the callers in the journal', async () => (await evs.query(
      "select count(distinct call_id)::int as n from call_events where data->>'caller' like '%1234010_'"))[0].n >= round * 3 + 3);
    await crash();
  }
  await crew.untilQuiet({ timeout: 15_000 });
  const rows = await waitFor('nine rows', async () => {
    const found = await evs.query("select * from call_history where source like '%1234010_'");
    return found.length >= 9 && found;
  });
  assert.deepEqual(rows.map((row) => row.source).sort(), numbers);
  for (const row of rows) assertComplete(row);
});
