// Each neighbour of the node fails in the middle of calls: what people notice, what the board shows, what is on record
// afterwards, and what operators see.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { AmiProxy, seeded } from '../support/ami-proxy.mjs';
import { Crew, brisk } from '../support/crew.mjs';
import { killAsterisk, services, startAsterisk, startPostgres, startRedis, stopPostgres, stopRedis } from '../support/instance.mjs';
import { Carrier } from '../support/lab/phones.mjs';
import { startInstance } from '../support/node.mjs';
import { assertComplete, recordOf } from '../support/records.mjs';
import { waitFor } from '../support/wait.mjs';

const logins = ['1001', '1002', '1003', '1004', '1005', '1006'];

let evs;
let crew;
let proxy;
let paris;
let admin;
let operator;

before(async () => {
  proxy = await new AmiProxy().start();
  const env = services();
  evs = await startInstance({ start: false, config: { ...brisk,
    asterisk: [{ name: 'central', host: '127.0.0.1', port: proxy.port, username: env.EVS_AMI_USER, secret: env.EVS_AMI_SECRET }] } });
  await evs.query('update queues set wrap_up_s = 1, ring_timeout_s = 60');
  await evs.start();
  paris = await new Carrier({ address: env.EVS_CARRIER_PARIS }).start();
  crew = await Crew.hire(evs, logins);
  await crew.trunkUp('trunk-paris');
  admin = await evs.login('9000');
  operator = await evs.live(admin);
});

after(async () => {
  await crew?.leave();
  await paris?.stop();
  await operator?.close();
  await evs?.close();
  await proxy?.stop();
});

/** The row of that number's call, once it is written. */
const written = (number, options) => waitFor(`the row of ${number}`, async () => (await evs.query('select * from call_history where $1 in (source, destination)', [number]))[0], options);

const alerted = (code, since) => operator.waitFor('systemAlert', (alert) => alert.code === code, { since, timeout: 15_000 });

const readyz = async () => (await fetch(`${evs.base}/readyz`)).status;

/** Two conversations; resolves with their callers. */
async function twoTalk(prefix) {
  const callers = [await crew.call(`${prefix}1`), await crew.call(`${prefix}2`)];
  await crew.until('two conversations', (board) => board.count('connected') === 2);
  return callers;
}

const agentTalkingTo = async (caller) => crew.byId((await crew.board()).callOf[caller.number.slice(1)].agentId);

test('the manager connection is cut for 5 s: calls go on, what happened meanwhile is found out', async () => {
  await crew.rest();
  const [ends, stays] = await twoTalk('+3361235000');
  for (const { phone } of crew.agents) phone.answerAfterMs = null;
  const rings = await crew.call('+33612350003');
  await crew.until('a ringing phone', (board) => board.count('ringing') === 1);
  const [talker, ringing] = [await agentTalkingTo(ends), await agentTalkingTo(rings)];
  const before = await evs.metrics();
  const seen = operator.events.length;
  const log = evs.logSize();
  const ended = crew.endings();

  proxy.cut();
  const cutAt = Date.now();
  await alerted('ami_down', seen);
  assert.equal((await evs.metrics())['evs_ami_up{kind="central"}'], 0);
  assert.equal(await readyz(), 503);
  assert.equal(crew.endings(), ended, 'nobody on the phone has noticed');
  const refused = await crew.agent('1005').session.raw('POST', '/call/originate', { agentId: crew.agent('1005').id, destination: '+33612350099' });
  assert.equal(refused.status, 503, JSON.stringify(refused.body));
  assert.ok(refused.headers.get('retry-after'));
  await talker.phone.hangup();
  await ends.waitFor('ended');
  await ringing.phone.answer();
  const newcomer = await crew.call('+33612350004');
  await newcomer.waitFor('connected'); // Asterisk takes him and plays music
  await pause(Math.max(0, cutAt + 5000 - Date.now()));

  for (const { phone } of crew.agents) phone.answerAfterMs = 100;
  proxy.restore();
  await alerted('ami_up', seen);
  await crew.until('the true board', (board) => !board.callOf[ends.number.slice(1)]
    && [stays, rings, newcomer].every((one) => board.callOf[one.number.slice(1)]?.status === 'connected')
    && !['En Appel', 'Ringing'].includes(board.agentOf[talker.loginId].status), { timeout: 3000 });
  const after = await evs.metrics();
  assert.equal(after['evs_ami_disconnects_total{kind="central"}'] - (before['evs_ami_disconnects_total{kind="central"}'] ?? 0), 1);
  assert.equal(after['evs_ami_up{kind="central"}'], 1);
  assert.equal(await readyz(), 200);
  await evs.waitForLog(/connection lost/, { since: log });
  await evs.waitForLog(/connected to Asterisk/, { since: log });

  for (const caller of [stays, rings, newcomer]) await caller.hangup();
  await crew.untilQuiet();
  for (const [caller, reason] of [[ends, 'lost_track'], [stays, 'caller_hangup'], [rings, 'caller_hangup'], [newcomer, 'caller_hangup']]) {
    const row = await written(caller.number);
    assertComplete(row);
    assert.equal(row.end_reason, reason, caller.number);
    assert.equal(row.status, 'answered');
  }
});

test('a manager connection that has gone silent is noticed and made anew', async () => {
  await crew.rest();
  const [first, second] = await twoTalk('+3361235010');
  const log = evs.logSize();
  const connections = proxy.connections;
  proxy.silent = true; // connected, but nothing arrives any more
  await first.hangup();
  await evs.waitForLog(/connection lost/, { since: log, timeout: 20_000 });
  proxy.silent = false;
  await crew.until('the true board', (board) => board.calls.length === 1 && board.callOf[second.number.slice(1)]?.status === 'connected', { timeout: 5000 });
  assert.ok(proxy.connections > connections);
  await second.hangup();
  await crew.untilQuiet();
  for (const caller of [first, second]) assertComplete(await written(caller.number));
});

test('Asterisk crashes and is started again: its calls end on record, nobody stays busy, new calls work', async () => {
  await crew.rest();
  const callers = await twoTalk('+3361235020');
  const log = evs.logSize();
  await killAsterisk(); // no goodbye: neither to phones nor to the node
  await startAsterisk();
  await crew.until('a board without calls', (board) => board.calls.length === 0, { timeout: 15_000 });
  await crew.untilQuiet();
  for (const caller of callers) {
    const row = await written(caller.number);
    assertComplete(row);
    assert.equal(row.end_reason, 'lost_track');
  }
  assert.equal((await evs.metrics())['evs_asterisk_restarts_total{kind="central"}'], 1);
  await evs.waitForLog(/Asterisk was restarted/, { since: log });
  await crew.until('every phone to be reachable again', (board) => logins.every((one) => board.agentOf[one].phoneReachable), { timeout: 5000 });
  const next = await crew.call('+33612350023');
  await crew.until('a conversation', (board) => board.callOf[next.number.slice(1)]?.status === 'connected');
  await next.hangup();
  await crew.untilQuiet();
  assert.equal((await written(next.number)).end_reason, 'caller_hangup');
});

test('PostgreSQL is away for 10 s: inbound calls go on, outbound is refused, every row is written afterwards', async () => {
  await crew.trunkUp('trunk-paris');
  await crew.rest(['1001', '1002', '1003', '1004', '1006']); // 1005 is in a pause: no call comes to him
  const [ends, stays] = await twoTalk('+3361235030');
  const free = crew.agent('1005');
  const before = await evs.metrics();
  const seen = operator.events.length;
  const log = evs.logSize();
  const events = operator.events.length;
  await stopPostgres();
  const downAt = Date.now();
  try {
    await ends.hangup(); // its row cannot be written now
    await alerted('database_down', seen);
    assert.equal((await evs.metrics()).evs_store_up, 0);
    await waitFor('readyz to say so', async () => await readyz() === 503);
    const whole = await crew.call('+33612350033', { hangUpAfterMs: 1500 });
    await crew.until('a conversation that began without a database', (board) => board.callOf[whole.number.slice(1)]?.status === 'connected');
    const refused = await free.session.raw('POST', '/call/originate', { agentId: free.id, destination: '+33612350060' });
    assert.equal(refused.status, 503, JSON.stringify(refused.body));
    await crew.until('the refused agent to be free again', (board) => board.agentOf[free.loginId].status === 'En Pause');
    assert.equal(paris.all('invite').filter((one) => one.number.includes('612350060')).length, 0, 'nobody was dialled');
    const login = await evs.anonymous().raw('POST', '/auth/login', { loginId: '1007', password: '1007' });
    assert.equal(login.status, 503, JSON.stringify(login.body));
    await whole.waitFor('ended');
    await crew.until('only the long conversation', (board) => board.calls.length === 1 && board.callOf[stays.number.slice(1)]?.status === 'connected');
    assert.ok(operator.of('callHangup').length > 0 && operator.events.length > events, 'dashboards go on');
    assert.ok((await evs.metrics()).evs_store_queue > 0);
    await pause(Math.max(0, downAt + 10_000 - Date.now()));
  } finally {
    await startPostgres();
  }
  await alerted('database_up', seen);
  await stays.hangup();
  await crew.untilQuiet();
  for (const number of [ends.number, stays.number, '+33612350033']) {
    const row = await written(number);
    assertComplete(row);
    assert.equal(row.status, 'answered');
  }
  // The journal too, in order and without a hole.
  for (const [{ n, last }] of await Promise.all([ends.number, stays.number, '+33612350033'].map((number) => evs.query(
    'select count(*)::int as n, max(seq)::int as last from call_events where call_id = (select id from call_history where source = $1)', [number])))) assert.equal(n, last);
  await waitFor('readyz', async () => await readyz() === 200);
  const metrics = await evs.metrics();
  assert.equal(metrics.evs_store_up, 1);
  assert.equal(metrics.evs_store_outages_total - (before.evs_store_outages_total ?? 0), 1);
  assert.equal(metrics.evs_store_dropped_steps_total ?? 0, 0);
  assert.equal(metrics.evs_store_rejected_rows_total ?? 0, 0);
  await evs.waitForLog(/PostgreSQL is away/, { since: log });
  await evs.waitForLog(/PostgreSQL is back/, { since: log });
  await crew.dial(free.loginId, '+33612350060');
  await crew.until('outbound calls again', (board) => board.callOf['33612350060']?.status === 'connected');
  await free.phone.hangup();
  await crew.untilQuiet();
});

test('Redis is away for 10 s: calls and dashboards go on, and both changes of the order are told', async () => {
  await crew.rest();
  const board = await evs.live(crew.supervisor);
  const old = board.epoch;
  const frames = [];
  board.socket.on('message', (data) => {
    const frame = JSON.parse(data.toString());
    if (!Array.isArray(frame)) frames.push(frame);
  });
  const [ends, stays] = await twoTalk('+3361235040');
  const ended = crew.endings();
  const log = evs.logSize();
  await stopRedis();
  const downAt = Date.now();
  try {
    await waitFor('the first new epoch', () => frames.length >= 2);
    assert.deepEqual(frames.slice(0, 2).map((one) => one.type), ['reset', 'hello']);
    assert.notEqual(frames[1].epoch, old);
    assert.deepEqual(frames[1].snapshot.calls.map((one) => one.caller).sort(), [ends.number, stays.number]);
    assert.equal(crew.endings(), ended, 'no call has noticed');
    assert.equal((await evs.metrics()).evs_event_log_shared, 0);
    assert.equal(await readyz(), 200, 'a node without Redis serves');
    const since = board.events.length;
    await ends.hangup();
    await board.waitFor('callHangup', () => true, { since });
    const during = await crew.call('+33612350043', { hangUpAfterMs: 500 });
    await board.waitFor('newCall', (call) => call.caller === during.number, { since });
    await during.waitFor('ended');
    await pause(Math.max(0, downAt + 10_000 - Date.now()));
  } finally {
    await startRedis();
  }
  await waitFor('the second new epoch', () => frames.length >= 4);
  assert.deepEqual(frames.slice(2).map((one) => one.type), ['reset', 'hello']);
  assert.equal(new Set([old, frames[1].epoch, frames[3].epoch]).size, 3);
  assert.deepEqual(frames[3].snapshot.calls.map((one) => one.caller), [stays.number]);
  assert.equal((await evs.metrics()).evs_event_log_shared, 1);
  await evs.waitForLog(/event log in this process/, { since: log });
  await evs.waitForLog(/event log in Redis/, { since: log });
  const since = board.events.length;
  await stays.hangup();
  await board.waitFor('callHangup', () => true, { since });
  await crew.untilQuiet();
  for (const number of [ends.number, stays.number, '+33612350043']) assertComplete(await written(number));
  await board.close();
});

test('5 % of all manager events are lost over three dozen calls: nobody is stuck, every call has its row', async () => {
  await crew.rest();
  const before = await evs.metrics();
  const random = seeded(7);
  const numbers = Array.from({ length: 36 }, (_, i) => `+336123506${String(i).padStart(2, '0')}`);
  proxy.dropped = [];
  proxy.lose(0.05, 42);
  const waiting = [...numbers];
  const line = async () => {
    for (let number; (number = waiting.shift());) {
      const caller = await crew.call(number, { hangUpAfterMs: 300 + Math.floor(random() * 2000) });
      await caller.waitFor('ended', 20_000);
      await caller.stop();
    }
  };
  await Promise.all(Array.from({ length: 6 }, line));
  await crew.untilQuiet({ timeout: 10_000 });
  const board = await crew.board();
  for (const loginId of logins) assert.ok(['En Attente', 'En Pause'].includes(board.agentOf[loginId].status), `${loginId} ${board.agentOf[loginId].status}`);
  for (const queue of board.queues) assert.equal(queue.waiting, 0);
  assert.equal(board.trunks.find((one) => one.trunkId === 'trunk-paris').channelsInUse, 0);
  proxy.drop = () => false;

  const rows = await waitFor('36 rows', async () => {
    const found = await evs.query("select * from call_history where source like '+336123506__'");
    return found.length >= 36 && found;
  });
  for (const number of numbers) assertComplete(recordOf(rows, number));
  assert.ok(rows.some((row) => row.status === 'answered'));
  assert.ok(proxy.dropped.length > 10, `${proxy.dropped.length} of ${proxy.events} events were lost`);
  const after = await evs.metrics();
  const heals = (metrics) => Object.entries(metrics).filter(([name]) => name.startsWith('evs_heals_total')).reduce((sum, [, value]) => sum + value, 0);
  assert.ok(heals(after) > heals(before), 'corrections are counted');
  assert.ok(after['evs_audits_total{kind="complete"}'] > 0);
});
