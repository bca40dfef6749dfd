// Inbound calls, each from a real phone through a real Asterisk: events, board, row and journal tell the same.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as lasting } from 'node:timers/promises';
import { checkBooks, checkJournal, checkRow } from '../support/call-row.mjs';
import { openFloor } from '../support/floor.mjs';
import { waitFor } from '../support/wait.mjs';

const ACCUEIL = '+33140000001';
const SUPPORT = '+33140000002'; // nobody waits here longer than 2 s
const ACCUEIL_LYON = '+33472000001';
const MOBILE = '+33600000000'; // of 1006: the network rings 1 s and answers

let floor;
before(async () => {
  floor = await openFloor({
    agents: ['1001', '1003'],
    config: { telephony: { misses_before_pause: 2, audit_interval: '60s' } }, // nothing here may need the audit's help
    sql: [
      'update queues set ring_timeout_s = 3, wrap_up_s = 1',
      "update queues set max_wait_s = 2 where id = 'queue-support'",
      `update users set use_mobile_as_station = true, mobile_number = '${MOBILE}' where login_id = '1006'`,
    ],
  });
}, { timeout: 60_000 });
afterEach(() => floor.clear(), { timeout: 30_000 });
after(() => floor?.close());

/** The call's times as its phones saw them: one agent rang, answered, perhaps held for `hold` ms, until `end`. */
function timesOf(caller, agent, hold = 0) {
  const [dialled] = caller.all('dialled');
  const [ended] = caller.all('ended');
  const [ringing] = floor.phoneEvents(agent, 'ringing');
  const [answered] = floor.phoneEvents(agent, 'answered');
  return {
    started: dialled.at, answered: answered.at, ended: ended.at,
    wait: ringing.at - dialled.at, ring: answered.at - ringing.at, talk: ended.at - answered.at - hold, hold,
  };
}

const answeredRow = (caller, agent, reason) => ({
  direction: 'inbound', status: 'answered', end_reason: reason, source: caller.caller, caller_number: caller.caller, destination: caller.did,
  did: caller.did, agent_id: `user-${agent}`, queue_id: 'queue-accueil', trunk_id: 'trunk-paris', site_id: 'site-paris', campaign_id: null,
});

const countersOf = async (agent) => (await floor.live()).agents.find((a) => a.loginId === agent).counters;
const savedOf = async (agent) => (await floor.evs.query('select * from agent_states where agent_id = $1', [`user-${agent}`]))[0];

test('answered, held, resumed; the caller hangs up; wrap-up, then available again', async () => {
  const old = await floor.evs.compat(floor.supervisor);
  floor.phones['1001'].answerAfterMs = 1500;
  await floor.available('1001');
  const mark = floor.board.events.length;
  const before = await countersOf('1001');
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'ringing', { 1001: 'Ringing' });
  const { from } = await floor.phoneEvent('1001', 'ringing');
  assert.match(from, new RegExp(caller.caller.slice(1)), "the agent's phone shows the caller's number");
  await floor.sees(call, 'connected', { 1001: 'En Appel' });
  await floor.phoneEvent('1001', 'answered');
  await lasting(1500);
  await floor.phones['1001'].hold();
  const held = floor.phones['1001'].events.at(-1);
  await floor.sees(call, 'held', { 1001: 'Mise en attente' });
  assert.equal((await floor.live()).calls[0].onHold, true);
  await lasting(1500);
  await floor.phones['1001'].resume();
  const resumed = floor.phones['1001'].events.at(-1);
  await floor.sees(call, 'connected', { 1001: 'En Appel' }, { times: 2 });

  const late = await floor.evs.compat(floor.supervisor); // a dashboard that is opened now shows the call as it is
  const { payload: shown } = await late.waitFor('newCall', (c) => c.callId === call);
  assert.equal(shown.status, 'connected');
  assert.equal(shown.agentId, 'user-1001');
  await late.close();

  await caller.hangup();
  const end = await floor.ended(call);
  assert.deepEqual({ ...end, duration: 0, billableDuration: 0 }, { callId: call, duration: 0, billableDuration: 0, endReason: 'caller_hangup',
    direction: 'inbound', agentId: 'user-1001', queueId: 'queue-accueil', siteId: 'site-paris', trunkId: 'trunk-paris' });
  const [wrapping] = await floor.agentsAre({ 1001: 'En Post-Appel' });
  assert.equal(wrapping.callId, call, 'he finishes this call');
  assert.ok(Date.parse(wrapping.wrapUpUntil) > Date.parse(wrapping.since));
  await floor.agentsAre({ 1001: 'En Attente' });

  const story = ['offered', 'queued', 'ringing', 'connected', 'held', 'connected', 'ended'];
  assert.deepEqual(floor.story(call), story);
  await old.waitFor('callHangup', (c) => c.callId === call);
  assert.deepEqual(floor.story(call, old), story, 'the older door tells the same');
  await old.close();
  assert.deepEqual(floor.agentStory('1001', mark), ['Ringing', 'En Appel', 'Mise en attente', 'En Appel', 'En Post-Appel', 'En Attente']);
  const times = timesOf(caller, '1001', resumed.at - held.at);
  const row = await checkRow(floor.evs, call, answeredRow(caller, '1001', 'caller_hangup'), times);
  assert.deepEqual(await checkJournal(floor.evs, call), ['offered', 'queued', 'agent_ringing', 'connected', 'held', 'resumed', 'ended']);
  await waitFor('the wrap-up in the row', async () => (await floor.evs.query('select wrap_up_s from call_history where id = $1', [call]))[0].wrap_up_s === 1);

  const after = await countersOf('1001');
  assert.equal(after.callsHandledToday, before.callsHandledToday + 1);
  assert.ok(Math.abs(after.averageTalkTime - row.talk_s) <= 1);
  assert.ok(Math.abs(after.averageHandlingTime - (row.talk_s + row.hold_s + 1)) <= 2);
  const [shownRow] = (await floor.supervisor.get('/supervisor/call-history?page=1&limit=10')).records.filter((r) => r.id === call);
  assert.equal(shownRow.endReason, 'caller_hangup');
  assert.equal(shownRow.holdTime, row.hold_s);
});

test('answered; the agent, who sees what is his and nothing else, hangs up his phone', async () => {
  await floor.available('1001');
  const his = await floor.evs.live(await floor.agent('1001'));
  const other = await floor.evs.live(await floor.agent('1003'));
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'connected', { 1001: 'En Appel' });
  await floor.phones['1001'].hangup();
  assert.equal((await floor.ended(call)).endReason, 'agent_hangup');
  await caller.waitFor('ended');
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ringing', 'connected', 'ended']);
  await checkRow(floor.evs, call, answeredRow(caller, '1001', 'agent_hangup'), timesOf(caller, '1001'));

  await his.waitFor('callHangup');
  assert.deepEqual(floor.story(call, his), ['ringing', 'connected', 'ended']);
  const [{ payload: shown }] = his.of('newCall');
  assert.equal(shown.caller, caller.caller, 'he sees who calls');
  assert.deepEqual([shown.queueId, shown.did, shown.agentId], ['queue-accueil', ACCUEIL, 'user-1001']);
  assert.ok(his.events.every((e) => (e.payload.agentId ?? 'user-1001') === 'user-1001'), 'nothing about others');
  assert.deepEqual(his.of('queueUpdate').concat(his.of('trunkUpdate')), []);
  await floor.available('1003');
  await other.waitFor('agentStatusUpdate', (a) => a.agentId === 'user-1003' && a.status === 'En Attente');
  assert.deepEqual(other.events.filter((e) => e.type !== 'agentStatusUpdate'), [], 'another agent sees nothing of it');
  await his.close();
  await other.close();
});

test('answered; the agent, then a supervisor, hangs up on the page; a stranger may not', async () => {
  await floor.available('1001');
  for (const [who, reason] of [['1001', 'agent_hangup'], ['supervisor', 'api_hangup']]) {
    const caller = await floor.caller(ACCUEIL);
    const call = await floor.callFrom(caller);
    await floor.sees(call, 'connected', { 1001: 'En Appel' });
    const stranger = await floor.agent('1003');
    assert.equal((await stranger.raw('POST', `/call/${call}/hangup`, {})).status, 403);
    const session = who === 'supervisor' ? floor.supervisor : await floor.agent(who);
    await session.post(`/call/${call}/hangup`);
    assert.equal((await floor.ended(call)).endReason, reason);
    await caller.waitFor('ended');
    await checkRow(floor.evs, call, answeredRow(caller, '1001', reason));
    assert.equal((await session.raw('POST', `/call/${call}/hangup`, {})).status, 404, 'it is over');
    await floor.agentsAre({ 1001: 'En Attente' });
  }
});

test('the wrap-up ends early when the agent says so', async () => {
  await floor.available('1001');
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'connected', { 1001: 'En Appel' });
  await floor.status('1001', 'En Pause', 'Café'); // takes effect after the call and its wrap-up
  await waitFor('the wish on the board', async () => (await floor.live()).agents.find((a) => a.loginId === '1001').pendingStatus === 'En Pause');
  await caller.hangup();
  await floor.ended(call);
  await floor.agentsAre({ 1001: 'En Post-Appel' });
  await floor.status('1001', 'En Attente');
  await floor.agentsAre({ 1001: 'En Attente' });
  await waitFor('the wrap-up in the row', async () => {
    const [row] = await floor.evs.query('select wrap_up_s from call_history where id = $1', [call]);
    return row && row.wrap_up_s !== null;
  });
});

test('the caller gives up while he waits', async () => {
  const caller = await floor.caller(ACCUEIL_LYON, { site: 'lyon' });
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'queued');
  const { payload } = await floor.board.waitFor('queueUpdate', (q) => q.queueId === 'queue-accueil' && q.waiting === 1, { since: floor.mark });
  await caller.waitFor('connected'); // he hears music
  await lasting(1200);
  await caller.hangup();
  assert.equal((await floor.ended(call)).endReason, 'abandoned_waiting');
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ended']);
  const [dialled, ended] = [caller.all('dialled')[0].at, caller.all('ended')[0].at];
  await checkRow(floor.evs, call, { direction: 'inbound', status: 'abandoned', end_reason: 'abandoned_waiting', agent_id: null, answered_at: null,
    queue_id: 'queue-accueil', trunk_id: 'trunk-lyon', site_id: 'site-lyon', did: ACCUEIL_LYON },
  { started: dialled, ended, wait: ended - dialled, ring: 0, talk: 0, hold: 0 });
  await floor.board.waitFor('queueUpdate', (q) => q.queueId === 'queue-accueil' && q.waiting === 0 && q.abandoned === payload.abandoned + 1,
    { since: floor.mark });
});

test("the caller gives up while the agent's phone rings", async () => {
  floor.phones['1001'].answerAfterMs = null;
  await floor.available('1001');
  const mark = floor.board.events.length;
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'ringing', { 1001: 'Ringing' });
  const ringing = await floor.phoneEvent('1001', 'ringing');
  await lasting(1000);
  await caller.hangup();
  assert.equal((await floor.ended(call)).endReason, 'abandoned_ringing');
  await floor.phoneEvent('1001', 'ended'); // the phone stops ringing
  await floor.agentsAre({ 1001: 'En Attente' });
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ringing', 'ended']);
  assert.deepEqual(floor.agentStory('1001', mark), ['Ringing', 'En Attente']);
  const [dialled, ended] = [caller.all('dialled')[0].at, caller.all('ended')[0].at];
  await checkRow(floor.evs, call, { status: 'abandoned', end_reason: 'abandoned_ringing', answered_at: null },
    { started: dialled, ended, wait: ringing.at - dialled, ring: ended - ringing.at, talk: 0, hold: 0 });
  assert.equal((await savedOf('1001')).calls_missed, 0, 'that was not his fault');
});

test('the agent does not answer: the next one gets the call', async () => {
  floor.phones['1001'].answerAfterMs = null;
  await floor.available('1001', '1003'); // 1001 waits longest
  const his = await floor.evs.live(await floor.agent('1001'));
  const mark = floor.board.events.length;
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'ringing', { 1001: 'Ringing', 1003: 'En Attente' }, { agent: '1001' });
  await floor.sees(call, 'ringing', { 1001: 'En Attente', 1003: 'Ringing' }, { agent: '1003' });
  await floor.sees(call, 'connected', { 1001: 'En Attente', 1003: 'En Appel' });
  await caller.hangup();
  assert.equal((await floor.ended(call)).agentId, 'user-1003');
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ringing', 'queued', 'ringing', 'connected', 'ended']);
  assert.deepEqual(floor.agentStory('1001', mark), ['Ringing', 'En Attente']);
  await his.waitFor('callUpdate', (c) => c.callId === call && c.status === 'queued');
  assert.deepEqual(floor.story(call, his), ['ringing', 'queued'], 'the first agent sees it come and go, no more');
  await his.close();
  const first = (await floor.phoneEvent('1001', 'ringing')).at;
  const firstEnd = (await floor.phoneEvent('1001', 'ended')).at;
  const times = timesOf(caller, '1003');
  times.ring += firstEnd - first;
  times.wait -= firstEnd - first;
  assert.ok(Math.abs(firstEnd - first - 3000) < 1000, 'it rang as long as the queue says');
  await checkRow(floor.evs, call, answeredRow(caller, '1003', 'caller_hangup'), times);
  await waitFor('the missed call', async () => (await savedOf('1001')).calls_missed === 1);
});

test('the agent refuses on his phone (486), then another one on the page: the caller stays in line', async () => {
  floor.phones['1001'].reject = true;
  floor.phones['1003'].answerAfterMs = null;
  await floor.available('1001', '1003');
  const mark = floor.board.events.length;
  const missed = (await savedOf('1001')).calls_missed;
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.phoneEvent('1001', 'rejected');
  await floor.sees(call, 'ringing', { 1001: 'En Attente', 1003: 'Ringing' }, { agent: '1003' });
  await waitFor('the refusal among the missed calls', async () => (await savedOf('1001')).calls_missed === missed + 1);
  await floor.phoneEvent('1003', 'ringing');
  floor.phones['1001'].reject = false;
  await (await floor.agent('1003')).post(`/call/${call}/hangup`);
  await floor.phoneEvent('1003', 'ended');
  await floor.sees(call, 'connected', { 1001: 'En Appel', 1003: 'En Attente' }, { agent: '1001' }); // tried again: nobody else is free
  await caller.hangup();
  await floor.ended(call);
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ringing', 'queued', 'ringing', 'queued', 'ringing', 'connected', 'ended']);
  assert.deepEqual(floor.agentStory('1003', mark), ['Ringing', 'En Attente']);
  await checkRow(floor.evs, call, answeredRow(caller, '1001', 'caller_hangup'));
});

test('two callers, one agent: first come, first served', async () => {
  const first = await floor.caller(ACCUEIL);
  const one = await floor.callFrom(first);
  await floor.sees(one, 'queued');
  const second = await floor.caller(ACCUEIL_LYON, { site: 'lyon' });
  const two = await floor.callFrom(second);
  await floor.sees(two, 'queued');
  await floor.board.waitFor('queueUpdate', (q) => q.queueId === 'queue-accueil' && q.waiting === 2, { since: floor.mark });
  await floor.status('1003', 'En Attente');
  await floor.sees(one, 'connected', { 1003: 'En Appel' });
  assert.equal((await floor.live()).calls.find((c) => c.callId === two).status, 'queued');
  await first.hangup();
  await floor.ended(one);
  await floor.sees(two, 'connected', { 1003: 'En Appel' });
  await second.hangup();
  assert.equal((await floor.ended(two)).agentId, 'user-1003');
  assert.deepEqual(floor.story(two), ['offered', 'queued', 'ringing', 'connected', 'ended']);
  const phone = floor.phoneEvents('1003', 'ringing');
  assert.equal(phone.length, 2);
  assert.match(phone[0].from, new RegExp(first.caller.slice(1)));
  assert.match(phone[1].from, new RegExp(second.caller.slice(1)));
  await checkRow(floor.evs, one, answeredRow(first, '1003', 'caller_hangup'));
  await checkRow(floor.evs, two, { agent_id: 'user-1003', trunk_id: 'trunk-lyon', site_id: 'site-lyon', status: 'answered' },
    { started: second.all('dialled')[0].at, ended: second.all('ended')[0].at, wait: phone[1].at - second.all('dialled')[0].at });
});

test('an agent who lets it ring twice is paused', async () => {
  floor.phones['1001'].answerAfterMs = null;
  await floor.available('1001');
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'ringing', { 1001: 'Ringing' });
  const [paused] = await floor.agentsAre({ 1001: 'En Pause' }, { timeout: 15_000 });
  assert.equal(paused.reason, 'ring_no_answer');
  assert.equal(floor.phoneEvents('1001', 'ringing').length, 2);
  await floor.sees(call, 'queued', {}, { times: 3 }); // the caller still waits
  await caller.hangup();
  assert.equal((await floor.ended(call)).endReason, 'abandoned_waiting');
  await checkRow(floor.evs, call, { status: 'abandoned', end_reason: 'abandoned_waiting', agent_id: null });
});

test('nobody is there: the call ends after the longest wait of its queue', async () => {
  const caller = await floor.caller(SUPPORT);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'queued');
  assert.equal((await floor.ended(call)).endReason, 'queue_timeout');
  const { at: ended } = await caller.waitFor('ended');
  const [{ at: dialled }] = caller.all('dialled');
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ended']);
  await checkRow(floor.evs, call, { status: 'missed', end_reason: 'queue_timeout', queue_id: 'queue-support', agent_id: null },
    { started: dialled, ended, wait: 2000, ring: 0, talk: 0 });
});

test('a number that leads nowhere', async () => {
  const caller = await floor.caller('+33140000099');
  const call = await floor.callFrom(caller);
  assert.equal((await floor.ended(call)).endReason, 'did_unknown');
  await caller.waitFor('ended');
  assert.deepEqual(floor.story(call), ['offered', 'ended']);
  await checkRow(floor.evs, call, { status: 'failed', end_reason: 'did_unknown', did: '+33140000099', queue_id: null, trunk_id: 'trunk-paris' });
});

test("an agent on his mobile is reached through his site's trunk", async () => {
  const from = floor.lyon.events.length;
  await floor.available('1006');
  const caller = await floor.caller(ACCUEIL);
  const call = await floor.callFrom(caller);
  await floor.sees(call, 'ringing', { 1006: 'Ringing' });
  const leg = await floor.lyon.waitFor('invite', 5000, { from });
  assert.equal(leg.number, MOBILE);
  assert.equal(leg.cli, caller.caller, 'the mobile shows who calls');
  await floor.sees(call, 'connected', { 1006: 'En Appel' });
  const { at: answered } = await floor.lyon.waitFor('answered', 5000, { from });
  await caller.hangup();
  await floor.ended(call);
  await floor.lyon.waitFor('bye', 5000, { from });
  assert.deepEqual(floor.story(call), ['offered', 'queued', 'ringing', 'connected', 'ended']);
  assert.equal(floor.board.of('newCall', (c) => c.caller === caller.caller).length, 1, 'the leg to the mobile is no call of its own');
  await checkRow(floor.evs, call, answeredRow(caller, '1006', 'caller_hangup'), { started: caller.all('dialled')[0].at, answered, ring: answered - leg.at });
});

test('afterwards: every call ended once and has one row, all lines are free, nobody is stuck', async () => {
  await checkBooks(floor.evs, floor.board);
  await waitFor('free lines', async () => (await floor.live()).trunks.every((t) => t.channelsInUse === 0));
  const live = await floor.live();
  assert.deepEqual(live.calls, []);
  assert.ok(live.queues.every((q) => q.waiting === 0));
  assert.doesNotMatch(await floor.evs.asteriskCli('core show channels concise'), /PJSIP/, 'Asterisk has no channel left');
  await floor.sound();
});
