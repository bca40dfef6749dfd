// Who saves anything: every entitled screen has it at once, nobody else gets it, the actors work with it, and after a
// crash at any instant nothing committed goes unannounced.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { services } from '../support/instance.mjs';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

const run = promisify(execFile);
let evs;
let admin;
let supervisor;

before(async () => {
  evs = await startInstance({ config: { limits: { requests_per_second: 10_000, request_burst: 10_000 }, auth: { single_session: false } } });
  admin = await evs.login('9999');
  supervisor = await evs.login('1000');
});

after(() => evs?.close());

const bodies = {
  'sites': { name: 'Nice', timezone: 'Europe/Paris' },
  'trunks': { name: 'Yeastar Nice', domain: '127.0.0.13:5060', siteId: 'site-paris', authType: 'ip' },
  'dids': { number: '+33493000001', description: 'Accueil Nice', trunkId: 'trunk-paris', queueId: 'queue-accueil' },
  'users': { loginId: '1099', firstName: 'Nina', lastName: 'Simon', role: 'Agent', siteId: 'site-paris', password: 'assez long 1' },
  'user-groups': { name: 'Équipe A', memberIds: ['user-1001', 'user-1002'] },
  'agent-profiles': { name: 'Débutant', callControlsConfig: { dial: false, hangup: true } },
  'queues': { name: 'Ventes', memberIds: ['user-1001'], strategy: 'longest_idle' },
  'skills': { name: 'Anglais' },
  'scripts': { name: 'Accueil', pages: [{ id: 'p1', name: 'Page 1', blocks: [] }], startPageId: 'p1' },
  'ivr-flows': { name: 'Jour', nodes: [{ id: 's', type: 'start' }, { id: 'h', type: 'hangup' }],
    connections: [{ id: 'c', fromNodeId: 's', fromPortId: 'out', toNodeId: 'h', toPortId: 'in' }] },
  'qualifications': { code: 'V1', description: 'Vendu', type: 'positive' },
  'qualification-groups/groups': { name: 'Ventes' },
  'qualification-groups': { name: 'Ventes 2' },
  'campaigns': { name: 'Été', assignedUserIds: ['user-1001'], callerId: '+33140000009', dialingMode: 'MANUAL' },
  'activity-types': { name: 'Réunion', color: '#112233' },
};

const events = {
  'sites': ['newSite', 'updateSite', 'deleteSite'], 'trunks': ['newTrunk', 'updateTrunk', 'deleteTrunk'],
  'dids': ['newDid', 'updateDid', 'deleteDid'], 'users': ['newUser', 'updateUser', 'deleteUser'],
  'user-groups': ['newGroup', 'updateGroup', 'deleteGroup'],
  'agent-profiles': ['newAgentProfile', 'updateAgentProfile', 'deleteAgentProfile'],
  'queues': ['newQueue', 'updateQueue', 'deleteQueue'], 'skills': ['newSkill', 'updateSkill', 'deleteSkill'],
  'scripts': ['newScript', 'updateScript', 'deleteScript'], 'ivr-flows': ['newIvrFlow', 'updateIvrFlow', 'deleteIvrFlow'],
  'qualifications': ['newQualification', 'updateQualification', 'deleteQualification'],
  'qualification-groups/groups': ['newQualificationGroup', 'updateQualificationGroup', 'deleteQualificationGroup'],
  'qualification-groups': ['newQualificationGroup', 'updateQualificationGroup', 'deleteQualificationGroup'],
  'campaigns': ['campaignUpdate', 'campaignUpdate', 'deleteCampaign'],
  'activity-types': ['newActivityType', 'updateActivityType', 'deleteActivityType'],
};

/** What an Agent (1002, Lyon) may get of these. */
const forAgents = new Set(['newScript', 'updateScript', 'deleteScript', 'newIvrFlow', 'updateIvrFlow', 'deleteIvrFlow', 'newQualification',
  'updateQualification', 'deleteQualification', 'newQualificationGroup', 'updateQualificationGroup', 'deleteQualificationGroup',
  'newActivityType', 'updateActivityType', 'deleteActivityType', 'campaignUpdate', 'deleteCampaign', 'agentStatusUpdate']);

for (const path of Object.keys(bodies)) {
  test(`${path}: created, changed and deleted; each step is on a second screen, as REST returns it`, async () => {
    const native = await evs.live(supervisor);
    const older = await evs.compat(supervisor);
    const [made, changed, gone] = events[path];
    const text = path === 'users' ? 'firstName' : path === 'dids' || path === 'qualifications' ? 'description' : 'name';

    const created = await admin.raw('POST', `/${path}`, bodies[path]);
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const { id } = created.body;
    for (const door of [native, older]) {
      const event = await door.waitFor(made, (one) => one.id === id);
      assert.deepEqual(event.payload, created.body);
    }
    const read = await admin.raw('GET', `/${path}/${id}`);
    assert.deepEqual(read.body, created.body);

    const saved = await admin.raw('PUT', `/${path}/${id}`, { [text]: 'Autrement' }, { 'if-match': read.headers.get('etag') });
    assert.equal(saved.status, 200, JSON.stringify(saved.body));
    const news = await native.waitFor(changed, (one) => one.id === id && one[text] === 'Autrement');
    assert.deepEqual(news.payload, saved.body);
    assert.equal((await admin.raw('PUT', `/${path}/${id}`, { [text]: 'Trop tard' }, { 'if-match': read.headers.get('etag') })).status, 412);

    if (path === 'users') {
      assert.equal((await admin.raw('DELETE', `/users/${id}`)).status, 409);
      await admin.put(`/users/${id}`, { isActive: false });
    }
    assert.equal((await admin.raw('DELETE', `/${path}/${id}`)).status, 204);
    assert.deepEqual((await native.waitFor(gone, (one) => one.id === id)).payload, { id });
    assert.equal((await admin.raw('GET', `/${path}/${id}`)).status, 404);
    assert.equal(native.of(made, (one) => one.id === id && one[text] === bodies[path][text]).length, 1, 'told once');
    for (const door of [native, older]) await door.close();
  });
}

/** Share of the machine's time that nobody wanted, over half a second. */
async function idleShare() {
  const sum = () => cpus().reduce(([idle, all], { times }) => [idle + times.idle, all + Object.values(times).reduce((a, b) => a + b, 0)], [0, 0]);
  const [idle, all] = sum();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [laterIdle, laterAll] = sum();
  return (laterIdle - idle) / (laterAll - all);
}

/** Waits until the machine is mostly idle, 20 s at most; how idle it then is. */
async function quiet() {
  let share = await idleShare();
  for (const until = Date.now() + 20_000; share < 0.6 && Date.now() < until;) share = await idleShare();
  return share;
}

/** Times in ms of 200 saves, one after the other, from the request and from its answer to the arrival on another session's door. */
async function arrivals(door) {
  const times = { request: [], answer: [] };
  for (let i = 0; i < 200; ++i) {
    const name = `Mesure ${process.hrtime.bigint()}`;
    const from = performance.now();
    // The message is looked at when it comes, before anything that waits for it goes on.
    const arrived = door.waitFor('updateSite', (one) => one.name === name).then(() => performance.now());
    const saved = await admin.raw('PUT', '/sites/site-lyon', { name });
    const answered = performance.now();
    assert.equal(saved.status, 200);
    times.request.push(await arrived - from);
    times.answer.push(await arrived - answered);
  }
  const at = (all, share) => [...all].sort((a, b) => a - b)[Math.ceil(all.length * share) - 1];
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, { median: at(all, 0.5), p99: at(all, 0.99) }]));
}

test('a save is on a second session within 100 ms of its request, at p99 of 200 saves; an otherwise idle machine is waited for, and it is measured three times at most', { timeout: 240_000 }, async (t) => {
  for (const [name, door] of [['native', await evs.live(supervisor)], ['compatibility', await evs.compat(supervisor)]]) {
    let found;
    for (let attempt = 0; attempt < 3 && !(found?.request.p99 < 100); ++attempt) {
      const share = await quiet();
      found = await arrivals(door);
      const told = (one) => `median ${one.median.toFixed(1)} ms, p99 ${one.p99.toFixed(1)} ms`;
      t.diagnostic(`${name} door, machine ${Math.round(share * 100)} % idle before; from the request: ${told(found.request)}; from its answer (less than 0: before it): ${told(found.answer)}`);
    }
    await door.close();
    assert.ok(found.request.p99 < 100, `${name} door: ${JSON.stringify(found)}`);
    assert.ok(found.answer.p99 < 100, `${name} door: ${JSON.stringify(found)}`);
  }
});

test('a change reaches those who may see it and nobody else', async () => {
  await evs.query("update users set site_id = 'site-lyon' where login_id = '1000'");
  const lyon = await evs.login('1000');
  const agent = await evs.login('1002');
  const own = await evs.login('1001');
  const [boss, other, himself, all] = [await evs.live(lyon), await evs.live(agent), await evs.live(own), await evs.live(admin)];
  await admin.put('/users/user-1001', { lastName: 'Martin-Paris' });
  const { id: campaign } = await admin.post('/campaigns', { name: 'De 1001 seulement', assignedUserIds: ['user-1001'] });
  await admin.put('/trunks/trunk-paris', { name: 'Yeastar Paris 2' });
  await admin.put('/queues/queue-support', { announcePosition: true });
  await admin.put('/sites/site-lyon', { name: 'Lyon Part-Dieu' });
  const { id } = await admin.post('/skills', { name: 'Espagnol' });
  await all.waitFor('newSkill', (one) => one.id === id);
  await himself.waitFor('updateUser', (one) => one.id === 'user-1001');
  await himself.waitFor('campaignUpdate', (one) => one.id === campaign);
  await boss.waitFor('updateSite', (one) => one.id === 'site-lyon');
  await boss.waitFor('newSkill', (one) => one.id === id);
  await other.waitFor('updateQueue', (one) => one.id === 'queue-support');
  assert.equal(boss.of('updateUser', (one) => one.siteId === 'site-paris').length, 0, 'an account of another site');
  assert.equal(boss.of('updateTrunk').length, 0, 'a trunk of another site');
  for (const { type, payload } of other.events)
    if (type !== 'updateQueue') assert.ok(forAgents.has(type), `an agent got ${type} ${JSON.stringify(payload)}`);
  assert.equal(other.of('campaignUpdate', (one) => one.id === campaign).length, 0, 'a campaign of others');
  assert.equal(himself.of('newSkill').length + himself.of('updateSite').length, 0);
  await admin.delete(`/campaigns/${campaign}`);
  for (const door of [boss, himself]) await door.waitFor('deleteCampaign', (one) => one.id === campaign);
  const queue = await admin.post('/queues', { name: 'De 1001 seulement', memberIds: ['user-1001'] });
  await himself.waitFor('newQueue', (one) => one.id === queue.id);
  await admin.delete(`/queues/${queue.id}`);
  for (const door of [boss, himself]) await door.waitFor('deleteQueue', (one) => one.id === queue.id);
  assert.equal(other.of('deleteCampaign').length + other.of('deleteQueue').length, 0, 'what is gone, of others');
  for (const door of [boss, other, himself, all]) await door.close();
  await evs.query("update users set site_id = null where login_id = '1000'");
  supervisor = await evs.login('1000');
});

test('actors work with it at once: a new agent, a queue\'s members, a limit of a trunk', async () => {
  const { id } = await admin.post('/users', { loginId: '1077', firstName: 'Neuf', role: 'Agent', siteId: 'site-lyon', extension: '1077', password: '1077-secret' });
  await waitFor('the new agent on the board', async () => (await supervisor.get('/agents')).some((one) => one.agentId === id || one.id === id));
  await admin.put('/queues/queue-support', { memberIds: [id] });
  await waitFor('the queue to have one member', async () => {
    const queue = (await supervisor.get('/live')).queues.find((one) => one.queueId === 'queue-support');
    return queue.agentsAvailable + queue.agentsBusy + queue.agentsPaused <= 1;
  });
  await admin.put('/trunks/trunk-lyon', { channelLimit: 7 });
  await waitFor('the trunk\'s new limit', async () => (await supervisor.get('/live')).trunks.find((one) => one.trunkId === 'trunk-lyon').channelLimit === 7);
  await admin.put(`/users/${id}`, { isActive: false });
  await admin.delete(`/users/${id}`);
  await waitFor('the agent to be gone', async () => !(await supervisor.get('/agents')).some((one) => one.agentId === id || one.id === id));
});

test('a queue, a trunk and a campaign that are deleted leave the boards, also of those who look later', async () => {
  const made = [
    ['queues', 'queueId', await admin.post('/queues', { name: 'Éphémère' })],
    ['trunks', 'trunkId', await admin.post('/trunks', { name: 'Éphémère', domain: '127.0.1.99', authType: 'ip', siteId: 'site-lyon' })],
    ['campaigns', 'campaignId', await admin.post('/campaigns', { name: 'Éphémère', callerId: '+33140000009' })],
  ];
  const shown = async ([kind, key, { id }]) => (await supervisor.get('/live'))[kind].some((one) => one[key] === id);
  for (const one of made) await waitFor(`the new one among the ${one[0]}`, () => shown(one));
  const board = await evs.live(supervisor);
  for (const [kind, , { id }] of made) await admin.delete(`/${kind}/${id}`);
  for (const one of made) await waitFor(`it to be gone from the ${one[0]}`, async () => !(await shown(one)));
  for (const [i, type] of ['queueRemoved', 'trunkRemoved', 'campaignRemoved'].entries()) {
    const [, key, { id }] = made[i];
    await board.waitFor(type, (one) => one[key] === id);
    assert.equal(board.of(type, (one) => one[key] === id).length, 1);
  }
  await board.close();
});

test('deactivation, another role and another password end every session at once', async () => {
  for (const [change, back] of [[{ isActive: false }, { isActive: true }], [{ role: 'Superviseur' }, { role: 'Agent' }], [{ password: 'un autre mot 2' }, {}]]) {
    const session = await evs.login('1011', change.password ? '1011' : undefined);
    const doors = [await evs.live(session), await evs.compat(session)];
    await admin.put('/users/user-1011', change);
    for (const door of doors) assert.equal((await door.closed).code, 4001, JSON.stringify(change));
    assert.equal((await session.raw('GET', '/auth/me')).status, 401);
    assert.equal((await session.raw('POST', '/auth/refresh', {})).status, 401);
    await admin.put('/users/user-1011', back);
  }
});

test('one\'s own password: the present one is needed, the others sessions end, this one stays', async () => {
  const here = await evs.login('1012');
  const there = await evs.login('1012');
  assert.equal((await here.raw('PUT', '/users/me/password', { currentPassword: 'faux', newPassword: 'assez long 3' })).status, 400);
  assert.equal((await here.raw('PUT', '/users/me/password', { currentPassword: '1012', newPassword: 'court' })).status, 400);
  assert.equal((await here.raw('PUT', '/users/me/password', { currentPassword: '1012', newPassword: 'assez long 3' })).status, 200);
  await waitFor('the other session to be over', async () => (await there.raw('GET', '/auth/me')).status === 401);
  assert.equal((await here.raw('GET', '/auth/me')).status, 200);
  assert.equal((await evs.anonymous().raw('POST', '/auth/login', { loginId: '1012', password: '1012' })).status, 401);
  await evs.login('1012', 'assez long 3');
});

test('nobody writes an account above his own, and a supervisor writes none', async () => {
  const nine = await evs.login('9000');
  assert.equal((await nine.raw('PUT', '/users/user-9999', { firstName: 'X' })).status, 403);
  assert.equal((await nine.raw('POST', '/users', { loginId: 'sa', role: 'SuperAdmin' })).status, 403);
  assert.equal((await supervisor.raw('POST', '/users', { loginId: 'x', role: 'Agent' })).status, 403);
  assert.equal((await (await evs.login('1003')).raw('GET', '/users')).status, 403);
});

test('sent twice with one Idempotency-Key: done once', async () => {
  const body = { name: 'Une fois' };
  const key = { 'idempotency-key': 'une-fois' };
  const [first, second] = [await admin.raw('POST', '/skills', body, key), await admin.raw('POST', '/skills', body, key)];
  assert.deepEqual(second.body, first.body);
  assert.equal((await evs.query("select count(*)::int as n from skills where name = 'Une fois'"))[0].n, 1);
});

test('many accounts at once: a report a row', async () => {
  const board = await evs.live(supervisor);
  const { status, body } = await admin.raw('POST', '/users/bulk', { users: [
    { loginId: '2001', firstName: 'A', role: 'Agent', password: '2001-secret' }, { loginId: '1001', role: 'Agent' }, { loginId: '2002', role: 'Chef' }] });
  assert.equal(status, 200);
  assert.deepEqual([body.created, body.failed], [1, 2]);
  assert.ok(body.report[1].fields.loginId && body.report[2].fields.role);
  await board.waitFor('usersBulkUpdate');
  await board.waitFor('newUser', (one) => one.loginId === '2001');
  await evs.login('2001', '2001-secret');
  await board.close();
});

test('application-data has every collection, and no secret', async () => {
  await admin.post('/trunks', { id: 'trunk-canary', name: 'C', domain: 'h', password: 'CANARY-trunk', registerString: 'evs:CANARY-register@h' });
  for (const [session, least] of [[admin, 'audioFiles'], [supervisor, 'trunks'], [await evs.login('1001'), 'savedScripts']]) {
    const data = await session.get('/application-data');
    assert.ok(Array.isArray(data[least]), least);
    assert.doesNotMatch(JSON.stringify(data), /CANARY|argon2|passwordHash|password_hash/);
  }
  assert.doesNotMatch(JSON.stringify(await admin.get('/trunks')), /CANARY/);
  assert.doesNotMatch(evs.log(), /CANARY/);
  assert.doesNotMatch(JSON.stringify(await evs.query('select * from trunks')) + JSON.stringify(await evs.query('select * from outbox')), /CANARY/);
});

test('a write while PostgreSQL is away is refused with a sentence, and loses nothing', async () => {
  await evs.stopPostgres();
  try {
    const refused = await admin.raw('POST', '/skills', { name: 'Perdu' });
    assert.equal(refused.status, 503);
    assert.ok(refused.headers.get('retry-after'));
  } finally {
    await evs.startPostgres();
  }
  const board = await evs.live(supervisor);
  const made = await waitFor('a write that works again', async () => {
    const answer = await admin.raw('POST', '/skills', { name: 'Retrouvé' });
    return answer.ok && answer.body;
  });
  await board.waitFor('newSkill', (one) => one.id === made.id);
  await board.close();
});

/** Ids that the event log has ever told of. */
async function announced(type) {
  const { stdout } = await run('redis-cli', ['-p', services().EVS_REDIS_PORT, '--json', 'XRANGE', 'evs:events', '-', '+'], { maxBuffer: 1 << 28 });
  const ids = new Set();
  for (const [, fields] of JSON.parse(stdout)) {
    const entry = Object.fromEntries(fields.reduce((pairs, each, i) => (i % 2 ? pairs[pairs.length - 1].push(each) : pairs.push([each]), pairs), []));
    if (entry.type === type) ids.add(JSON.parse(entry.payload).id);
  }
  return ids;
}

test('a queue, a trunk and a campaign deleted in the instant of a death are on no board afterwards; who comes back from before is told', async () => {
  const made = { queues: 'queue-brief', trunks: 'trunk-brief', campaigns: 'campaign-brief' };
  for (const [resource, id] of Object.entries(made)) await admin.post(`/${resource}`, { ...bodies[resource], id });
  const onBoard = async (who) => Object.values(made).filter((id) => JSON.stringify(who).includes(`"${id}"`));
  await waitFor('all on the board', async () => (await onBoard(await admin.get('/live'))).length === 3);
  const board = await evs.live(admin);
  const older = await evs.compat(admin);
  const { epoch, offset } = board;
  // Committed, and dead before anybody who would tell of it ended.
  await evs.kill9();
  for (const [resource, id] of Object.entries(made)) await evs.query(`delete from ${resource} where id = '${id}'`);
  await evs.start();
  admin = await evs.login('9999');
  assert.deepEqual(await onBoard(await admin.get('/live')), []);
  const back = await evs.live(admin, { epoch, offset });
  await waitFor('a snapshot', () => back.snapshot);
  assert.notEqual(back.epoch, epoch, 'an order of its own');
  assert.deepEqual(await onBoard(back.snapshot), []);
  const olderBack = await evs.compat(admin);
  await waitFor('its state', () => olderBack.of('queueUpdate').length > 0);
  assert.deepEqual(await onBoard(olderBack.events.filter((e) => /Update$/.test(e.type) && !/^delete/.test(e.type))), []);
  for (const door of [board, older, back, olderBack]) door.socket.terminate();
});

test('killed 200 times in the middle of writes: what was committed was announced, what was not was not', async () => {
  await evs.query('delete from skills');
  const kills = Number(process.env.EVS_KILLS ?? 200);
  const answered = new Set();
  let sent = 0;
  const refusals = {};
  for (let kill = 0; kill < kills; ++kill) {
    let alive = true;
    const writers = Array.from({ length: 4 }, async () => {
      while (alive) {
        const id = `skill-k${sent++}`;
        const answer = await admin.raw('POST', '/skills', { id, name: id }).catch(() => null);
        if (answer?.status === 201) answered.add(id);
        else if (answer) refusals[answer.status] = (refusals[answer.status] ?? 0) + 1;
        else if (!alive) return;
        else await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 300));
    alive = false;
    await evs.kill9();
    await Promise.all(writers);
    await evs.start();
  }
  await waitFor('the outbox to be empty', async () => (await evs.query('select count(*)::int as n from outbox where relayed_at is null'))[0].n === 0, { timeout: 30_000 });
  const committed = new Set((await evs.query('select id from skills')).map((one) => one.id));
  const told = await announced('newSkill');
  assert.ok(committed.size > kills / 4, `only ${committed.size} were committed; refused: ${JSON.stringify(refusals)}`);
  for (const id of answered) assert.ok(committed.has(id), `${id} was answered and is gone`);
  for (const id of committed) assert.ok(told.has(id), `${id} was committed and nobody was told`);
  for (const id of told) if (/^skill-k\d+$/.test(id)) assert.ok(committed.has(id), `${id} was announced and is not there`);
});
