// Every route of the router with things of a foreign site, and with another agent's own: refused, or not in the list, while the same
// question about one's own is answered. Then what groups add, and a sign-in beside its own deactivation.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { openFloor } from '../support/floor.mjs';
import { waitFor } from '../support/wait.mjs';

const soon = () => new Date(Date.now() + 3_600_000).toISOString();
let floor;
let evs;
let admin;
let boss; // supervisor of every site
let lyon; // supervisor of Lyon
let agent; // 1002, Lyon
const calls = {};

before(async () => {
  floor = await openFloor({
    agents: ['1002'],
    config: {
      limits: { requests_per_second: 10_000, request_burst: 10_000 }, auth: { single_session: false, argon2: { memory: '8MiB', operations: 1 } },
      telephony: { default_wrap_up: '1s' },
    },
    sql: [
      `insert into users (id, login_id, role, site_id, password_hash) select 'user-' || l, l, 'Superviseur', s, password_hash
         from users, (values ('2000', 'site-lyon'), ('2001', 'site-paris')) v (l, s) where id = 'user-1000'`,
      "insert into campaigns (id, name, is_active) values ('campaign-others', 'Autre', true)",
      "insert into campaign_agents (campaign_id, user_id) values ('campaign-others', 'user-1001')",
      `insert into contacts (id, campaign_id, first_name, last_name, phone_number, phone_e164)
         select 'contact-' || n, 'campaign-demo', 'Prénom', 'Commun', '0612' || n, '+33612' || n from generate_series(100001, 100020) n`,
      `insert into contacts (id, campaign_id, first_name, last_name, phone_number) values ('contact-others', 'campaign-others', 'Prénom', 'Commun', '0613000000')`,
      ...['paris', 'lyon'].flatMap((site) => {
        const person = site === 'paris' ? 'user-1001' : 'user-1002';
        return [
          `insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason,
             agent_id, site_id, campaign_id, queue_id, recording_id) select 'call-${site}' || n, 'inbound', now() - interval '1 hour', now(), 1, 1, 0, 0, 1, 0,
             'answered', 'caller_hangup', '${person}', 'site-${site}', 'campaign-demo', 'queue-accueil', 'rec-${site}' || n from generate_series(1, 3) n`,
          `insert into call_events (call_id, seq, at, kind) values ('call-${site}1', 1, now(), 'offered')`,
          `insert into agent_sessions (id, agent_id, login_at, logout_at) values ('session-${site}', '${person}', now() - interval '1 hour', now())`,
          `insert into planning_events (id, agent_id, starts_at, ends_at, timezone) select 'planning-${site}' || n, '${person}',
             now(), now() + interval '1 hour', 'Europe/Paris' from generate_series(1, 5) n`,
          `insert into contact_notes (id, contact_id, campaign_id, agent_id, note) values ('note-${site}', 'contact-100001', 'campaign-demo', '${person}', 'x')`,
          `insert into jobs (id, kind, campaign_id, node, created_by, site_id, state) values ('job-${site}', 'contact-import', 'campaign-demo', 'elsewhere',
             'user-1000', 'site-${site}', 'done')`,
        ];
      }),
      // Held: 100011 and 100012 in Paris, 100013 to 100015 in Lyon. Callbacks: 100016 in Paris, 100017 in Lyon.
      `insert into contact_locks (contact_id, campaign_id, owner_id) values ('contact-100011', 'campaign-demo', 'user-1001'), ('contact-100012', 'campaign-demo', 'user-1001'),
         ('contact-100013', 'campaign-demo', 'user-1002'), ('contact-100014', 'campaign-demo', 'user-1002'), ('contact-100015', 'campaign-demo', 'user-1002')`,
      `insert into personal_callbacks (id, agent_id, contact_id, campaign_id, scheduled_at) values
         ('callback-paris', 'user-1001', 'contact-100016', 'campaign-demo', now() + interval '1 day'),
         ('callback-lyon', 'user-1002', 'contact-100017', 'campaign-demo', now() + interval '1 day')`,
      "update agent_profiles set call_controls = call_controls || '{\"record\": true}'",
    ],
  });
  evs = floor.evs;
  const recordings = join(evs.config.storage.data_dir, 'recordings');
  mkdirSync(recordings, { recursive: true, mode: 0o700 });
  for (const name of ['paris1', 'paris2', 'paris3', 'lyon1', 'lyon2', 'lyon3']) writeFileSync(join(recordings, `rec-${name}.wav`), 'RIFF');
  admin = await evs.login('9000');
  boss = await evs.login('1000');
  lyon = await evs.login('2000', '1000');
  agent = await floor.agent('1002');
  await agent.post('/agents/user-1002/status', { status: 'En Attente' });
  await agent.post('/agents/user-1002/status', { status: 'En Pause' });
}, { timeout: 60_000 });
after(() => floor?.close());

// ---------------------------------------------------------------- the rules

/** Nothing of it belongs to a site or a person; says why. */
const nobodys = (why) => ({ why });
/** The same question about a foreign thing, refused, and about one's own, answered. `ask` makes {path?, body?} of a thing. */
const refused = (foreign, own, { codes = [403, 404], ask } = {}) => ({ foreign, own, codes, ask });
/** A list: `of` takes the ids out of the answer. The foreign ones are there for a supervisor of all sites. */
const listed = (foreign, own, of = (body) => (Array.isArray(body) ? body : body.items).map((one) => one.id), query = '') => ({ foreign, own, of, query });

const users = ['user-1001', 'user-1002'];
const forAgent = (of) => ({ ask: (agentId) => ({ body: of(agentId) }) });
const campaign = nobodys('a campaign and its contacts belong to no site');
const everybodys = nobodys('every site uses the same');
const himself = nobodys('about the caller himself');
const range = () => `?from=${new Date(Date.now() - 864e5).toISOString().slice(0, 10)}&to=${new Date(Date.now() + 864e5).toISOString().slice(0, 10)}`;
const sites = (body) => body.rows.flatMap((row) => Array(row.calls).fill(row.siteId));

/** Method and path as in the API's document: what a supervisor of Lyon may not do in Paris. */
const foreignSite = {
  'POST /api/auth/logout': himself, 'GET /api/auth/me': himself, 'POST /api/auth/ws-ticket': himself,
  'PUT /api/users/me/password': himself, 'PUT /api/users/me/picture': himself,
  'GET /api/openapi.json': everybodys, 'GET /api/docs': everybodys,
  'GET /api/application-data': listed(
    [...users.slice(0, 1), 'site-paris', 'trunk-paris', 'did-33140000001', 'call-paris1', 'session-paris', 'callback-paris', 'note-paris'],
    [...users.slice(1), 'site-lyon', 'trunk-lyon', 'did-33472000001', 'call-lyon1', 'session-lyon', 'callback-lyon', 'note-lyon'],
    (body) => ['users', 'sites', 'trunks', 'dids', 'callHistory', 'agentSessions', 'personalCallbacks', 'contactNotes'].flatMap((part) => body[part].map((one) => one.id))),
  'GET /api/live': listed(['user-1001', 'trunk-paris', 'paris'], ['user-1002', 'trunk-lyon', 'lyon'], (body) =>
    [...body.agents.map((one) => one.agentId), ...body.trunks.map((one) => one.trunkId), ...body.calls.map((one) => Object.keys(calls).find((site) => calls[site] === one.callId))]),
  'GET /api/agents': listed(['user-1001'], ['user-1002']),
  'GET /api/agents/{id}': refused(...users),
  'POST /api/agents/{id}/status': refused(...users, { ask: () => ({ body: { status: 'En Pause' } }) }),
  'POST /api/call/originate': refused(...users, forAgent((agentId) => ({ agentId, destination: '+33612349900' }))),
  'POST /api/call/{callId}/hangup': refused('paris', 'lyon', { ask: (site) => ({ path: `/call/${calls[site]}/hangup`, body: {} }) }),
  'POST /api/supervisor/force-pause': refused(...users, forAgent((agentId) => ({ agentId }))),
  'POST /api/supervisor/force-available': refused(...users, forAgent((agentId) => ({ agentId }))),
  // Not the agent who is needed below.
  'POST /api/supervisor/force-logout': refused('user-1003', 'user-1004', forAgent((agentId) => ({ agentId }))),
  'GET /api/supervisor/call-history': listed(['call-paris1'], ['call-lyon1'], (body) => body.records.map((one) => one.id)),
  'GET /api/call-history': listed(['call-paris1'], ['call-lyon1'], undefined, '?limit=50'),
  'GET /api/call-history/export': listed(['call-paris1'], ['call-lyon1'], (text) => text.match(/call-(paris|lyon)\d/g)),
  'GET /api/call-history/{id}': refused('call-paris1', 'call-lyon1'),
  'GET /api/call-history/{id}/journal': refused('call-paris1', 'call-lyon1'),
  'GET /api/recordings': listed(['call-paris1'], ['call-lyon1']),
  'GET /api/recordings/{file}': refused('call-paris1.wav', 'call-lyon1.wav'),
  'DELETE /api/recordings/{file}': refused('call-paris2', 'call-lyon2'),
  'GET /api/media/pictures/{file}': nobodys('its name is random and known to those who see the person'),
  'GET /api/reports/calls': listed(['site-paris'], ['site-lyon'], sites, () => `${range()}&groupBy=site`),
  'GET /api/reports/campaigns': listed(['site-paris'], ['site-lyon'], sites, () => `${range()}&groupBy=site`),
  'GET /api/reports/queues': listed(['site-paris'], ['site-lyon'], sites, () => `${range()}&groupBy=site`),
  'GET /api/reports/agents': listed(['user-1001'], ['user-1002'], (body) => body.rows.map((row) => row.agentId), range),
  'GET /api/reports/sessions': listed(['user-1001'], ['user-1002'], (body) => body.rows.map((row) => row.agentId), range),
  'GET /api/jobs': listed(['job-paris'], ['job-lyon']),
  'GET /api/jobs/{id}': refused('job-paris', 'job-lyon'),
  'GET /api/jobs/{id}/rejected': refused('job-paris', 'job-lyon'),

  'GET /api/campaigns': campaign, 'GET /api/campaigns/{id}': campaign, 'POST /api/campaigns/{id}/start': campaign, 'POST /api/campaigns/{id}/pause': campaign,
  'POST /api/campaigns/{id}/stop': campaign, 'POST /api/campaigns/{id}/recycle': campaign, 'GET /api/campaigns/{id}/contacts': campaign,
  'POST /api/campaigns/{id}/contacts': campaign, 'POST /api/campaigns/{id}/contacts/import': campaign, 'GET /api/campaigns/{id}/contacts/export': campaign,
  'GET /api/campaigns/{id}/history': listed(['call-paris1'], ['call-lyon1'], undefined, { path: '/campaigns/campaign-demo/history' }),
  'POST /api/campaigns/next-contact': refused(...users, forAgent((agentId) => ({ agentId, activeCampaignId: 'campaign-demo' }))),
  'GET /api/contacts': campaign, 'POST /api/contacts': campaign, 'GET /api/contacts/{id}': campaign, 'GET /api/contacts/{id}/history': campaign,
  // 409: the contact is there, and held by somebody who is not in his charge.
  'PUT /api/contacts/{id}': refused('contact-100011', 'contact-100002', { codes: [409], ask: () => ({ body: { firstName: 'X' } }) }),
  'POST /api/contacts/{id}/lock': refused('contact-100011', 'contact-100003', { codes: [409], ask: () => ({ body: {} }) }),
  'POST /api/contacts/{id}/unlock': refused('contact-100011', 'contact-100013', { codes: [409], ask: () => ({ body: {} }) }),
  'POST /api/contacts/{id}/qualify': refused(...users, { ask: (agentId) => ({
    path: `/contacts/contact-${agentId === 'user-1001' ? '100011' : '100014'}/qualify`, body: { agentId, campaignId: 'campaign-demo', qualificationId: 'qual-90' } }) }),
  'POST /api/contacts/{id}/notes': refused(...users, { ask: (agentId) => ({ path: '/contacts/contact-100004/notes', body: { agentId, note: 'x' } }) }),
  'POST /api/contacts/{id}/schedule-callback': refused(...users, { ask: (agentId) => ({
    path: '/contacts/contact-100005/schedule-callback', body: { agentId, scheduledTime: soon() } }) }),
  'PUT /api/planning-events/callbacks/{id}': refused('callback-paris', 'callback-lyon', { ask: () => ({ body: { notes: 'x' } }) }),
  'GET /api/planning-events': listed(['planning-paris1'], ['planning-lyon1']),
  'GET /api/planning-events/{id}': refused('planning-paris1', 'planning-lyon1'),
  // 400: the body names whom he is not in charge of.
  'POST /api/planning-events': refused(...users, { codes: [400], ...forAgent((agentId) => (
    { eventData: { startDate: soon(), endDate: new Date(Date.now() + 7_200_000).toISOString() }, targetIds: [agentId] })) }),
  'PUT /api/planning-events/{id}': refused('planning-paris2', 'planning-lyon2', { ask: () => ({ body: { rrule: 'FREQ=DAILY' } }) }),
  'DELETE /api/planning-events/{id}': refused('planning-paris3', 'planning-lyon3'),
  'POST /api/planning-events/bulk-delete': { async check() {
    assert.deepEqual(await lyon.post('/planning-events/bulk-delete', { eventIds: ['planning-paris4', 'planning-lyon4'] }), { deleted: 1 });
    assert.equal((await boss.raw('GET', '/planning-events/planning-paris4')).status, 200);
    assert.equal((await boss.raw('GET', '/planning-events/planning-lyon4')).status, 404);
  } },
  'DELETE /api/planning-events/all': { async check() {
    assert.ok((await lyon.delete('/planning-events/all')).deleted > 0);
    assert.deepEqual(new Set((await boss.get('/planning-events')).map((one) => one.agentId)), new Set(['user-1001']));
  } },

  'GET /api/users': listed(['user-1001'], ['user-1002']),
  'GET /api/users/{id}': refused(...users),
  'GET /api/sites': listed(['site-paris'], ['site-lyon']),
  'GET /api/sites/{id}': refused('site-paris', 'site-lyon'),
  'GET /api/trunks': listed(['trunk-paris'], ['trunk-lyon']),
  'GET /api/trunks/{id}': refused('trunk-paris', 'trunk-lyon'),
  'GET /api/dids': listed(['did-33140000001'], ['did-33472000001']),
  'GET /api/dids/{id}': refused('did-33140000001', 'did-33472000001'),
};
for (const path of ['user-groups', 'agent-profiles', 'queues', 'skills', 'scripts', 'ivr-flows', 'qualifications', 'qualification-groups',
  'qualification-groups/groups', 'activity-types'])
  foreignSite[`GET /api/${path}`] = foreignSite[`GET /api/${path}/{id}`] = everybodys;

/** What agent 1002 may not do with what is 1001's: the routes that agents may use. */
const ownCampaign = (ask, others = 'contact-others') => refused(others, 'contact-100006', { ask });
const anothersAgent = {
  ...Object.fromEntries(Object.entries(foreignSite).filter(([, rule]) => rule.why && rule !== campaign)),
  'GET /api/application-data': listed(['user-1001', 'call-paris1', 'session-paris', 'callback-paris', 'note-paris', 'campaign-others'],
    ['user-1002', 'call-lyon1', 'session-lyon', 'callback-lyon', 'note-lyon', 'campaign-demo'],
    (body) => ['users', 'callHistory', 'agentSessions', 'personalCallbacks', 'contactNotes', 'campaigns'].flatMap((part) => body[part].map((one) => one.id))),
  'GET /api/agents/{id}': refused(...users),
  'POST /api/agents/{id}/status': foreignSite['POST /api/agents/{id}/status'],
  'POST /api/call/originate': foreignSite['POST /api/call/originate'],
  'POST /api/call/{callId}/hangup': refused('paris', 'his', { ask: (whose) => ({ path: `/call/${calls[whose]}/hangup`, body: {} }) }),
  'GET /api/recordings': listed(['call-paris1'], ['call-lyon1']),
  'GET /api/recordings/{file}': refused('call-paris1.wav', 'call-lyon1.wav'),
  'DELETE /api/recordings/{file}': refused('call-paris3', 'call-lyon3'),
  'GET /api/campaigns': listed(['campaign-others'], ['campaign-demo']),
  'GET /api/campaigns/{id}': refused('campaign-others', 'campaign-demo'),
  'POST /api/campaigns/next-contact': foreignSite['POST /api/campaigns/next-contact'],
  'GET /api/contacts': listed(['contact-others'], ['contact-100006'], undefined, '?q=commun&limit=100'),
  'POST /api/contacts': refused('campaign-others', 'campaign-demo', { codes: [400], ask: (campaignId) => ({ body: { campaignId, lastName: 'Neuf' } }) }),
  'GET /api/contacts/{id}': ownCampaign(),
  'GET /api/contacts/{id}/history': ownCampaign(),
  'PUT /api/contacts/{id}': ownCampaign(() => ({ body: { firstName: 'Y' } })),
  'POST /api/contacts/{id}/lock': ownCampaign(() => ({ body: {} })),
  'POST /api/contacts/{id}/unlock': refused('contact-100012', 'contact-100015', { codes: [409], ask: () => ({ body: {} }) }),
  'POST /api/contacts/{id}/qualify': refused(...users, { ask: (agentId) => ({
    path: '/contacts/contact-100007/qualify', body: { agentId, campaignId: 'campaign-demo', qualificationId: 'qual-90' } }) }),
  'POST /api/contacts/{id}/notes': foreignSite['POST /api/contacts/{id}/notes'],
  'POST /api/contacts/{id}/schedule-callback': refused(...users, { ask: (agentId) => ({
    path: '/contacts/contact-100008/schedule-callback', body: { agentId, scheduledTime: soon() } }) }),
  'PUT /api/planning-events/callbacks/{id}': foreignSite['PUT /api/planning-events/callbacks/{id}'],
  'GET /api/planning-events': listed(['planning-paris1'], ['planning-his1']),
  'GET /api/planning-events/{id}': refused('planning-paris1', 'planning-his1'),
};

// ---------------------------------------------------------------- the router, asked

/** Every operation of the document, which a unit test compares with the router: [{line, method, path, role}]. */
async function operations() {
  const { paths } = await admin.get('/openapi.json');
  return Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([verb, operation]) =>
    ({ line: `${verb.toUpperCase()} ${path}`, method: verb.toUpperCase(), path: path.replace('/api', ''), role: operation['x-role'] })));
}

async function check({ method, path }, rule, who) {
  if (rule.why) return;
  if (rule.check) return rule.check();
  if (rule.of) {
    const query = typeof rule.query === 'function' ? rule.query() : rule.query;
    const where = query.path ?? path + query;
    const shown = async (session) => new Set(rule.of(await session.get(where)));
    const [his, all] = [await shown(who), await shown(boss)];
    for (const id of rule.own) assert.ok(his.has(id), `${id} is his and is missing in ${where}: ${[...his]}`);
    for (const id of rule.foreign) assert.ok(!his.has(id), `${id} is not his and is in ${where}`);
    if (who === lyon) for (const id of rule.foreign) assert.ok(all.has(id), `${id} is not there at all: nothing was tested`);
    return;
  }
  const ask = (thing) => {
    const { path: where = path.replace(/\{\w+\}/, thing), body } = rule.ask?.(thing) ?? {};
    assert.doesNotMatch(where, /undefined|\{/);
    return who.raw(method, where, body);
  };
  const no = await ask(rule.foreign);
  assert.ok(rule.codes.includes(no.status), `${no.status} instead of ${rule.codes} for ${rule.foreign}: ${JSON.stringify(no.body).slice(0, 300)}`);
  const yes = await ask(rule.own);
  assert.ok(yes.ok, `${yes.status} for ${rule.own}, which is his: ${JSON.stringify(yes.body).slice(0, 300)}`);
  return yes.body;
}

const order = ['GET', 'POST', 'PUT', 'DELETE'];
/** What takes most away comes last. */
const turn = ({ method, line }) => (line.endsWith('/all') ? order.length : order.indexOf(method));

/** All routes in turn; what each did is told at the end, so that one failure hides no other. */
async function walk(routes, rules, who, between) {
  const wrong = [];
  for (const route of routes.toSorted((a, b) => turn(a) - turn(b))) {
    const rule = rules[route.line];
    if (!rule) wrong.push(`${route.line} has no rule for ${who === lyon ? 'a foreign site' : "another agent's things"}: decide, and write it down here`);
    else {
      await between[route.line]?.before?.();
      const answer = await check(route, rule, who).catch((error) => { wrong.push(`${route.line}: ${error.message}`); });
      await between[route.line]?.after?.(answer);
    }
  }
  assert.deepEqual(wrong, []);
}

const waiting = async (site, did) => {
  calls[site] = await floor.callFrom(await floor.caller(did, { site }));
};
const ended = (call) => waitFor(`the end of ${call}`, async () => !(await boss.get('/live')).calls.some((one) => one.callId === call));
const atEase = (status) => waitFor(`1002 ${status}`, async () => (await boss.get('/agents/user-1002')).status === status);
const hangUp = async (answer) => {
  if (!answer?.callId) return;
  await boss.raw('POST', `/call/${answer.callId}/hangup`, {});
  await ended(answer.callId);
  await atEase('En Pause');
};
/** Who waits for work is handed a contact. */
const forAContact = {
  before: async () => { await agent.post('/agents/user-1002/status', { status: 'En Attente' }); },
  after: async () => {
    await agent.post('/agents/user-1002/status', { status: 'En Attente' });
  await agent.post('/agents/user-1002/status', { status: 'En Pause' });
    await atEase('En Pause');
  },
};

test('every route refuses a supervisor of one site what belongs to another', { timeout: 120_000 }, async () => {
  const all = await operations();
  assert.ok(all.length > 120);
  for (const line of Object.keys(foreignSite)) assert.ok(all.some((one) => one.line === line), `${line} is not served`);
  await waiting('paris', '+33140000001');
  await waiting('lyon', '+33472000001');
  await walk(all.filter((one) => one.role === 'Agent' || one.role === 'Superviseur'), foreignSite, lyon, {
    'POST /api/call/originate': { after: hangUp },
    'POST /api/call/{callId}/hangup': { after: async () => {
      assert.ok((await boss.get('/live')).calls.some((one) => one.callId === calls.paris), 'the foreign call goes on');
      await boss.post(`/call/${calls.paris}/hangup`, {});
      for (const site of ['paris', 'lyon']) await ended(calls[site]);
    } },
    'POST /api/campaigns/next-contact': forAContact,
    'POST /api/supervisor/force-available': { after: async () => {
      await agent.post('/agents/user-1002/status', { status: 'En Pause' });
      await atEase('En Pause');
    } },
  });
});

test('what is for administrators is refused to a supervisor, whatever the site', async () => {
  for (const { line, method, path, role } of await operations())
    if (role === 'Administrateur' || role === 'SuperAdmin')
      for (const id of ['site-paris', 'site-lyon'])
        assert.equal((await lyon.raw(method, path.replace(/\{\w+\}/, id), method === 'GET' ? undefined : {})).status, 403, line);
});

test("every route refuses an agent what is another's", { timeout: 120_000 }, async () => {
  await evs.query(`insert into planning_events (id, agent_id, starts_at, ends_at, timezone) values
    ('planning-his1', 'user-1002', now(), now() + interval '1 hour', 'Europe/Paris'), ('planning-paris1', 'user-1001', now(), now() + interval '1 hour', 'Europe/Paris')
    on conflict do nothing`);
  const routes = (await operations()).filter((one) => one.role === 'Agent');
  await walk(routes, anothersAgent, agent, {
    'POST /api/call/originate': { after: hangUp },
    'POST /api/call/{callId}/hangup': {
      before: async () => {
        await waiting('paris', '+33140000001');
        calls.his = (await agent.post('/call/originate', { destination: '+33612349901' })).callId;
      },
      after: async () => {
        await boss.post(`/call/${calls.paris}/hangup`, {});
        for (const whose of ['paris', 'his']) await ended(calls[whose]);
        await atEase('En Pause');
      },
    },
    'POST /api/campaigns/next-contact': forAContact,
  });
});

test('a callback of another site is not taken by planning one of one\'s own', async () => {
  const no = await lyon.raw('POST', '/contacts/contact-100016/schedule-callback', { scheduledTime: soon() });
  assert.equal(no.status, 409, JSON.stringify(no.body));
  assert.equal((await evs.query("select status from personal_callbacks where id = 'callback-paris'"))[0].status, 'pending');
  assert.equal((await lyon.raw('POST', '/contacts/contact-100017/schedule-callback', { scheduledTime: soon() })).status, 201);
});

// ---------------------------------------------------------------- groups

test('a group widens a site, over REST and live; a change of it takes effect at once', { timeout: 30_000 }, async () => {
  const his = await evs.login('1001');
  await his.post('/agents/user-1001/status', { status: 'En Attente' });
  await his.post('/agents/user-1001/status', { status: 'En Pause' });
  const [board, older, other] = [await evs.live(lyon), await evs.compat(lyon), await evs.live(await evs.login('2001', '1000'))];
  const door = await evs.live(his);
  const knows = (id) => board.snapshot.agents.some((one) => one.agentId === id);
  assert.equal(knows('user-1001'), false);
  const reach = async () => {
    const answers = {};
    for (const [name, method, path, body] of [
      ['user', 'GET', '/users/user-1001'], ['agent', 'GET', '/agents/user-1001'], ['status', 'POST', '/agents/user-1001/status', { status: 'En Pause' }],
      ['call', 'GET', '/call-history/call-paris1'], ['recording', 'GET', '/recordings/call-paris1.wav'], ['callback', 'PUT', '/planning-events/callbacks/callback-paris', { notes: 'y' }],
      ['unlock', 'POST', '/contacts/contact-100012/unlock', {}]]) answers[name] = (await lyon.raw(method, path, body)).status;
    return answers;
  };
  assert.deepEqual(await reach(), { user: 404, agent: 404, status: 404, call: 404, recording: 404, callback: 404, unlock: 409 });
  const sentTo = (one) => one.message === 'bravo';
  board.send('supervisorResponseToAgent', { agentId: 'user-1001', message: 'refusé' });
  await board.waitFor('error');

  let from = Date.now();
  const { id } = await admin.post('/user-groups', { name: 'Équipe', memberIds: ['user-2000', 'user-1001'] });
  await waitFor('a fresh snapshot with the member', () => board.hello.type === 'hello' && knows('user-1001'));
  assert.ok(Date.now() - from < 1000, `${Date.now() - from} ms`);
  await older.waitFor('agentStatusUpdate', (one) => one.agentId === 'user-1001');
  await board.waitFor('usersBulkUpdate');
  assert.equal(knows('user-1003'), false, 'nobody else of Paris');
  await evs.query("insert into contact_locks (contact_id, campaign_id, owner_id) values ('contact-100012', 'campaign-demo', 'user-1001') on conflict do nothing");
  assert.deepEqual(await reach(), { user: 200, agent: 200, status: 200, call: 200, recording: 200, callback: 200, unlock: 200 });
  assert.equal((await lyon.raw('GET', '/users/user-1003')).status, 404);
  assert.equal((await lyon.raw('GET', '/trunks/trunk-paris')).status, 404, 'people, not their site');

  board.send('supervisorResponseToAgent', { agentId: 'user-1001', message: 'bravo' });
  await door.waitFor('supervisorMessage', sentTo);
  assert.equal(door.of('supervisorMessage', (one) => one.message === 'refusé').length, 0);
  door.send('agentRaisedHand');
  for (const one of [board, older]) await one.waitFor('agentRaisedHand', (p) => p.agentId === 'user-1001');
  await admin.put('/users/user-1001', { lastName: 'Martin-Lyon' });
  for (const one of [board, older]) await one.waitFor('updateUser', (p) => p.id === 'user-1001');
  assert.equal(other.of('usersBulkUpdate').length, 0, 'who is concerned');
  await admin.post('/planning-events', { eventData: { startDate: soon(), endDate: new Date(Date.now() + 7_200_000).toISOString() }, targetIds: ['user-1001', 'user-1003'] });
  assert.deepEqual((await board.waitFor('planningUpdated')).payload, { siteId: 'site-paris', agentIds: ['user-1001'] });

  from = Date.now();
  await admin.put(`/user-groups/${id}`, { memberIds: ['user-2000'] });
  await waitFor('a fresh snapshot without him', () => !knows('user-1001'));
  assert.ok(Date.now() - from < 1000, `${Date.now() - from} ms`);
  const mark = [board, older].map((one) => one.events.length);
  await evs.query("insert into contact_locks (contact_id, campaign_id, owner_id) values ('contact-100012', 'campaign-demo', 'user-1001') on conflict do nothing");
  assert.deepEqual(await reach(), { user: 404, agent: 404, status: 404, call: 404, recording: 404, callback: 404, unlock: 409 });
  door.send('agentRaisedHand');
  await his.post('/agents/user-1001/status', { status: 'Formation' });
  await admin.put('/users/user-1001', { lastName: 'Martin-Paris' });
  await agent.post('/agents/user-1002/status', { status: 'Formation' });
  await board.waitFor('agentStatusUpdate', (one) => one.agentId === 'user-1002' && one.status === 'Formation');
  await other.waitFor('updateUser', (one) => one.lastName === 'Martin-Paris');
  for (const [i, one] of [board, older].entries())
    for (const type of ['agentStatusUpdate', 'agentRaisedHand', 'updateUser', 'planningUpdated', 'callbackUpdate'])
      assert.doesNotMatch(JSON.stringify(one.events.slice(mark[i]).filter((e) => e.type === type)), /user-1001/);
  for (const one of [board, older, other, door]) await one.close();
});

// ---------------------------------------------------------------- signing in beside a deactivation

test('a sign-in that was checked before the deactivation and answered after it is refused', async () => {
  const client = new pg.Client({ connectionString: evs.database.url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query("update users set is_active = false where id = 'user-1019'");
    // The password is right and the account, as far as anybody else sees, active: it waits for the row.
    const answer = evs.anonymous().raw('POST', '/auth/login', { loginId: '1019', password: '1019' });
    await waitFor('the sign-in to wait for the deactivation', async () =>
      (await evs.query("select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"))[0].n > 0);
    await client.query('commit');
    const { status, body, headers } = await answer;
    assert.equal(status, 401, JSON.stringify(body));
    assert.equal(headers.get('set-cookie'), null);
    assert.equal((await evs.query("select count(*)::int as n from token_families where user_id = 'user-1019'"))[0].n, 0);
  } finally {
    await client.end();
  }
});

test('sign-ins and a deactivation at the same moment leave no token that works', async () => {
  for (let round = 0; round < 5; ++round) {
    const sessions = Array.from({ length: 8 }, () => evs.anonymous());
    const answers = sessions.map((one) => one.raw('POST', '/auth/login', { loginId: '1020', password: '1020' }));
    await new Promise((resolve) => setTimeout(resolve, round * 8));
    await admin.put('/users/user-1020', { isActive: false });
    for (const [i, { ok, body }] of (await Promise.all(answers)).entries())
      if (ok) Object.assign(sessions[i], { token: body.accessToken });
    for (const one of sessions.filter((s) => s.token))
      await waitFor('the end of its token', async () => (await one.raw('GET', '/agents/user-1020')).status === 401, { timeout: 2000 });
    await admin.put('/users/user-1020', { isActive: true });
    // Active again: what was refused stays refused.
    for (const one of sessions.filter((s) => s.token)) assert.equal((await one.raw('GET', '/agents/user-1020')).status, 401);
  }
});
