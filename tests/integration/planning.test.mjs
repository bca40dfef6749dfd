// Planning and reports over REST and on the sessions: who may, who hears of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

let evs;
let supervisor;
let lyon;
let agent;
let other;

before(async () => {
  evs = await startInstance({ config: { limits: { requests_per_second: 10_000, request_burst: 10_000 }, auth: { single_session: false } } });
  await evs.query(`insert into users (id, login_id, role, site_id, password_hash)
    select 'user-2000', '2000', 'Superviseur', 'site-lyon', password_hash from users where id = 'user-1000'`);
  supervisor = await evs.login('1000');
  lyon = await evs.login('2000', '1000');
  agent = await evs.login('1001');
  other = await evs.login('1002');
});

after(() => evs?.close());

const plan = (targetIds, more = {}) => ({
  eventData: { activityId: 'activity-disponible', startDate: '2026-03-02T08:00:00Z', endDate: '2026-03-02T16:00:00Z', rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', ...more },
  targetIds,
});

test('a planned week reaches its agent and those who supervise him, nobody else', async () => {
  const boards = await Promise.all([supervisor, lyon, agent, other].map((who) => evs.live(who)));
  const [boss, bossOfLyon, his, others] = boards;
  const made = await supervisor.raw('POST', '/planning-events', plan(['user-1001']));
  assert.equal(made.status, 201);
  assert.deepEqual((await boss.waitFor('planningUpdated')).payload, { siteId: 'site-paris', agentIds: ['user-1001'] });
  assert.deepEqual((await his.waitFor('planningUpdated')).payload, {});
  // What comes after it has come: so it did not.
  await supervisor.raw('POST', '/planning-events', plan(['user-1002']));
  assert.deepEqual((await bossOfLyon.waitFor('planningUpdated')).payload, { siteId: 'site-lyon', agentIds: ['user-1002'] });
  await others.waitFor('planningUpdated');
  for (const board of [bossOfLyon, others, his])
    assert.equal(board.events.filter((e) => e.type === 'planningUpdated').length, 1);
  for (const board of boards) await board.close();
});

test('every role gets what is its own', async () => {
  const all = await supervisor.get('/planning-events?start=2026-03-30&end=2026-03-31');
  assert.equal(all.length, 2);
  assert.deepEqual(all[0].occurrences, [{ startDate: '2026-03-30T07:00:00.000Z', endDate: '2026-03-30T15:00:00.000Z' }]);
  assert.deepEqual((await agent.get('/planning-events')).map((e) => e.agentId), ['user-1001']);
  assert.deepEqual((await lyon.get('/planning-events')).map((e) => e.agentId), ['user-1002']);
  for (const [method, path, body] of [['POST', '/planning-events', plan(['user-1001'])], ['PUT', `/planning-events/${all[0].id}`, {}],
    ['DELETE', `/planning-events/${all[0].id}`], ['DELETE', '/planning-events/all'], ['POST', '/planning-events/bulk-delete', { eventIds: [all[0].id] }],
    ['GET', '/reports/calls?from=2026-03-01&to=2026-03-02'], ['GET', '/call-history'], ['GET', '/contacts/x/personal-data']])
    assert.equal((await agent.raw(method, path, body)).status, 403, `${method} ${path}`);
  assert.equal((await supervisor.raw('DELETE', '/contacts/x/personal-data')).status, 403);
  const bulk = await supervisor.raw('POST', '/planning-events/bulk-delete', { eventIds: all.map((e) => e.id) });
  assert.deepEqual(bulk.body, { deleted: 2 });
});

test('what is wrong is named', async () => {
  for (const [path, field] of [['/planning-events?start=2026-01-01', 'end'], ['/planning-events?start=2026-01-01&end=2028-01-01', 'end'], ['/planning-events?start=now&end=later', 'start'],
    ['/reports/calls', 'from'], ['/reports/calls?from=2026-01-02&to=2026-01-01', 'to'], ['/reports/calls?from=2026-01-01&to=2026-01-02&groupBy=week', 'groupBy'],
    ['/reports/calls?from=2026-01-01&to=2026-01-02&timezone=Mars/One', 'timezone'], ['/reports/queues?from=2026-01-01&to=2026-01-02&evil=1', 'evil'],
    ['/reports/sessions?from=2026-01-01&to=2026-01-02&direction=inbound', 'direction'], ['/call-history?sort=talk_s;drop table users', 'sort'],
    ['/call-history?limit=100000', 'limit'], ['/call-history?cursor=zz', 'cursor'], ['/call-history?q=ab', 'q'], ['/call-history?direction=up', 'direction']]) {
    const said = await supervisor.raw('GET', encodeURI(path));
    assert.equal(said.status, 400, path);
    assert.ok(said.body.fields[field], `${path}: ${JSON.stringify(said.body)}`);
  }
});

test('reports of what the node itself has noted', async () => {
  await agent.post('/agents/user-1001/status', { status: 'En Attente' });
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await evs.query(`insert into call_history (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason,
    agent_id, queue_id, site_id, caller_number) values ('r-1', 'inbound', now(), now(), now(), 75, 60, 10, 5, 60, 0, 'answered', 'caller_hangup', 'user-1001', 'queue-accueil',
    'site-paris', '+33611111111')`);
  const range = `from=${yesterday}&to=${tomorrow}`;
  const calls = await supervisor.get(`/reports/calls?${range}`);
  assert.equal(calls.totals.calls, 1);
  assert.equal(calls.totals.averageWait, 15);
  const queues = await supervisor.get(`/reports/queues?${range}&groupBy=day,site`);
  assert.equal(queues.rows.length, 1);
  assert.equal(queues.rows[0].queueName, 'Accueil');
  assert.equal(queues.rows[0].serviceLevel, 100);
  assert.ok([yesterday, today, tomorrow].includes(queues.rows[0].day));
  assert.equal((await lyon.get(`/reports/calls?${range}`)).rows.length, 0);
  const history = await supervisor.get('/call-history?q=0611111111');
  assert.equal(history.items[0].id, 'r-1');
  assert.equal(history.nextCursor, null);
  const state = await waitFor('his time in the report', async () => {
    const agents = await supervisor.get(`/reports/agents?${range}&agentId=user-1001`);
    return agents.rows[0]?.loggedTime > 0 && agents.rows[0];
  });
  assert.equal(state.calls, 1);
  const csv = await supervisor.raw('GET', `/reports/queues?${range}&format=csv`);
  assert.match(csv.headers.get('content-type'), /^text\/csv/);
  assert.match(csv.headers.get('content-disposition'), /rapport-queues-/);
  assert.match(csv.body, /^\uFEFF?File;Nom;Appels;/);
});

test('rules of retention are kept, and applied by the node', async () => {
  const root = await evs.login('9999');
  assert.equal((await root.get('/system/retention-settings')).recordingsMonths, 6);
  assert.equal((await root.raw('PUT', '/system/retention-settings', { callsMonths: 'six' })).status, 400);
  assert.equal((await root.raw('PUT', '/system/retention-settings', { callsMonths: 12 })).status, 200);
  await evs.query(`insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason)
    values ('old', 'inbound', now() - interval '2 years', now() - interval '2 years', 1, 0, 1, 0, 0, 0, 'abandoned', 'abandoned_waiting')`);
  await evs.query('delete from retention_runs');
  await evs.restart();
  await evs.waitForLog(/retention removed .*1 calls/);
  assert.equal((await evs.metrics())['evs_retention_removed_total{kind="calls"}'], 1);
  const [{ calls }] = await evs.query('select sum(calls)::int as calls from call_hours where kind = \'site\' and hour < now() - interval \'1 year\'');
  assert.equal(calls, 1, 'its figures stay');
});
