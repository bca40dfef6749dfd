// What a WebSocket client is promised: the truth on arrival, nothing lost or doubled over cuts, nothing that is not his, and
// nobody else's slowness.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Crew, brisk } from '../support/crew.mjs';
import { openNative } from '../support/live.mjs';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

const walkers = ['1011', '1012', '1013', '1014', '1015', '1016', '1017', '1018'];

let evs;
let crew;
let admin;
let unused; // a ticket that grows old while the other tests run
const doors = []; // the walkers' own connections: they make the events

before(async () => {
  evs = await startInstance({ start: false, config: { ...brisk, redis: { keep: 1000 }, http: { allowed_origins: ['https://console.example'] },
    limits: { requests_per_second: 2000, request_burst: 4000 } } });
  await evs.query('update queues set wrap_up_s = 1');
  await evs.start();
  crew = await Crew.hire(evs, ['1001', '1002', '1003']);
  admin = await evs.login('9000');
  unused = { ...(await admin.post('/auth/ws-ticket')), at: Date.now() };
  for (const loginId of walkers) {
    const session = await evs.login(loginId);
    const door = Object.assign(await evs.live(session), { session });
    door.send('agentStatusChange', { status: 'En Attente' });
    await door.waitFor('agentStatusUpdate', (one) => one.status === 'En Attente');
    doors.push(door);
  }
});

after(async () => {
  await crew?.leave();
  for (const door of doors) door.socket.terminate();
  await evs?.close();
});

/** Each walker changes his state `times` times: two or three events each. */
function walk(times) {
  for (let i = 0; i < times; i++) {
    for (const door of doors) door.send('agentStatusChange', { status: i % 2 ? 'En Pause' : 'Formation', reason: `pas ${i}` });
  }
}

/** No event for a moment: what was caused has arrived. */
const settled = (door) => waitFor('silence', () => Date.now() - (door.events.at(-1)?.at ?? 0) > 300);

const comparable = ({ serverTime, ...snapshot }) => JSON.parse(JSON.stringify({ ...snapshot,
  // How long the oldest caller has been waiting depends on the moment of the question.
  queues: snapshot.queues.map(({ longestWait, ...queue }) => queue) }));

const hello = (door) => waitFor('hello', () => door.hello?.type === 'hello' && door.hello);

test('who comes late sees the truth: hello and the older door both equal GET /api/live', async () => {
  await crew.agent('1003').session.post('/agents/user-1003/status', { status: 'En Pause', reason: 'café' });
  for (const number of ['+33612360001', '+33612360002', '+33612360003']) await crew.call(number);
  await crew.until('two conversations and one who waits', (board) => board.count('connected') === 2 && board.count('queued') === 1);
  const early = await evs.live(crew.supervisor);
  await settled(early);
  const late = await evs.live(crew.supervisor);
  const live = await crew.supervisor.get('/live');
  assert.equal(late.hello.type, 'hello');
  assert.deepEqual(comparable(late.hello.snapshot), comparable(live));
  assert.equal(late.hello.snapshot.calls.length, 3);
  assert.equal(late.hello.snapshot.agents.length, 20);

  const older = await evs.compat(crew.supervisor);
  await waitFor('the state on the older door', () => older.of('newCall').length === 3 && older.of('agentStatusUpdate').length >= 20);
  for (const call of live.calls) {
    const [{ payload }] = older.of('newCall', (one) => one.callId === call.callId);
    assert.equal(payload.status, call.status);
    assert.equal(payload.agentId, call.agentId);
  }
  for (const agent of live.agents) assert.equal(older.of('agentStatusUpdate', (one) => one.agentId === agent.agentId).at(-1).payload.status, agent.status);

  // Both go on from there.
  const since = [older.events.length, late.events.length];
  for (const caller of crew.callers) await caller.hangup();
  await older.waitFor('callHangup', () => true, { since: since[0] });
  await late.waitFor('callHangup', () => true, { since: since[1] });
  await crew.untilQuiet();
  for (const door of [early, late, older]) await door.close();
});

test('cut again and again while calls run: resumed each time, every event exactly once and in order', async () => {
  await crew.rest();
  const steady = await evs.live(crew.supervisor);
  let door = await evs.live(crew.supervisor);
  const start = door.offset;
  const seen = [];
  let going = true;
  const traffic = (async () => {
    for (let i = 0; going; i++) {
      walk(1);
      if (i % 4 === 0) await crew.call(`+336123601${String(i).padStart(2, '0')}`, { hangUpAfterMs: 300 });
      await waitFor('the next step', () => true, { every: 20 });
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  })();
  for (let cut = 0; cut < 8; cut++) {
    const until = door.events.length + 5 + cut * 3;
    await waitFor('some events', () => door.events.length >= until);
    door.socket.terminate();
    await door.closed;
    seen.push(...door.events);
    assert.deepEqual(door.gaps, []);
    const at = steady.offset;
    await waitFor('events that he misses', () => steady.offset > at + 3);
    door = await evs.live(crew.supervisor, { epoch: door.epoch, offset: door.offset });
    assert.equal(door.hello.type, 'resumed', `cut ${cut}`);
  }
  going = false;
  await traffic;
  await crew.untilQuiet();
  await settled(steady);
  await waitFor('both to be at the same point', () => door.offset === steady.offset);
  seen.push(...door.events);
  const pick = (events) => events.filter((one) => one.offset > start).map(({ offset, type, payload }) => ({ offset, type, payload }));
  assert.deepEqual(pick(seen), pick(steady.events));
  assert.ok(seen.length > 200, `${seen.length} events`);
  assert.ok(doors.every((one) => one.of('error').length === 0));
  assert.ok(steady.of('newCall').length > 0 && steady.of('newCall').length === steady.of('callHangup').length);
  assert.ok((await evs.metrics()).evs_sessions_resumed_total >= 8);
  for (const one of [steady, door]) await one.close();
});

test('from another epoch, from the future, or from too long ago: reset and a fresh snapshot, never a silent gap', async () => {
  const first = await evs.live(crew.supervisor);
  const { epoch, offset } = first;
  const resets = async (options, why) => {
    const door = await evs.live(crew.supervisor, options);
    assert.equal(door.hello.type === 'reset' || door.hello.type === 'hello', true, why);
    const types = [];
    door.socket.on('message', (data) => types.push(JSON.parse(data.toString()).type));
    const { snapshot, offset: now } = await hello(door);
    assert.equal(snapshot.agents.length, 20, why);
    assert.ok(now >= offset, why);
    await door.close();
  };
  await resets({ epoch: 'another', offset }, 'another epoch');
  await resets({ epoch, offset: offset + 100_000 }, 'the future');
  // The log keeps 1000 events: more than that are made.
  await Promise.all(doors.map(async ({ session }) => {
    for (let i = 0; i < 140; i++) await session.post(`/agents/${session.user.id}/status`, { status: i % 2 ? 'En Pause' : 'Formation' });
  }));
  await waitFor('all of them', () => first.offset > offset + 1050);
  const door = await rawFirstFrames({ epoch, offset });
  assert.equal(door[0].type, 'reset');
  assert.equal(door[1].type, 'hello');
  assert.ok(door[1].offset > offset + 1050);
  await first.close();
});

/** The first two frames of a connection that wants to resume. */
async function rawFirstFrames({ epoch, offset }) {
  const { ticket } = await crew.supervisor.post('/auth/ws-ticket');
  const socket = new WebSocket(`${evs.base.replace('http', 'ws')}/api/ws?epoch=${epoch}&offset=${offset}`, ['evs.v1', `ticket.${ticket}`]);
  const frames = [];
  socket.on('message', (data) => frames.push(JSON.parse(data.toString())));
  socket.on('error', () => {});
  await waitFor('two frames', () => frames.length >= 2);
  socket.close();
  return frames;
}

test('an agent sees only himself and his own calls, and may not do what supervisors may', async () => {
  await crew.rest(['1001', '1002']);
  const { session } = crew.agent('1001');
  const mine = await evs.live(session);
  const boss = await evs.live(crew.supervisor);
  const { snapshot } = mine.hello;
  assert.deepEqual(snapshot.agents.map((one) => one.agentId), ['user-1001']);
  for (const part of ['calls', 'queues', 'trunks', 'campaigns']) assert.deepEqual(snapshot[part], [], part);
  walk(3);
  for (const number of ['+33612360201', '+33612360202']) await crew.call(number);
  await crew.until('two conversations', (board) => board.count('connected') === 2);
  const own = (await crew.board()).calls.find((one) => one.agentId === 'user-1001');
  for (const caller of crew.callers) await caller.hangup();
  await crew.untilQuiet();
  await mine.waitFor('callHangup', (one) => one.callId === own.callId);
  await mine.waitFor('agentStatusUpdate', (one) => one.status === 'En Appel');
  for (const { type, payload } of mine.events) {
    if (type === 'agentStatusUpdate') assert.equal(payload.agentId, 'user-1001');
    else if (['newCall', 'callUpdate', 'callHangup'].includes(type)) assert.equal(payload.callId, own.callId, type);
    else assert.fail(`an agent got ${type} ${JSON.stringify(payload)}`);
  }
  assert.ok(boss.of('agentStatusUpdate', (one) => one.agentId !== 'user-1001').length > 0);
  assert.equal(boss.of('systemAlert').length, 0, 'alerts are for administrators');

  for (const [path, method] of [['/live', 'GET'], ['/agents', 'GET'], ['/supervisor/call-history', 'GET'], ['/system/reload', 'POST']]) {
    assert.equal((await session.raw(method, path, method === 'GET' ? undefined : {})).status, 403, path);
  }
  mine.send('supervisorResponseToAgent', { agentId: 'user-1002', message: 'coucou' });
  assert.equal((await mine.waitFor('error')).payload.code, 'forbidden');

  // Messages go to whom they are for.
  const other = await evs.live(crew.agent('1002').session);
  mine.send('agentRaisedHand');
  const { payload } = await boss.waitFor('agentRaisedHand');
  assert.deepEqual([payload.agentId, payload.agentLoginId], ['user-1001', '1001']);
  boss.send('supervisorResponseToAgent', { agentId: 'user-1001', message: 'J’arrive.' });
  assert.equal((await mine.waitFor('supervisorMessage')).payload.message, 'J’arrive.');
  mine.send('agentResponseToSupervisor', { message: 'Merci' });
  assert.equal((await boss.waitFor('agentResponseMessage')).payload.agentId, 'user-1001');
  assert.equal(other.of('agentRaisedHand').length + other.of('supervisorMessage').length + other.of('agentResponseMessage').length, 0);
  for (const door of [mine, boss, other]) await door.close();
});

test('refused: a foreign Origin, no ticket, an invented one, a used one, a bad token', async () => {
  const refusal = (promise) => promise.then((door) => { door.socket.terminate(); return 101; }, (error) => error.status ?? error.message);
  assert.equal(await refusal(evs.live(crew.supervisor, { origin: 'https://evil.example' })), 403);
  assert.equal(await refusal(evs.compat(crew.supervisor, { origin: 'https://evil.example' })), 403);
  assert.equal(await refusal(evs.live(crew.supervisor, { origin: 'https://console.example' })), 101);
  assert.equal(await refusal(evs.live(crew.supervisor, { origin: evs.base })), 101);
  assert.equal(await refusal(evs.live(crew.supervisor, { ticket: 'x'.repeat(43) })), 401);
  const { ticket } = await crew.supervisor.post('/auth/ws-ticket');
  assert.equal(await refusal(evs.live(crew.supervisor, { ticket })), 101);
  assert.equal(await refusal(evs.live(crew.supervisor, { ticket })), 401, 'a ticket is good for one connection');
  assert.equal(await refusal(evs.compat(crew.supervisor, { token: 'not.a.token' })), 401);
  assert.equal(await refusal(evs.compat(crew.supervisor, { token: ticket })), 401);
  const bare = new WebSocket(`${evs.base.replace('http', 'ws')}/api/ws`, ['evs.v1']);
  assert.equal(await new Promise((resolve) => {
    bare.on('error', () => {});
    bare.on('unexpected-response', (_, answer) => resolve(answer.statusCode));
    bare.on('open', () => resolve(101));
  }), 401);
});

test('a newer login ends the older session; logging out closes its connections; too large a message is refused', async () => {
  const first = await evs.login('1004');
  const native = await evs.live(first);
  const older = await evs.compat(first);
  const second = await evs.login('1004');
  for (const door of [native, older]) {
    assert.ok((await door.waitFor('forceLogout')).payload.reason);
    assert.equal((await door.closed).code, 4001);
  }
  assert.equal((await first.raw('GET', '/auth/me')).status, 401, 'its token is worth nothing any more');
  const mine = await evs.live(second);
  await second.post('/agents/user-1004/status', { status: 'En Attente' });
  await second.post('/auth/logout');
  assert.equal((await mine.closed).code, 4001);
  assert.equal((await second.raw('GET', '/auth/me')).status, 401);
  await crew.until('the agent to be signed out', (board) => board.agentOf['1004'].status === 'Déconnecté');

  const chatty = await evs.live(await evs.login('1004'));
  chatty.socket.send('x'.repeat(70_000));
  assert.equal((await chatty.closed).code, 4009);
});

test('a supervisor sends an agent to his pause, back to work, and out', async () => {
  const boss = crew.supervisor;
  const agent = await evs.login('1004');
  const doors = [await evs.live(agent), await evs.compat(agent)];
  await agent.post('/agents/user-1004/status', { status: 'En Attente' });
  const shows = (status) => crew.until(`1004 ${status}`, (board) => board.agentOf['1004'].status === status);
  assert.equal((await boss.post('/supervisor/force-pause', { agentId: 'user-1004' })).status, 'En Pause');
  await shows('En Pause');
  assert.equal((await boss.post('/supervisor/force-available', { agentId: 'user-1004' })).status, 'En Attente');
  await shows('En Attente');
  assert.equal((await boss.raw('POST', '/supervisor/force-logout', {})).body.fields.agentId, 'Champ obligatoire.');
  for (const [who, agentId, status] of [[agent, 'user-1005', 403], [boss, 'user-9000', 403], [boss, 'user-1000', 409], [boss, 'nobody', 404]])
    assert.equal((await who.raw('POST', '/supervisor/force-logout', { agentId })).status, status, agentId);
  assert.equal((await boss.post('/supervisor/force-logout', { agentId: 'user-1004' })).ended, 1);
  for (const door of doors) {
    assert.match((await door.waitFor('forceLogout')).payload.reason, /superviseur/);
    assert.equal((await door.closed).code, 4001);
  }
  assert.equal((await agent.raw('GET', '/auth/me')).status, 401, 'his token is worth nothing any more');
  assert.equal((await agent.raw('POST', '/auth/refresh', {})).status, 401, 'nor is what renews it');
  await shows('Déconnecté');
  const noted = 'select actor, action from audit_pending union all select actor, action from audit_log';
  assert.deepEqual(await evs.query(`select actor from (${noted}) a where action = 'POST /supervisor/force-logout'`), [{ actor: boss.user.id }]);
  assert.equal((await boss.raw('GET', '/auth/me')).status, 200, 'the supervisor stays');
});

test('a client that stops reading is closed as slow, and delays nobody', async () => {
  const slow = await evs.live(admin);
  const reader = await evs.live(crew.supervisor);
  let delays = [];
  reader.socket.on('message', (data) => {
    const frame = JSON.parse(data.toString());
    if (Array.isArray(frame)) for (const one of frame) if (one.payload.since && one.type === 'agentStatusUpdate') delays.push(Date.now() - Date.parse(one.payload.since));
  });
  // Control characters arrive as one byte each and leave as six: 12 KB to every supervisor for each.
  const burden = '\u0001'.repeat(2000);
  let steps = 0;
  const step = () => {
    steps++;
    for (const door of doors) {
      door.send('agentResponseToSupervisor', { message: burden });
      door.send('agentStatusChange', { status: steps % 2 ? 'Formation' : 'En Pause' });
    }
  };
  const median = () => delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)];
  // First with everybody reading: what this machine needs now.
  await waitFor('a measure', () => { step(); return delays.length > 80; }, { every: 100 });
  const usual = median();
  delays = [];
  slow.stall();
  const closed = async () => (await evs.metrics())['evs_sessions_closed_total{kind="4008"}'] > 0;
  await waitFor('the slow client to be closed', () => { step(); return closed(); }, { timeout: 30_000, every: 100 });
  slow.socket._socket.resume();
  const { code, reason } = await slow.closed;
  assert.deepEqual({ code, reason }, { code: 4008, reason: 'slow' });
  await settled(reader);
  assert.equal(reader.closeCode, undefined, 'the other one is still there');
  assert.ok(delays.length > 100, `${delays.length} measured`);
  assert.ok(median() <= usual * 2 + 50, `the other one's events took ${median()} ms instead of ${usual} ms`);
  // He comes back by himself: what he has missed fits into a snapshot.
  const again = await evs.live(admin, { epoch: slow.epoch, offset: slow.offset });
  await waitFor('a fresh start', () => ['hello', 'resumed'].includes(again.hello.type));
  for (const door of [again, reader]) await door.close();
});

test('a ticket that is older than 30 s opens nothing', async () => {
  assert.equal(unused.expiresIn, 30);
  await waitFor('30 s to pass', () => Date.now() - unused.at > 30_500, { timeout: 31_000, every: 200 });
  await assert.rejects(openNative(admin, { ticket: unused.ticket }), { status: 401 });
});
