// The configuration is read again while the node works: good files take effect at once, what needs a restart is said, a
// wrong file changes nothing.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { AmiProxy } from '../support/ami-proxy.mjs';
import { Crew, brisk } from '../support/crew.mjs';
import { services } from '../support/instance.mjs';
import { startInstance } from '../support/node.mjs';
import { assertComplete, recordOf } from '../support/records.mjs';
import { waitFor } from '../support/wait.mjs';

let evs;
let crew;
let root;
let board;
let second;

before(async () => {
  second = await new AmiProxy().start();
  evs = await startInstance({ start: false, config: brisk });
  await evs.query('update queues set wrap_up_s = 1');
  await evs.start();
  crew = await Crew.hire(evs, ['1001', '1002']);
  root = await evs.login('9999');
  board = await evs.live(crew.supervisor);
});

beforeEach(async () => {
  evs.writeConfig(brisk);
  await root.post('/system/reload');
});

after(async () => {
  await crew?.leave();
  await evs?.close();
  await second?.stop();
});

const central = (more = {}) => {
  const env = services();
  return { name: 'central', host: env.EVS_AMI_HOST, port: Number(env.EVS_AMI_PORT), username: env.EVS_AMI_USER, secret: env.EVS_AMI_SECRET, ...more };
};

/** Writes the changed file and has it read by REST. */
function reload(changes) {
  evs.writeConfig({ ...brisk, ...changes });
  return root.raw('POST', '/system/reload', {});
}

/** How long an agent's change takes to the dashboard. */
async function delay() {
  const since = board.events.length;
  const status = (await crew.board()).agentOf['1002'].status === 'En Pause' ? 'Formation' : 'En Pause';
  const from = Date.now();
  await crew.status('1002', status);
  return (await board.waitFor('agentStatusUpdate', (one) => one.agentId === 'user-1002' && one.status === status, { since })).at - from;
}

test('log level, session tick and limits change at once; what needs a restart is said', async () => {
  const answer = await reload({ log: { level: 'debug' }, sessions: { tick: '1s', tick_min: '1s' }, node: { name: 'renamed' }, database: { ...evs.config.database, pool: 7 } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual(answer.body.changed.sort(), ['log.level', 'sessions.tick', 'sessions.tick_min']);
  assert.deepEqual(answer.body.needsRestart.sort(), ['database.pool', 'node.name']);
  const log = evs.logSize();
  await crew.board();
  await evs.waitForLog(/debug +\[http\] GET \/api\/live 200/, { since: log });
  assert.ok(await delay() > 700, 'a slow tick');

  await reload({});
  const quiet = evs.logSize();
  assert.ok(await delay() < 700, 'the usual tick');
  assert.doesNotMatch(evs.log().slice(-(evs.logSize() - quiet) || evs.log().length), /debug/);

  assert.equal((await reload({ limits: { requests_per_second: 1, request_burst: 3 } })).status, 200);
  const tries = await Promise.all(Array.from({ length: 12 }, () => crew.agent('1001').session.raw('GET', '/auth/me')));
  const refused = tries.filter((one) => one.status === 429);
  assert.ok(refused.length >= 6, `${refused.length} of 12 were refused`);
  assert.ok(refused[0].headers.get('retry-after'));
});

test('SIGHUP does the same', async () => {
  evs.writeConfig({ ...brisk, telephony: { default_wrap_up: '3s' }, log: { level: 'debug' }, http: { ...evs.config.http, threads: 2 } });
  const log = evs.logSize();
  evs.reload();
  await evs.waitForLog(/\[config\] reloaded: 2 keys changed, 1 need a restart/, { since: log });
  await evs.waitForLog(/http\.threads changed in the file: needs a restart/, { since: log });
  await evs.waitForLog(/telephony\.default_wrap_up changed$/, { since: log });
});

test('a wrong file changes nothing: every problem is named with its path, by REST and by SIGHUP', async () => {
  const { asterisk: _, ...good } = evs.config;
  const wrong = { ...good, asterisk: [central({ port: 99_999 }), central({ keep_alive: 'soon' })], sessions: { tick: '1h', tock: 1 }, log: { level: 'loud' },
    telephony: { audit_interval: -1 } };
  evs.writeConfigText(JSON.stringify(wrong));
  const answer = await root.raw('POST', '/system/reload', {});
  assert.equal(answer.status, 422);
  for (const path of ['asterisk[0].port', 'asterisk[1].keep_alive', 'sessions.tick', 'sessions.tock', 'log.level', 'telephony.audit_interval']) {
    assert.ok(answer.body.problems.some((one) => one.includes(path) || one.includes(path.replace(/\[\d\]/, '[central]'))), `${path} in ${JSON.stringify(answer.body.problems)}`);
  }
  for (const text of ['http: [', '\tport: 1', '- a list']) {
    evs.writeConfigText(text);
    const log = evs.logSize();
    evs.reload();
    await evs.waitForLog(/\[config\] not reloaded: \d+ problems?/, { since: log });
  }
  evs.writeConfigText(JSON.stringify(wrong));
  const log = evs.logSize();
  evs.reload();
  await evs.waitForLog(/not reloaded: \d+ problems/, { since: log });
  await evs.waitForLog(/sessions\.tock/, { since: log });
  // The old settings are in force: a call goes its way, events arrive at the old pace.
  assert.ok(await delay() < 700);
  assert.equal((await evs.metrics())['evs_ami_up{kind="central"}'], 1);
  await crew.rest(['1001']);
  const caller = await crew.call('+33612370001', { hangUpAfterMs: 500 });
  await caller.waitFor('ended', 15_000);
  await crew.untilQuiet();
});

test('only a SuperAdmin may', async () => {
  for (const loginId of ['9000', '1000', '1003']) {
    assert.equal((await (await evs.login(loginId)).raw('POST', '/system/reload', {})).status, 403, loginId);
  }
  crew.supervisor = await evs.login('1000');
  board = await evs.live(crew.supervisor);
});

test('an Asterisk server is added and removed while a call lives', async () => {
  await crew.rest(['1001']);
  const caller = await crew.call('+33612370011');
  await crew.until('a conversation', (now) => now.count('connected') === 1);
  const { callId } = (await crew.board()).calls[0];
  // A second server without calls of its own: the same Asterisk, of which nothing is heard.
  second.drop = (event) => event.Event !== 'FullyBooted' && !event.EventList;
  const answer = await reload({ asterisk: [central(), central({ name: 'second', host: '127.0.0.1', port: second.port })] });
  assert.equal(answer.status, 200);
  assert.ok(answer.body.changed.some((one) => one.includes('asterisk')), JSON.stringify(answer.body));
  await waitFor('the second server', async () => (await evs.metrics())['evs_ami_up{kind="second"}'] === 1);
  const components = async () => (await (await fetch(`${evs.base}/readyz`)).json()).components.map((one) => one.name);
  assert.ok((await components()).includes('asterisk second'));
  assert.equal((await crew.board()).calls[0].callId, callId);

  await reload({ asterisk: [central()] });
  await waitFor('the end of the connection', async () => (await evs.metrics())['evs_ami_up{kind="second"}'] === undefined);
  assert.ok(!(await components()).includes('asterisk second'));
  assert.equal((await fetch(`${evs.base}/readyz`)).status, 200);
  const live = await crew.board();
  assert.deepEqual(live.calls.map((one) => [one.callId, one.status]), [[callId, 'connected']]);
  await caller.hangup();
  await crew.untilQuiet();
});

test('a server that moves keeps its calls; one that is gone lets them go', async () => {
  second.drop = () => false;
  await crew.rest(['1001']);
  const stays = await crew.call('+33612370021');
  const before = await crew.until('a conversation', (now) => now.count('connected') === 1);
  const log = evs.logSize();
  await reload({ asterisk: [central({ host: '127.0.0.1', port: second.port })] });
  await evs.waitForLog(/\[ami central\] connected to Asterisk/, { since: log });
  await evs.waitForLog(new RegExp(`call ${before.calls[0].callId} recovered with 2 living legs`), { since: log });
  assert.equal((await evs.metrics())['evs_ami_up{kind="central"}'], 1);
  const after = await crew.until('the same call', (now) => now.count('connected') === 1);
  assert.deepEqual([after.calls[0].callId, after.calls[0].answeredAt], [before.calls[0].callId, before.calls[0].answeredAt]);
  await stays.hangup();
  await crew.untilQuiet();

  const left = await crew.call('+33612370022');
  await crew.until('a conversation', (now) => now.count('connected') === 1);
  await reload({ asterisk: [central({ name: 'elsewhere', port: 9 })] });
  await crew.untilQuiet();
  assert.equal(left.all('ended').length, 0, 'on the phone he talks on');
  const rows = await waitFor('both rows', async () => {
    const found = await evs.query("select * from call_history where source like '%123700%'");
    return found.length >= 2 && found;
  });
  for (const row of rows) assertComplete(row);
  assert.equal(recordOf(rows, stays.number).end_reason, 'caller_hangup');
  assert.equal(recordOf(rows, left.number).end_reason, 'lost_track');
});
