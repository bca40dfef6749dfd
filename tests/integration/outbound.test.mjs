// Outbound calls: POST /api/call/originate, the agent's real phone, a real Asterisk, and the carriers' answers.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as lasting } from 'node:timers/promises';
import { checkAttempt, checkBooks, checkJournal, checkRow } from '../support/call-row.mjs';
import { openFloor } from '../support/floor.mjs';
import { waitFor } from '../support/wait.mjs';

const MOBILE = '+33600000000'; // of 1006: the network rings 1 s and answers
const SITE_CLI = { paris: '+33140000001', lyon: '+33472000001' };
const CAMPAIGN_CLI = '+33140000009';

let floor;
before(async () => {
  floor = await openFloor({
    agents: ['1001', '1002'],
    config: { telephony: { ring_timeout: '3s', default_wrap_up: '1s', audit_interval: '60s' } }, // nothing here may need the audit's help
    sql: [
      'update campaigns set max_ring_s = 3, wrap_up_s = 1',
      'update queues set wrap_up_s = 1',
      "update trunks set channel_limit = 2 where id = 'trunk-lyon'",
      "insert into contacts (id, campaign_id, phone_number) values ('contact-7', 'campaign-demo', '0612345678')",
      `update users set use_mobile_as_station = true, mobile_number = '${MOBILE}' where login_id = '1006'`,
    ],
  });
}, { timeout: 60_000 });
afterEach(() => floor.clear(), { timeout: 30_000 });
after(() => floor?.close());

let numbers = 0;
/** A number that was never dialled before; its last two digits say what the network does (lab/README.md). */
const number = (last) => `+3361234${String(++numbers).padStart(3, '0')}${last}`;

/** The agent signs in if he must, and dials. Returns {call, to, at, carrier events' start}. */
async function dial(agent, to, fields = {}) {
  const session = await floor.agent(agent);
  const from = { paris: floor.paris.events.length, lyon: floor.lyon.events.length };
  const at = Date.now();
  const { callId: call } = await session.post('/call/originate', { agentId: `user-${agent}`, destination: to, ...fields });
  return { call, to, at, from };
}

/** The same, refused; returns the answer. */
async function dialRefused(session, body) {
  const answer = await session.raw('POST', '/call/originate', body);
  assert.equal(answer.ok, false, JSON.stringify(answer.body));
  return answer;
}

const seen = (dialled, site, type, timeoutMs = 8000) =>
  floor[site].waitFor(type, timeoutMs, { from: dialled.from[site], match: (event) => event.number === dialled.to });

/** The row's times as the carrier saw them. `agentLeft`: when the agent's side ended, if he did it. */
async function answeredTimes(dialled, site, endEvent, hold = 0) {
  const ringing = (await seen(dialled, site, 'ringing')).at;
  const answered = (await seen(dialled, site, 'answered')).at;
  const ended = (await seen(dialled, site, endEvent)).at;
  return { started: dialled.at, answered, ended, wait: ringing - dialled.at, ring: answered - ringing, talk: ended - answered - hold, hold };
}

const rowOf = (dialled, agent, site, status, reason) => ({
  direction: 'outbound', status, end_reason: reason, destination: dialled.to, agent_id: `user-${agent}`, trunk_id: `trunk-${site}`,
  site_id: `site-${site}`, queue_id: null, did: null,
});

test('Paris: rings, answers, the customer hangs up', async () => {
  await floor.available('1001');
  const mark = floor.board.events.length;
  const dialled = await dial('1001', number('52'));
  await floor.sees(dialled.call, 'ringing', { 1001: 'En Appel' });
  await floor.sees(dialled.call, 'connected', { 1001: 'En Appel' });
  const { cli } = await seen(dialled, 'paris', 'invite');
  assert.equal(cli, SITE_CLI.paris, 'the customer sees the number of the site');
  const end = await floor.ended(dialled.call);
  assert.deepEqual({ ...end, duration: 0, billableDuration: 0 }, { callId: dialled.call, duration: 0, billableDuration: 0,
    endReason: 'caller_hangup', direction: 'outbound', agentId: 'user-1001', siteId: 'site-paris', trunkId: 'trunk-paris' });
  await floor.phoneEvent('1001', 'ended');
  await floor.agentsAre({ 1001: 'En Attente' });
  assert.deepEqual(floor.story(dialled.call), ['offered', 'ringing', 'connected', 'ended']);
  assert.deepEqual(floor.agentStory('1001', mark), ['Ringing', 'En Appel', 'En Post-Appel', 'En Attente']);
  const row = await checkRow(floor.evs, dialled.call, { ...rowOf(dialled, '1001', 'paris', 'answered', 'caller_hangup'), cause: 16, campaign_id: null,
    source: SITE_CLI.paris }, await answeredTimes(dialled, 'paris', 'hung_up'));
  assert.ok(Math.abs(end.duration - row.duration_s) === 0 && end.billableDuration === row.billable_s);
  assert.deepEqual(await checkJournal(floor.evs, dialled.call), ['offered', 'dialing', 'ringing', 'connected', 'ended']);
  await checkAttempt(floor.evs, dialled.call, { outcome: 'answered', agent_id: 'user-1001', destination: dialled.to, trunk_id: 'trunk-paris',
    caller_id: SITE_CLI.paris, campaign_id: null });
  assert.equal(floor.lyon.events.slice(dialled.from.lyon).filter((e) => e.type === 'invite').length, 0, 'nothing went through Lyon');
});

test("Lyon, for a campaign: held, resumed; the agent hangs up; the campaign's caller id", async () => {
  await floor.available('1002');
  const dialled = await dial('1002', number('60'), { campaignId: 'campaign-demo', contactId: 'contact-7' });
  const { cli } = await seen(dialled, 'lyon', 'invite');
  assert.equal(cli, CAMPAIGN_CLI);
  await floor.sees(dialled.call, 'connected', { 1002: 'En Appel' });
  await floor.phones['1002'].hold();
  const held = floor.phones['1002'].events.at(-1).at;
  await floor.sees(dialled.call, 'held', { 1002: 'Mise en attente' });
  await lasting(1500);
  await floor.phones['1002'].resume();
  const hold = floor.phones['1002'].events.at(-1).at - held;
  await floor.sees(dialled.call, 'connected', { 1002: 'En Appel' }, { times: 2 });
  await floor.phones['1002'].hangup();
  assert.equal((await floor.ended(dialled.call)).endReason, 'agent_hangup');
  await floor.agentsAre({ 1002: 'En Attente' });
  const answered = (await seen(dialled, 'lyon', 'answered')).at;
  const ended = (await seen(dialled, 'lyon', 'bye')).at;
  await checkRow(floor.evs, dialled.call, { ...rowOf(dialled, '1002', 'lyon', 'answered', 'agent_hangup'), campaign_id: 'campaign-demo',
    contact_id: 'contact-7', source: CAMPAIGN_CLI }, { started: dialled.at, answered, ended, hold, talk: ended - answered - hold });
  await checkAttempt(floor.evs, dialled.call, { outcome: 'answered', campaign_id: 'campaign-demo', contact_id: 'contact-7', caller_id: CAMPAIGN_CLI });
  const { payload } = await floor.board.waitFor('campaignStatsUpdate', (c) => c.answered > 0 && c.ringing === 0, { since: floor.mark });
  assert.equal(payload.answered, 1);
});

test('early media, then an answer', async () => {
  await floor.available('1001');
  const dialled = await dial('1001', number('61'));
  await seen(dialled, 'paris', 'early_media');
  await floor.sees(dialled.call, 'connected', { 1001: 'En Appel' });
  await (await floor.agent('1001')).post(`/call/${dialled.call}/hangup`);
  assert.equal((await floor.ended(dialled.call)).endReason, 'agent_hangup');
  await seen(dialled, 'paris', 'bye');
  await checkRow(floor.evs, dialled.call, rowOf(dialled, '1001', 'paris', 'answered', 'agent_hangup'), { started: dialled.at });
});

// What the network says -> end reason, outcome of the attempt, status of the row, Q.850 cause.
for (const [last, says, reason, outcome, status, cause] of [
  ['86', 'busy', 'busy', 'busy', 'busy', 17],
  ['81', 'absent', 'no_answer', 'no_answer', 'no_answer', 19],
  ['94', 'unknown number', 'invalid_number', 'invalid', 'failed', 1],
  ['84', 'incomplete number', 'invalid_number', 'invalid', 'failed', 28],
  ['83', 'declined', 'rejected', 'busy', 'busy', 21],
  ['95', 'forbidden', 'rejected', 'busy', 'busy', 21],
  ['93', 'congestion', 'congestion', 'congestion', 'failed', 34],
  ['90', 'server error', 'congestion', 'congestion', 'failed', 38],
]) {
  test(`the network says ${says}: ${reason}`, async () => {
    await floor.available('1001');
    const mark = floor.board.events.length;
    const dialled = await dial('1001', number(last));
    const end = await floor.ended(dialled.call);
    assert.equal(end.endReason, reason);
    assert.equal(end.billableDuration, 0);
    const { at: ended } = await floor.phoneEvent('1001', 'ended');
    await seen(dialled, 'paris', 'refused');
    await floor.agentsAre({ 1001: 'En Attente' });
    assert.ok(!floor.agentStory('1001', mark).includes('En Post-Appel'), 'no conversation, no wrap-up');
    await checkRow(floor.evs, dialled.call, { ...rowOf(dialled, '1001', 'paris', status, reason), answered_at: null, cause },
      { started: dialled.at, ended, talk: 0, hold: 0 });
    await checkAttempt(floor.evs, dialled.call, { outcome, end_reason: reason });
  });
}

test('nobody answers within the campaign\'s ring time', async () => {
  await floor.available('1001');
  const dialled = await dial('1001', number('80'), { campaignId: 'campaign-demo' });
  await floor.sees(dialled.call, 'ringing', { 1001: 'En Appel' });
  const { at: ringing } = await seen(dialled, 'paris', 'ringing');
  assert.equal((await floor.ended(dialled.call)).endReason, 'no_answer');
  const { at: ended } = await seen(dialled, 'paris', 'cancelled');
  await checkRow(floor.evs, dialled.call, { ...rowOf(dialled, '1001', 'paris', 'no_answer', 'no_answer'), answered_at: null },
    { started: dialled.at, ended, wait: ringing - dialled.at, ring: 3000 });
  await checkAttempt(floor.evs, dialled.call, { outcome: 'no_answer', end_reason: 'no_answer' });
  assert.deepEqual(floor.story(dialled.call), ['offered', 'ringing', 'ended']);
});

test('given up while it rings: by the agent on his phone, by the agent on the page, by a supervisor', async () => {
  await floor.available('1001');
  for (const [how, reason, outcome] of [['phone', 'agent_cancelled', 'abandoned'], ['page', 'agent_cancelled', 'abandoned'],
    ['supervisor', 'api_hangup', 'failed']]) {
    const dialled = await dial('1001', number('80'));
    await floor.sees(dialled.call, 'ringing', { 1001: 'En Appel' });
    await seen(dialled, 'paris', 'ringing');
    if (how === 'phone') await floor.phones['1001'].hangup();
    else await (how === 'page' ? await floor.agent('1001') : floor.supervisor).post(`/call/${dialled.call}/hangup`);
    assert.equal((await floor.ended(dialled.call)).endReason, reason, how);
    await seen(dialled, 'paris', 'cancelled');
    await floor.agentsAre({ 1001: 'En Attente' });
    await checkRow(floor.evs, dialled.call, { ...rowOf(dialled, '1001', 'paris', 'cancelled', reason), answered_at: null }, { started: dialled.at });
    await checkAttempt(floor.evs, dialled.call, { outcome, end_reason: reason });
  }
});

test('a supervisor ends a conversation; another agent may not', async () => {
  await floor.available('1001');
  const dialled = await dial('1001', number('60'));
  await floor.sees(dialled.call, 'connected', { 1001: 'En Appel' });
  const other = await floor.agent('1002');
  assert.equal((await other.raw('POST', `/call/${dialled.call}/hangup`, {})).status, 403);
  assert.equal((await other.raw('POST', '/call/no-such-call/hangup', {})).status, 404);
  await floor.supervisor.post(`/call/${dialled.call}/hangup`);
  assert.equal((await floor.ended(dialled.call)).endReason, 'api_hangup');
  await floor.phoneEvent('1001', 'ended');
  await seen(dialled, 'paris', 'bye');
  await checkRow(floor.evs, dialled.call, rowOf(dialled, '1001', 'paris', 'answered', 'api_hangup'));
});

test("the agent's own phone does not answer, or refuses: nobody is dialled", async () => {
  await floor.available('1001');
  for (const [behaviour, status] of [[{ answerAfterMs: null }, 'unanswered'], [{ reject: true }, 'refused']]) {
    Object.assign(floor.phones['1001'], behaviour);
    const dialled = await dial('1001', number('60'));
    await floor.agentsAre({ 1001: 'Ringing' }, { timeout: 2000 }).catch((error) => { if (status === 'unanswered') throw error; });
    assert.equal((await floor.ended(dialled.call)).endReason, 'agent_no_answer', status);
    await floor.agentsAre({ 1001: 'En Attente' });
    assert.deepEqual(floor.story(dialled.call), ['offered', 'ended']);
    assert.equal(floor.paris.events.slice(dialled.from.paris).filter((e) => e.type === 'invite').length, 0);
    await checkRow(floor.evs, dialled.call, rowOf(dialled, '1001', 'paris', 'failed', 'agent_no_answer'), { started: dialled.at, ring: 0, talk: 0 });
    await checkAttempt(floor.evs, dialled.call, { outcome: 'failed', end_reason: 'agent_no_answer' });
  }
  const [saved] = await floor.evs.query("select calls_missed from agent_states where agent_id = 'user-1001'");
  assert.equal(saved.calls_missed, 0, 'his own call is no missed call');
});

test('the agent gives up while his own phone rings', async () => {
  floor.phones['1001'].answerAfterMs = null;
  await floor.available('1001');
  const dialled = await dial('1001', number('60'));
  await floor.phoneEvent('1001', 'ringing');
  await (await floor.agent('1001')).post(`/call/${dialled.call}/hangup`);
  assert.equal((await floor.ended(dialled.call)).endReason, 'agent_cancelled');
  await floor.phoneEvent('1001', 'ended');
  await checkRow(floor.evs, dialled.call, rowOf(dialled, '1001', 'paris', 'cancelled', 'agent_cancelled'));
  await checkAttempt(floor.evs, dialled.call, { outcome: 'abandoned', end_reason: 'agent_cancelled' });
});

test('the agent changes his mind at once, before his phone could ring', async () => {
  // Later than any hang-up needs to arrive, sooner than a forgotten leg would stop ringing.
  floor.phones['1001'].answerAfterMs = 700;
  await floor.available('1001');
  for (let i = 0; i < 3; i++) {
    const dialled = await dial('1001', number('60'));
    await (await floor.agent('1001')).post(`/call/${dialled.call}/hangup`);
    assert.equal((await floor.ended(dialled.call)).endReason, 'agent_cancelled');
    await floor.agentsAre({ 1001: 'En Attente' });
    await waitFor('silence', async () => !/PJSIP/.test(await floor.evs.asteriskCli('core show channels concise')), { timeout: 3000 });
    assert.equal(floor.paris.events.slice(dialled.from.paris).filter((e) => e.type === 'invite').length, 0, 'nobody was dialled');
    await checkAttempt(floor.evs, dialled.call, { outcome: 'abandoned', end_reason: 'agent_cancelled' });
  }
});

test('a call from a pause ends in the pause', async () => {
  await floor.available('1001');
  await floor.status('1001', 'En Pause', 'Rappels');
  await floor.agentsAre({ 1001: 'En Pause' });
  const mark = floor.board.events.length;
  const dialled = await dial('1001', number('51'));
  await floor.ended(dialled.call);
  await floor.agentsAre({ 1001: 'En Post-Appel' });
  const [paused] = await floor.agentsAre({ 1001: 'En Pause' });
  assert.equal(paused.reason, 'Rappels');
  assert.deepEqual(floor.agentStory('1001', mark), ['Ringing', 'En Appel', 'En Post-Appel', 'En Pause']);
});

test('an agent on his mobile calls: his mobile first, then the customer, both through his site', async () => {
  await floor.available('1006');
  const dialled = await dial('1006', number('52'));
  const leg = await floor.lyon.waitFor('invite', 5000, { from: dialled.from.lyon });
  assert.equal(leg.number, MOBILE);
  await floor.sees(dialled.call, 'connected', { 1006: 'En Appel' });
  const customer = await seen(dialled, 'lyon', 'invite');
  assert.equal(customer.cli, SITE_CLI.lyon);
  assert.equal((await floor.ended(dialled.call)).endReason, 'caller_hangup');
  await floor.lyon.waitFor('bye', 5000, { from: dialled.from.lyon, match: (e) => e.number === MOBILE });
  assert.deepEqual(floor.story(dialled.call), ['offered', 'ringing', 'connected', 'ended']);
  await checkRow(floor.evs, dialled.call, rowOf(dialled, '1006', 'lyon', 'answered', 'caller_hangup'), await answeredTimes(dialled, 'lyon', 'hung_up'));
});

test('who may call, and whom', async () => {
  await floor.available('1001');
  const one = await floor.agent('1001');
  const to = number('60');
  const before = (await floor.evs.query('select count(*)::int as n from call_attempts'))[0].n;
  assert.equal((await dialRefused(one, { agentId: 'user-1002', destination: to })).status, 403, 'not for another');
  assert.equal((await dialRefused(floor.evs.anonymous(), { agentId: 'user-1001', destination: to })).status, 401);
  for (const destination of ['', '1', 'abc', '06 12 34 <56>', '1'.repeat(21), '500&PJSIP/900', '0612,34', "06'12", '+33+612345678', '06\r\nAction: Hangup'])
    assert.equal((await dialRefused(one, { agentId: 'user-1001', destination })).status, 400, JSON.stringify(destination));
  assert.equal((await dialRefused(one, { agentId: 'user-1001', destination: to, campaignId: 'no-such-campaign' })).status, 404);
  const offline = await floor.agent('1002');
  assert.equal((await dialRefused(offline, { agentId: 'user-1002', destination: to })).status, 409, 'signed out');
  await floor.status('1002', 'En Attente');
  await floor.agent('1005');
  await floor.status('1005', 'En Attente');
  const noPhone = await dialRefused(floor.sessions['1005'], { agentId: 'user-1005', destination: to });
  assert.deepEqual([noPhone.status, noPhone.body.code], [409, 'phone_unreachable'], 'his phone is not registered');
  const after = (await floor.evs.query('select count(*)::int as n from call_attempts'))[0].n;
  assert.equal(after, before, 'nothing was attempted');
  assert.equal((await floor.live()).calls.length, 0);

  const spaced = await dial('1001', '06 12-34.98 (77)60');
  await floor.sees(spaced.call, 'connected', { 1001: 'En Appel' });
  assert.equal((await floor.paris.waitFor('invite', 3000, { from: spaced.from.paris })).number, '06123498' + '7760');
  const busy = await dialRefused(one, { agentId: 'user-1001', destination: to });
  assert.equal(busy.status, 409, 'he is in a call');
  const forHim = await floor.supervisor.raw('POST', '/call/originate', { agentId: 'user-1001', destination: to });
  assert.equal(forHim.status, 409);
});

test('a supervisor calls for an agent', async () => {
  await floor.available('1002');
  const from = { paris: floor.paris.events.length, lyon: floor.lyon.events.length };
  const to = number('51');
  const { callId: call } = await floor.supervisor.post('/call/originate', { agentId: 'user-1002', destination: to });
  await seen({ to, from }, 'lyon', 'answered');
  assert.equal((await floor.ended(call)).agentId, 'user-1002');
});

test('all lines of a site are taken', async () => {
  const callers = [await floor.caller('+33472000001', { site: 'lyon' }), await floor.caller('+33472000001', { site: 'lyon' })];
  for (const caller of callers) await floor.sees(await floor.callFrom(caller), 'queued');
  await waitFor('two lines in use', async () => (await floor.live()).trunks.find((t) => t.trunkId === 'trunk-lyon').channelsInUse === 2);
  // Whoever signs in now gets a caller; from a pause he may dial.
  await floor.status('1002', 'En Attente');
  const one = (await floor.live()).calls.find((c) => c.caller === callers[0].caller).callId;
  await floor.sees(one, 'connected', { 1002: 'En Appel' });
  await floor.status('1002', 'En Pause');
  await callers[0].hangup();
  await floor.ended(one);
  await floor.agentsAre({ 1002: 'En Pause' });
  const third = await floor.caller('+33472000001', { site: 'lyon' });
  await floor.sees(await floor.callFrom(third), 'queued');

  const to = number('60');
  const answer = await dialRefused(await floor.agent('1002'), { agentId: 'user-1002', destination: to });
  assert.deepEqual([answer.status, answer.body.code], [503, 'trunk_full']);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  const { payload: begun } = await floor.board.waitFor('newCall', (c) => c.callee === to, { since: floor.mark });
  assert.equal((await floor.ended(begun.callId)).endReason, 'trunk_full');
  await checkRow(floor.evs, begun.callId, { direction: 'outbound', status: 'failed', end_reason: 'trunk_full', agent_id: 'user-1002', trunk_id: 'trunk-lyon' });
  await checkAttempt(floor.evs, begun.callId, { outcome: 'blocked', end_reason: 'trunk_full', agent_id: 'user-1002', trunk_id: 'trunk-lyon', destination: to });
  await floor.agentsAre({ 1002: 'En Pause' });
});

test('the trunk dies, is found out, and comes back', async () => {
  await floor.available('1002');
  await floor.lyon.stop();
  // A moment ago it was there: the call is tried, and nobody answers at the other end. Asterisk cannot tell this from a
  // network that answers 408; the cause (18, not 19) keeps it apart from a customer who does not answer.
  const unlucky = await dial('1002', number('60'));
  assert.equal((await floor.ended(unlucky.call, { timeout: 20_000 })).endReason, 'no_answer');
  await checkRow(floor.evs, unlucky.call, { ...rowOf(unlucky, '1002', 'lyon', 'no_answer', 'no_answer'), answered_at: null, cause: 18 },
    { started: unlucky.at });
  await checkAttempt(floor.evs, unlucky.call, { outcome: 'no_answer', end_reason: 'no_answer' });

  await floor.board.waitFor('trunkUpdate', (t) => t.trunkId === 'trunk-lyon' && t.state === 'down', { timeout: 15_000, since: floor.mark });
  assert.equal((await floor.live()).trunks.find((t) => t.trunkId === 'trunk-lyon').state, 'down');
  const to = number('60');
  const answer = await dialRefused(await floor.agent('1002'), { agentId: 'user-1002', destination: to });
  assert.deepEqual([answer.status, answer.body.code], [503, 'trunk_down']);
  const { payload: begun } = await floor.board.waitFor('newCall', (c) => c.callee === to, { since: floor.mark });
  assert.equal((await floor.ended(begun.callId)).endReason, 'trunk_down');
  await checkRow(floor.evs, begun.callId, { status: 'failed', end_reason: 'trunk_down', trunk_id: 'trunk-lyon', agent_id: 'user-1002' });
  await checkAttempt(floor.evs, begun.callId, { outcome: 'blocked', end_reason: 'trunk_down', agent_id: 'user-1002', destination: to });
  await floor.agentsAre({ 1002: 'En Attente' });

  await floor.available('1001');
  const paris = await dial('1001', number('51')); // the other site is not concerned
  assert.equal((await floor.ended(paris.call)).endReason, 'caller_hangup');

  await floor.lyon.start();
  await floor.evs.asteriskCli('pjsip qualify trunk-lyon');
  await floor.board.waitFor('trunkUpdate', (t) => t.trunkId === 'trunk-lyon' && t.state !== 'down', { since: floor.board.events.length - 1 });
  const again = await dial('1002', number('51'));
  assert.equal((await floor.ended(again.call)).endReason, 'caller_hangup');
});

test('afterwards: every call ended once and has one row, all lines are free, nobody is stuck', async () => {
  await checkBooks(floor.evs, floor.board);
  await waitFor('free lines', async () => (await floor.live()).trunks.every((t) => t.channelsInUse === 0));
  assert.deepEqual((await floor.live()).calls, []);
  assert.doesNotMatch(await floor.evs.asteriskCli('core show channels concise'), /PJSIP/, 'Asterisk has no channel left');
  await floor.sound();
});
