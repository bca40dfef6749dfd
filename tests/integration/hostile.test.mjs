// Hostile input against a whole node: what no field, parameter, path, file or connection may do, however it is written. Fields, routes and
// parameters are read from the node's own document, so a new one is attacked without a line here. tests/integration/README.md says which
// test answers which kind of attack.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

let evs;
let root;
let agent;
let document;
let tables;

before(async () => {
  evs = await startInstance({ applyAsterisk: false,
    config: { limits: { requests_per_second: 100_000, request_burst: 100_000 }, auth: { single_session: false } } });
  root = await evs.login('9999');
  agent = await evs.login('1001');
  document = await root.get('/openapi.json');
  tables = await present();
}, { timeout: 60_000 });

after(() => evs?.close());

/** Tables, accounts and rights, as far as an injected statement would change them. */
async function present() {
  const [one] = await evs.query(`select
    (select string_agg(table_name, ' ' order by table_name) from information_schema.tables where table_schema = 'public') as tables,
    (select string_agg(id || role || is_active || password_hash, ' ' order by id) from users where id ~ '^user-[0-9]+$') as accounts`);
  return one;
}
const intact = async () => assert.deepEqual(await present(), tables, 'tables and accounts are as they were');

const sql = ["'; drop table users; --", "' or '1'='1", '" or ""="', '1); delete from users; --', "'||pg_sleep(9)||'", "\\'; drop table users; --",
  '$$; drop table users; $$', "x' union select login_id from users --", '$1', '%_\\', 'NULL', '{"a":"b"}', "E'\\\\x27'", "l’été “«»” \u{1F600} ＝1", '${jndi:ldap://x/a}',
  '<script>alert(1)</script>', '(select 1)::text', '/**/', ';', '--'];

/** What has the form of an id is one that nothing has. */
const formOfAnId = (text) => /^[\w.-]+$/.test(text);

/** The body of a request that was refused, with its reason. */
function refused(answer, status, field, what) {
  assert.equal(answer.status, status, `${what}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 300)}`);
  assert.ok(answer.body.error?.length > 5 && answer.body.code, `${what}: a sentence and a code`);
  assert.doesNotMatch(JSON.stringify(answer.body), /syntax error|PG::|pqxx|SQLSTATE|relation "|at line/i, what);
  if (field) assert.ok(Object.keys(answer.body.fields ?? {}).some((name) => name === field || name.startsWith(`${field}[`) || name.startsWith(`${field}.`)),
    `${what}: names ${field}: ${JSON.stringify(answer.body)}`);
}

/** Resources of the document: path -> schema. */
function resources() {
  const found = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    const ref = document.paths[`${path}/{id}`]?.put?.requestBody?.content['application/json'].schema.$ref;
    if (ref && item.get) found.set(path, { name: ref.split('/').at(-1), ...document.components.schemas[ref.split('/').at(-1)] });
  }
  return found;
}

/** What a creation must have; anything else is left out. */
const fitting = { name: 'Cible', loginId: 'cible', role: 'Agent', domain: '10.0.0.7', number: '+33140111111', code: 'CIBLE', description: 'Cible' };

/** Structures with a text wherever they take one. */
const structures = {
  physicalExtensions: (x) => ({ physicalExtensions: [{ number: '101', label: x }] }),
  callControlsConfig: (x) => ({ callControlsConfig: { [x]: true } }),
  skills: (x) => ({ skills: [{ skillId: x, level: 1, minLevel: 1 }] }),
  overflow: (x) => ({ overflow: { to: 'queue', id: x } }),
  serviceLevelTarget: (x) => ({ serviceLevelTarget: { percent: x, seconds: 20 } }),
  schedule: (x) => ({ schedule: [{ dayOfWeek: 1, active: true, startTime: '09:00', endTime: '18:00', label: x }] }),
  quotaRules: (x) => ({ quotaRules: [{ id: 'q', contactField: x, operator: 'equals', value: x, limit: 3 }] }),
  filterRules: (x) => ({ filterRules: [{ id: 'f', type: 'include', contactField: x, operator: 'contains', value: x }] }),
  pages: (x) => ({ pages: [{ id: 'p', name: x, blocks: [{ id: 'b', type: 'text', content: { [x]: [x] } }] }] }),
  nodes: (x) => ({ nodes: [{ id: 's', type: 'start', name: x, content: { text: x } }, { id: 'h', type: 'hangup' }],
    connections: [{ id: 'c', fromNodeId: 's', fromPortId: 'out', toNodeId: 'h', toPortId: x }] }),
};

/** Everything that was sent is in what came back. */
function includes(got, sent, what) {
  if (Array.isArray(sent)) sent.forEach((each, i) => includes(got?.[i], each, what));
  else if (sent !== null && typeof sent === 'object') for (const [name, each] of Object.entries(sent)) includes(got?.[name], each, what);
  else assert.equal(got, sent, what);
}

test('SQL metacharacters in every field of every resource: refused by name, or kept byte for byte', { timeout: 240_000 }, async () => {
  const all = resources();
  assert.ok(all.size >= 14, [...all.keys()].join(' '));
  let taken = 0;
  for (const [path, schema] of all) {
    const api = path.slice('/api'.length);
    let id;
    if (schema.name === 'audioFile') {
      await evs.query("insert into audio_files (id, name, file_name, duration_s, size_bytes, stored_as) values ('audio-cible', 'c', 'c.wav', 1, 1, 'c')");
      id = 'audio-cible';
    } else {
      const made = await root.raw('POST', api, Object.fromEntries((schema.required ?? []).map((field) => [field, fitting[field]])));
      assert.equal(made.status, 201, `${api} ${JSON.stringify(made.body)}`);
      id = made.body.id;
    }
    for (const [field, about] of Object.entries(schema.properties)) {
      if (about.readOnly || field === 'id') continue;
      const kinds = [about.type].flat();
      const list = kinds.includes('array') && !kinds.includes('object');
      for (const attack of sql) {
        const what = `${api} ${field} ${attack}`;
        const body = structures[field]?.(attack) ?? { [field]: list ? [attack] : kinds.includes('object') ? [{ id: attack, [attack]: attack }] : attack };
        const answer = await root.raw('PUT', `${api}/${id}`, body);
        if (answer.status !== 200) {
          refused(answer, 400, structures[field] ? undefined : field, what);
          continue;
        }
        ++taken;
        if (about.writeOnly) assert.ok(!JSON.stringify(answer.body).includes(JSON.stringify(attack).slice(1, -1)) || attack.length < 4, `${what}: never comes out`);
        else includes(answer.body, body, what);
      }
      const last = await root.raw('GET', `${api}/${id}`);
      assert.equal(last.status, 200, `${api} ${field}`);
    }
    // As an id: in the path and in the body.
    for (const attack of sql) {
      assert.equal((await root.raw('GET', `${api}/${encodeURIComponent(attack)}`)).status, 404, `${api} ${attack}`);
      assert.equal((await root.raw('PUT', `${api}/${encodeURIComponent(attack)}`, {})).status, 404, `${api} ${attack}`);
      assert.equal((await root.raw('DELETE', `${api}/${encodeURIComponent(attack)}`)).status, 404, `${api} ${attack}`);
      if (schema.name !== 'audioFile' && !formOfAnId(attack))
        refused(await root.raw('POST', api, { ...Object.fromEntries((schema.required ?? []).map((field) => [field, fitting[field]])), id: attack }), 400, 'id', `${api} ${attack}`);
    }
    const seen = (await root.raw('GET', `${api}/${id}`)).headers.get('etag');
    for (const attack of ["'; drop table users; --", `${seen}' or '1'='1`])
      assert.equal((await root.raw('PUT', `${api}/${id}`, {}, { 'if-match': attack })).status, 412, `${api} If-Match ${attack}`);
  }
  assert.ok(taken > 300, `only ${taken} were taken`);
  await intact();
});

test('SQL metacharacters in every field of a contact, its notes and callbacks, of accounts in bulk and of settings', async () => {
  const { id: campaignId } = await root.post('/campaigns', { name: 'Hostile', callerId: '+33140000009', dialingMode: 'MANUAL', assignedUserIds: ['user-1001'] });
  for (const attack of sql) {
    const body = { campaignId, firstName: attack, lastName: attack, phoneNumber: '0612365001', postalCode: attack.slice(0, 20).trim(), customFields: { [attack]: attack, list: [attack] } };
    const made = await root.raw('POST', '/contacts', body);
    if (made.status === 201 || made.status === 200) {
      const kept = await root.get(`/contacts/${made.body.id}`);
      includes(kept, { firstName: attack, lastName: attack, customFields: body.customFields }, attack);
      assert.ok((await root.raw('POST', `/contacts/${made.body.id}/notes`, { note: attack, campaignId })).ok, attack);
      const history = await root.get(`/contacts/${made.body.id}/history`);
      assert.ok(JSON.stringify(history).includes(JSON.stringify(attack).slice(1, -1)), attack);
    } else refused(made, 400, undefined, `contact ${attack}`);
    for (const [path, wrong] of [['/contacts/x/notes', { note: 'x', campaignId: attack }], ['/contacts/x/qualify', { qualificationId: attack }],
      ['/campaigns/next-contact', { activeCampaignId: attack }], ['/contacts/bulk-delete', { contactIds: [attack] }],
      ['/contacts/x/schedule-callback', { scheduledTime: attack }], [`/campaigns/${campaignId}/recycle`, { qualificationId: attack }]]) {
      const answer = await root.raw('POST', path, wrong);
      if (formOfAnId(attack)) assert.ok(answer.status < 500, `${path} ${attack} ${answer.status}`);
      else refused(answer, 400, undefined, `${path} ${attack}`);
    }
    const bulk = await root.raw('POST', '/users/bulk', { users: [{ loginId: attack, role: attack, firstName: attack }] });
    assert.equal(bulk.status, 422, JSON.stringify(bulk.body));
    assert.ok(bulk.body.report[0].fields.role && (formOfAnId(attack) || bulk.body.report[0].fields.loginId));
    const settings = await root.raw('PUT', '/system/app-settings', { appName: attack });
    if (settings.ok) assert.equal((await evs.anonymous().get('/public-config')).appSettings.appName, attack);
    else refused(settings, 400, 'appName', `appName ${attack}`);
    const planned = await root.raw('POST', '/planning-events', { eventData: { activityId: attack, startDate: attack, endDate: attack, rrule: attack }, targetIds: [attack] });
    refused(planned, 400, undefined, `planning ${attack}`);
  }
  await intact();
});

/** Routes that are read, with ids that exist; what they are asked with, from the document and from the lists that are no resource. */
const others = ['status', 'agentId', 'campaignId', 'queueId', 'qualificationId', 'direction', 'endReason', 'activityId', 'actor', 'login', 'action', 'entity', 'from',
  'to', 'start', 'end', 'groupBy', 'timezone', 'format', 'page', 'level', 'verify'];
const hex = (text) => Buffer.from(text).toString('hex');
const cursors = ['x', '.', '61', '61.62', '2d2d.61', '2e.61', '6e616e.61', '31.', '.31', `${hex("'; drop table users; --")}.${hex('x')}`, `${hex('1')}.${hex("' or 1=1")}`,
  `${hex('2026-01-01')}.61.62`, `${hex('\0')}.61`, 'ff.ff', '00.00', '1_x', "1_';drop table users", '9'.repeat(3000), `${'9'.repeat(400)}.61`, `${hex('1e400')}.61`, `${hex('9'.repeat(300))}.61`];

async function inTurn(jobs, width = 8) {
  const left = [...jobs];
  await Promise.all(Array.from({ length: width }, async () => { for (let job; (job = left.pop());) await job(); }));
}

function lists() {
  const found = [];
  for (const [path, item] of Object.entries(document.paths)) {
    if (!item.get || /\/(docs|openapi.json|application-data|public-config|personal-data)$/.test(path) || !path.startsWith('/api/')) continue;
    const named = (item.get.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
    found.push({ path: path.slice('/api'.length).replace('/campaigns/{id}', '/campaigns/campaign-demo').replace(/\{\w+\}/g, 'user-1001'), named,
      resource: resources().has(path) });
  }
  return found;
}

test('SQL metacharacters in every sort, filter, search and cursor of every list: 400 with a sentence, or nothing found', { timeout: 240_000 }, async () => {
  const all = lists();
  assert.ok(all.filter((one) => one.resource).length >= 14);
  const jobs = [];
  for (const { path, named, resource } of all) {
    const ask = (name, attack) => jobs.push(async () => {
      const what = `${path}?${name}=${attack}`.slice(0, 200);
      const answer = await root.raw('GET', `${path}?limit=5&${name}=${encodeURIComponent(attack)}`);
      if (answer.status === 400) return refused(answer, 400, resource ? name : undefined, what);
      assert.ok([200, 404].includes(answer.status), `${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      if (!resource || !named.includes(name)) return undefined;
      assert.notEqual(name, 'sort', `${what}: sorts are from a list`);
      if (name !== 'cursor') assert.deepEqual(answer.body.items, [], `${what}: finds nothing`);
      return undefined;
    });
    for (const name of new Set(['sort', 'q', ...named.filter((one) => !['limit', 'cursor'].includes(one)), ...(resource ? [] : others)]))
      for (const attack of name === 'sort' || resource ? sql : sql.slice(0, 6)) ask(name, `${attack}zq7`);
    for (const cursor of cursors) {
      ask('cursor', cursor);
      if (named.includes('sort')) jobs.push(async () => {
        const answer = await root.raw('GET', `${path}?sort=-priority&cursor=${encodeURIComponent(cursor)}`);
        assert.ok([200, 400].includes(answer.status), `${path} ${cursor}: ${answer.status} ${JSON.stringify(answer.body)}`);
      });
    }
    for (const limit of ['0', '-1', '501', '1e3', '1;drop table users', '99999999999999999999'])
      if (named.includes('limit')) jobs.push(async () => refused(await root.raw('GET', `${path}?limit=${encodeURIComponent(limit)}`), 400, 'limit', `${path} ${limit}`));
    // What can't be read is not passed over.
    for (const name of ['q', 'sort', 'cursor', 'siteId'])
      for (const broken of ['%00', '%ff', '%c0%af', '%', '%zz', 'a%0d%0ab'])
        jobs.push(async () => refused(await root.raw('GET', `${path}?${name}=${broken}`), 400, name, `${path}?${name}=${broken}`));
  }
  assert.ok(jobs.length > 3000, `${jobs.length}`);
  await inTurn(jobs);
  await intact();
});

test('SQL injection via the sort parameter (as in FreePBX): a sort is one of a list, in every spelling', async () => {
  const asked = Date.now();
  for (const { path, named } of lists().filter((one) => one.named.includes('sort')))
    for (const sort of ['name;select pg_sleep(9)', "name,(select case when (select 1 from users where role='SuperAdmin') then 1 else 1/0 end)", 'name desc', 'NAME', '1', 'id) --',
      '--name', '-', 'passwordHash', 'password_hash', 'v."name"', 'name\tasc'.replace('\t', '%09'), 'lower(name)', '-(select 1)']) {
      const answer = await root.raw('GET', `${path}?sort=${sort.includes('%') ? sort : encodeURIComponent(sort)}`);
      refused(answer, 400, 'sort', `${path} ${sort} ${named}`);
    }
  assert.ok(Date.now() - asked < 9000, 'nothing slept');
  await intact();
});

// ---------------------------------------------------------------- JSON

/** Bytes as they are; {status, body}. */
async function bytes(method, path, body, headers = {}, session = root) {
  const answer = await fetch(`${evs.base}/api${path}`, { method, body, signal: AbortSignal.timeout(15_000),
    headers: { ...(session ? { authorization: `Bearer ${session.token}` } : {}), 'content-type': 'application/json', ...headers } });
  const text = await answer.text();
  let parsed = text;
  try { parsed = JSON.parse(text); } catch { /* not refused */ }
  return { status: answer.status, body: parsed };
}

/** Everything that reads JSON: each resource's creation and change, and one request of every other kind. */
function readers() {
  const found = [];
  for (const [path, schema] of resources()) {
    const api = path.slice('/api'.length);
    if (schema.name !== 'audioFile') found.push(['POST', api]);
    found.push(['PUT', `${api}/x`]);
  }
  for (const path of ['/contacts', '/contacts/x/notes', '/contacts/x/qualify', '/contacts/x/schedule-callback', '/contacts/bulk-delete', '/campaigns/next-contact',
    '/campaigns/campaign-demo/contacts', '/campaigns/campaign-demo/recycle', '/users/bulk', '/planning-events', '/planning-events/bulk-delete', '/system/db-query',
    '/system/test-email', '/system/test-ami', '/system/ping', '/system/backups/restore', '/system-connection', '/call/originate', '/auth/login', '/agents/user-1001/status'])
    found.push(['POST', path]);
  for (const path of ['/contacts/x', '/planning-events/x', '/planning-events/callbacks/x', '/users/me/password', '/system/app-settings', '/system/smtp-settings',
    '/system/module-visibility', '/system/backup-schedule', '/system/retention-settings'])
    found.push(['PUT', path]);
  for (const [method, path] of found) {
    const pattern = new RegExp(`^/api${path.replace(/\/(x|campaign-demo|user-1001)(?=\/|$)/, '/(\\{id\\}|$1)')}$`);
    assert.ok(Object.entries(document.paths).some(([known, item]) => pattern.test(known) && item[method.toLowerCase()]), `${method} ${path} is a route`);
  }
  return found;
}

const everywhere = (name, status, make, headers, field) => test(name, async () => {
  for (const [method, path] of readers()) {
    const answer = await bytes(method, path, make(path), headers);
    refused(answer, status, field, `${method} ${path}`);
  }
  await intact();
});

everywhere('malformed JSON is refused with a sentence', 400, () => '{"name": "x",,}');
everywhere('JSON that ends too soon is refused with a sentence', 400, () => '{"name": "x');
everywhere('JSON that is no object is refused with a sentence', 400, () => '["name"]');
everywhere('deep JSON is refused with a sentence', 400, () => `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`);
everywhere('deeply nested objects are refused with a sentence', 400, () => `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`);
everywhere('a field that is there twice is refused by name', 400, () => '{"name":"a","role":"Agent","role":"SuperAdmin"}', {}, 'role');
everywhere('bytes that are no UTF-8 are refused with a sentence', 400, () => Buffer.from('{"name":"caf\xe9"}', 'latin1'));
everywhere('UTF-8 that was made too long is refused with a sentence', 400, () => Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]));
everywhere('half a surrogate is refused with a sentence', 400, () => '{"name":"\\ud800"}');
everywhere('U+0000 in a text is refused by name', 400, () => '{"name":"a\\u0000b"}', {}, 'name');
everywhere('U+0000 deep inside is refused by its path', 400, () => '{"customFields":{"a":[1,{"b":"\\u0000"}]}}', {}, 'customFields.a[1].b');
everywhere('U+0000 in the name of a field is refused', 400, () => '{"customFields":{"a\\u0000":1}}', {}, 'customFields');
everywhere('a number that nothing holds is refused by name', 400, () => '{"priority":1e999}', {}, 'priority');
everywhere('JSON that says it is something else is refused with 415', 415, () => '{"name":"x"}', { 'content-type': 'text/plain' });
everywhere('a form where JSON is meant is refused with 415', 415, () => 'name=x', { 'content-type': 'application/x-www-form-urlencoded' });

test('oversized JSON is refused with 413, whether its length is said or not', async () => {
  const large = `{"name":"${'x'.repeat(1024 * 1024)}"}`;
  for (const [method, path] of readers()) {
    if (path.endsWith('/contacts') && path !== '/contacts') continue; // takes 16 MB
    refused(await bytes(method, path, large), 413, undefined, `${method} ${path}`);
  }
  refused(await bytes('POST', '/campaigns/campaign-demo/contacts', `{"contacts":["${'x'.repeat(16 * 1024 * 1024)}"]}`), 413, undefined, 'a long list');
  const chunked = await raw('POST', '/api/skills', { headers: { 'transfer-encoding': 'chunked', 'content-type': 'application/json' }, body: large });
  assert.equal(chunked.status, 413);
  await intact();
});

test('a refused body costs nothing: a million brackets, names and duplicates are answered at once', async () => {
  for (const body of ['['.repeat(1_000_000), `{${Array.from({ length: 60_000 }, (_, i) => `"n${i}":1`).join(',')}}`, `{${'"a":1,'.repeat(150_000)}"b":1}`,
    `[${'"\\u0000",'.repeat(100_000)}1]`, `{"name":"${'\\u0000'.repeat(150_000)}"}`]) {
    const from = Date.now();
    const answer = await bytes('POST', '/skills', body);
    refused(answer, 400, undefined, body.slice(0, 40));
    assert.ok(Date.now() - from < 2000, `${Date.now() - from} ms for ${body.slice(0, 20)}`);
  }
});

// ---------------------------------------------------------------- paths

/** A request whose path is sent as it stands: fetch() tidies it up first. */
function raw(method, path, { headers = {}, body, session = root } = {}) {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port: evs.port, method, path, agent: false, timeout: 15_000,
      headers: { ...(session ? { authorization: `Bearer ${session.token}` } : {}), ...headers } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer`)));
    asked.end(body);
  });
}

test('path traversal on media, recordings, backups and pages, in every encoding, leads nowhere', async () => {
  const data = evs.config.storage.data_dir;
  for (const folder of ['recordings', 'audio', 'pictures', 'backups']) mkdirSync(join(data, folder), { recursive: true, mode: 0o700 });
  for (const name of ['canary.wav', 'canary.mp3', 'canary.png', 'canary', 'canary.dump']) {
    writeFileSync(join(evs.folder, name), 'CANARY-OUTSIDE');
    writeFileSync(join(data, name), 'CANARY-OUTSIDE');
  }
  const ups = ['..', '%2e%2e', '%2E%2E', '.%2e', '%2e.', '%252e%252e', '%c0%ae%c0%ae', '%u002e%u002e', '..%00', '..;', '....', '%2e%2e%20'];
  const slashes = ['/', '%2f', '%2F', '%5c', '\\', '%252f', '%255c', '%c0%af', '//', '/./', '%2f%2f'];
  const jobs = [];
  for (const [base, names] of Object.entries({ '/api/media/audio-files/': ['canary.wav', 'canary.wav%00.wav'], '/api/media/pictures/': ['canary.png', 'canary.png%00.png'],
    '/api/recordings/': ['canary.wav', 'canary.mp3', 'canary.wav%2ewav'], '/api/audio-files/': ['canary'], '/assets/': ['canary.wav'], '/': ['canary.wav', 'canary.wav%00.js'] }))
    for (const up of ups)
      for (const slash of slashes)
        for (const name of names)
          for (const path of [`${base}${up}${slash}${name}`, `${base}${up}${slash}${up}${slash}${name}`, `${base}x${slash}${up}${slash}${up}${slash}${name}`])
            jobs.push([path]);
  for (const base of ['/api/media/audio-files/', '/api/media/pictures/', '/api/recordings/', '/'])
    for (const path of [join(evs.folder, 'canary.wav'), '/etc/passwd', 'file:///etc/passwd', 'C:\\windows\\win.ini', '~/.ssh/id_rsa', 'canary.wav%0d%0aX-Evil: 1'.replaceAll(' ', '%20')])
      jobs.push([base + path], [base + encodeURIComponent(path)]);
  await inTurn(jobs.map(([path]) => async () => {
    const answer = await raw('GET', path);
    assert.ok([400, 404, 405].includes(answer.status) || (answer.status === 200 && !path.startsWith('/api/') && /<!doctype html>/i.test(answer.text)), `${path}: ${answer.status}`);
    assert.doesNotMatch(answer.text, /CANARY|root:x:0/, path);
    assert.equal(answer.headers['x-evil'], undefined);
  }), 16);
  for (const slash of slashes)
    for (const [base, name] of [['/api/recordings/', 'canary'], ['/api/recordings/', 'canary.wav'], ['/api/system/backups/', 'canary.dump'], ['/api/audio-files/', 'canary']]) {
      const answer = await raw('DELETE', `${base}..${slash}${name}`);
      assert.ok([400, 404, 405].includes(answer.status), `${base} ${slash} ${answer.status}`);
    }
  for (const fileName of ['../canary.dump', '..\\canary.dump', '/etc/passwd', '../../canary.dump', 'x/../../canary.dump', '-Fc', '--file=/tmp/x', ''])
    assert.ok([400, 404].includes((await root.raw('POST', '/system/backups/restore', { fileName })).status), fileName);
  // A row that was planted leads no further than its folder.
  for (const [i, recording] of ['../canary', '../../canary', '/etc/passwd', join(evs.folder, 'canary'), '..\\canary', 'canary.wav/..'].entries()) {
    await evs.query(`insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, recording_id)
      values ($1, 'inbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', 'caller_hangup', $2)`, [`planted-${i}`, recording]);
    for (const type of ['wav', 'mp3']) {
      const answer = await raw('GET', `/api/recordings/planted-${i}.${type}`);
      assert.equal(answer.status, 404, `${recording} ${answer.text.slice(0, 200)}`);
    }
    const gone = await raw('DELETE', `/api/recordings/planted-${i}.wav`);
    assert.ok([204, 400, 404].includes(gone.status), `${recording} ${gone.status}`);
  }
  for (const name of ['canary.wav', 'canary.mp3', 'canary.png', 'canary', 'canary.dump']) {
    assert.equal(readFileSync(join(evs.folder, name), 'utf8'), 'CANARY-OUTSIDE', name);
    assert.equal(readFileSync(join(data, name), 'utf8'), 'CANARY-OUTSIDE', name);
  }
  await intact();
});

// ---------------------------------------------------------------- CSV

const formulas = ["=cmd|' /C calc'!A0", '=HYPERLINK("http://x";"y")', '+1+1', '-1+1', '@SUM(A1:A9)', '\uFF1D1+1', '\uFF0B1', '\uFF0D1', '\uFF20A1', '=1;=2', '=1"=2'];

/** RFC 4180 with semicolons: cells of all rows. */
function cells(csv) {
  const all = [];
  let cell = '';
  let quoted = false;
  const text = csv.replace(/^\uFEFF/, '');
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += '"'; ++i; } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === ';' || c === '\n') { all.push(cell.replace(/\r$/, '')); cell = ''; } else cell += c;
  }
  return [...all, cell];
}

async function csv(path) {
  const answer = await fetch(`${evs.base}/api${path}`, { headers: { authorization: `Bearer ${root.token}` } });
  assert.equal(answer.status, 200, path);
  assert.match(answer.headers.get('content-type'), /^text\/csv/, path);
  assert.match(answer.headers.get('content-disposition'), /^attachment; filename="[\w.-]+\.csv"/, path);
  return cells(Buffer.from(await answer.arrayBuffer()).toString());
}

/** No cell runs, and what was planted is there as text. */
function harmless(all, planted, what) {
  for (const cell of all) if (!/^-?\d+(,\d+)?$/.test(cell)) assert.doesNotMatch(cell, /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/, `${what}: ${cell}`);
  for (const text of planted) assert.ok(all.includes(`'${text}`), `${what} has ${text}`);
}

test('a time zone that does not exist is refused by name, and reports go on', async () => {
  const range = 'from=2026-01-01&to=2026-01-02';
  for (const path of ['/sites/site-paris', '/campaigns/campaign-demo'])
    for (const timezone of ['NULL', '--', 'Mars/Olympus', 'Europe/Paris2', '/etc/passwd', 'Europe/../../passwd'])
      refused(await root.raw('PUT', path, { timezone }), 400, 'timezone', `${path} ${timezone}`);
  assert.equal((await root.raw('PUT', '/sites/site-paris', { timezone: 'Europe/Paris' })).status, 200);
  for (const kind of ['calls', 'agents', 'campaigns', 'queues', 'sessions'])
    assert.equal((await root.raw('GET', `/reports/${kind}?${range}&groupBy=day,hour,site`)).status, 200, kind);
});

test('formula injection: no cell of any CSV export runs in a spreadsheet', { timeout: 120_000 }, async () => {
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const { id: campaignId } = await root.post('/campaigns', { name: 'Formules', callerId: '+33140000009', dialingMode: 'MANUAL', assignedUserIds: ['user-1001'] });
  for (const [i, text] of formulas.entries()) {
    assert.ok((await root.raw('POST', '/contacts', { campaignId, firstName: text, lastName: text, phoneNumber: `06${String(12_365_100 + i)}`, postalCode: text.slice(0, 20), customFields: { [text]: text } })).ok, text);
    await evs.query(`insert into users (id, login_id, first_name, last_name, role, site_id) values ($1, $1, $2, $2, 'Agent', 'site-paris')`, [`f-${i}`, text]);
    await evs.query('insert into queues (id, name) values ($1, $2)', [`f-${i}`, text]);
    await evs.query('insert into campaigns (id, name) values ($1, $2)', [`f-${i}`, text]);
    await evs.query(`insert into call_history (id, direction, started_at, answered_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, agent_id, queue_id,
      campaign_id, site_id, caller_number, source, destination, did) values ($1, 'inbound', now(), now(), now(), 75, 60, 10, 5, 60, 0, 'answered', 'caller_hangup', $2, $2, $2, 'site-paris', $3, $3, $3, $3)`,
    [`call-f-${i}`, `f-${i}`, text]);
    await evs.query("insert into agent_sessions (id, agent_id, login_at, logout_at) values ($1, $1, now() - interval '1 hour', now())", [`f-${i}`]);
  }
  harmless(await csv(`/campaigns/${campaignId}/contacts/export`), formulas, 'contacts');
  harmless(await csv('/call-history/export'), formulas, 'call history');
  for (const kind of ['calls', 'agents', 'campaigns', 'queues', 'sessions'])
    harmless(await csv(`/reports/${kind}?from=${day(-1)}&to=${day(1)}&format=csv&groupBy=day,site`), [], `report of ${kind}`);
  // Names in the figures: at least those of queues and campaigns.
  for (const kind of ['agents', 'campaigns', 'queues']) {
    const all = await csv(`/reports/${kind}?from=${day(-1)}&to=${day(1)}&format=csv`);
    assert.ok(all.some((cell) => cell.startsWith("'=cmd|")), `report of ${kind}: ${all.slice(0, 40).join(' | ')}`);
  }
  // Rejected rows, which come back as they were uploaded.
  const form = new FormData();
  form.append('file', new Blob([`Prénom;Téléphone\n${formulas.map((text) => `"${text.replaceAll('"', '""')}";"x"`).join('\n')}\n`]), 'liste.csv');
  const job = await (await fetch(`${evs.base}/api/campaigns/${campaignId}/contacts/import`, { method: 'POST', headers: { authorization: `Bearer ${root.token}` }, body: form })).json();
  await waitFor('the end of the job', async () => ['done', 'failed'].includes((await root.get(`/jobs/${job.jobId}`)).state), { timeout: 30_000 });
  harmless(await csv(`/jobs/${job.jobId}/rejected`), formulas, 'rejected rows');
});

// ---------------------------------------------------------------- known patterns of this field

test('stored XSS via a caller name (as in Issabel): names come out as JSON text, on pages where nothing of theirs runs', async () => {
  const script = '"><img src=x onerror=alert(1)><svg/onload=alert(1)></script><script>alert(1)</script>';
  const { id: campaignId } = await root.post('/campaigns', { name: script, callerId: '+33140000009', dialingMode: 'MANUAL', assignedUserIds: ['user-1001'] });
  const contact = await root.post('/contacts', { campaignId, firstName: script, lastName: script, phoneNumber: '0612365999' });
  await evs.query(`insert into call_history (id, direction, started_at, ended_at, duration_s, billable_s, wait_s, ring_s, talk_s, hold_s, status, end_reason, source, caller_number, contact_id)
    values ('call-xss', 'inbound', now(), now(), 1, 1, 0, 0, 1, 0, 'answered', 'caller_hangup', $1, $1, $2)`, [script, contact.id]);
  const board = await evs.live(root);
  await root.put('/users/user-1003', { firstName: script, lastName: script });
  const { payload } = await board.waitFor('updateUser', (one) => one.id === 'user-1003');
  assert.equal(payload.firstName, script);
  await board.close();
  for (const path of ['/call-history', '/call-history/call-xss', '/supervisor/call-history', `/contacts/${contact.id}`, '/users/user-1003', '/campaigns', '/application-data', `/${encodeURIComponent(script)}`,
    `/users/${encodeURIComponent(script)}`, `/users?sort=${encodeURIComponent(script)}`]) {
    const answer = await fetch(`${evs.base}/api${path}`, { headers: { authorization: `Bearer ${root.token}`, accept: 'text/html' } });
    assert.match(answer.headers.get('content-type'), /^application\/json/, path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    const policy = answer.headers.get('content-security-policy');
    assert.match(policy, /default-src 'self'/, path);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/, path);
    JSON.parse(await answer.text());
  }
  const page = await fetch(`${evs.base}/%3Cscript%3Ealert(1)%3C/script%3E`);
  assert.doesNotMatch(await page.text(), /<script>alert/);
  assert.ok(JSON.stringify(await root.get('/call-history/call-xss')).includes(JSON.stringify(script).slice(1, -1)), 'as it was');
  const docs = await fetch(`${evs.base}/api/docs?x=${encodeURIComponent(script)}`, { headers: { authorization: `Bearer ${root.token}` } });
  assert.doesNotMatch(await docs.text(), /alert\(1\)/);
});

test('SQL injection without signing in, and leaked credentials (as in VICIdial, CVE-2024-8503): no header, login or cookie reaches a statement, no answer has a password', async () => {
  const attacks = ["', '', sleep(9));#", "' or pg_sleep(9)--", "'||(select pg_sleep(9))||'", "admin'--", "' union select login_id, password_hash from users--", '9999\\', "1001' and '1'='1"];
  for (const attack of attacks) {
    const from = Date.now();
    const basic = `Basic ${Buffer.from(`${attack}:x`).toString('base64')}`;
    for (const headers of [{ authorization: basic }, { authorization: `Bearer ${encodeURIComponent(attack)}` }, { authorization: `Bearer ${attack}` }, { cookie: `evs_refresh=${encodeURIComponent(attack)}; evs_refresh=${attack.replaceAll(';', '')}` },
      { 'user-agent': attack, 'x-forwarded-for': attack, referer: attack, 'x-request-id': attack, 'accept-language': attack, 'if-none-match': attack, 'idempotency-key': attack }]) {
      assert.equal((await raw('GET', '/api/users', { session: null, headers })).status, 401, JSON.stringify(headers));
      assert.equal((await raw('POST', '/api/auth/refresh', { session: null, headers })).status, 401, JSON.stringify(headers));
    }
    for (const body of [{ loginId: attack, password: 'x' }, { loginId: '9999', password: attack }]) {
      // Each from an account or a name of its own: the brake of sign-ins is another test's.
      const answer = await evs.anonymous().raw('POST', '/auth/login', body, { 'user-agent': attack });
      assert.ok([400, 401, 429].includes(answer.status), `${JSON.stringify(body)} ${answer.status}`);
      assert.doesNotMatch(JSON.stringify(answer.body), /9999|argon2|password_hash|select/, 'says nothing about accounts');
    }
    assert.ok(Date.now() - from < 8000, `${attack}: ${Date.now() - from} ms`);
  }
  // Nobody without a token gets anything but the sign-in page's settings and whether the node lives.
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item)) {
      if (operation['x-role'] === 'public' || operation['x-role'] === 'local') continue;
      const answer = await raw(method.toUpperCase(), path.replace(/\{\w+\}/g, 'user-9999'), { session: null });
      assert.equal(answer.status, 401, `${method} ${path}`);
    }
  // And nobody at all gets a password, whatever he may see.
  for (const who of [root, agent, await evs.login('1000')])
    for (const path of ['/application-data', '/users', '/trunks', '/users/user-1001', '/trunks/trunk-paris']) {
      const answer = await who.raw('GET', path);
      assert.doesNotMatch(JSON.stringify(answer.body), /argon2|password_?hash|sip_?secret|"password":"[^"]/i, path);
    }
  for (const { password_hash: hash } of await evs.query('select password_hash from users where password_hash is not null')) assert.match(hash, /^\$argon2id\$/);
  await intact();
});

test('commands out of what a signed-in agent sends (as in VICIdial, CVE-2024-8504): no name, number or file reaches a shell or Asterisk', async () => {
  const flag = join(evs.folder, 'executed');
  const attacks = [`$(touch ${flag})`, `\`touch ${flag}\``, `;touch ${flag};`, `|touch ${flag}`, `&& touch ${flag}`, `0612345678\r\nAction: Command\r\nCommand: !touch ${flag}`, `0612345678&Local/x`,
    '0612345678,,g)', 'PJSIP/x', `06 System(touch ${flag})`];
  for (const destination of attacks) {
    const answer = await agent.raw('POST', '/call/originate', { agentId: 'user-1001', destination, contactId: '', campaignId: '' });
    refused(answer, 400, undefined, destination);
    assert.ok([400, 404].includes((await agent.raw('POST', `/call/${encodeURIComponent(destination)}/hangup`)).status), destination);
    const state = await agent.raw('POST', '/agents/user-1001/status', { status: 'En Pause', reason: destination });
    assert.ok([200, 400, 409].includes(state.status), `${destination} ${state.status}`);
  }
  const sound = join(evs.folder, 'tone.wav');
  execFileSync('sox', ['-n', '-r', '8000', '-c', '1', '-b', '16', sound, 'synth', '0.2', 'sine', '440']);
  for (const attack of attacks) {
    const form = new FormData();
    form.set('name', attack.replaceAll('\r\n', ' '));
    form.set('audioFile', new Blob([readFileSync(sound)]), `${attack.replaceAll('\r\n', ' ')}.wav`);
    const answer = await fetch(`${evs.base}/api/audio-files`, { method: 'POST', headers: { authorization: `Bearer ${root.token}` }, body: form });
    assert.ok([201, 400].includes(answer.status), `${attack} ${answer.status} ${await answer.text()}`);
    const trunk = await root.raw('PUT', '/trunks/trunk-paris', { dialPattern: attack, login: attack, domain: attack });
    assert.equal(trunk.status, 400, attack);
  }
  assert.equal(existsSync(flag), false, 'something ran');
  await intact();
});

// ---------------------------------------------------------------- slow clients; the last test, as it changes the deadlines

/** A connection that says `first` and then a byte now and then; ends when the server hangs up. */
function trickle(first, every = 100) {
  const from = Date.now();
  const socket = connect(evs.port, '127.0.0.1');
  let heard = '';
  if (first) socket.write(first);
  const timer = every ? setInterval(() => socket.writable && socket.write('x'), every) : null;
  socket.on('data', (part) => { heard += part; });
  socket.on('error', () => {});
  const ended = new Promise((resolve) => {
    socket.on('close', () => { clearInterval(timer); resolve({ took: Date.now() - from, heard }); });
  });
  return Object.assign(ended, { give_up: () => socket.destroy() });
}

test('slow-loris: trickling headers, bodies and uploads and silent connections end at their deadline, and delay nobody', { timeout: 60_000 }, async () => {
  evs.writeConfig({ ...evs.config, http: { ...evs.config.http, header_timeout: '1s', idle_timeout: '2s' } });
  await root.post('/system/reload');
  const authorization = `Authorization: Bearer ${root.token}`;
  const kinds = {
    silent: ['', 0, 2000],
    headers: ['GET /api/public-config HTTP/1.1\r\nHost: x\r\nX-Slow: ', 100, 1000],
    'a request line': ['GET /api/', 100, 1000],
    body: ['POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"loginId":"', 100, 3000],
    chunks: [`POST /api/skills HTTP/1.1\r\nHost: x\r\n${authorization}\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n{"name":"`, 100, 3000],
    upload: [`POST /api/audio-files HTTP/1.1\r\nHost: x\r\n${authorization}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n`, 100, 3000],
  };
  const slow = Object.entries(kinds).flatMap(([kind, [first, every, limit]]) => Array.from({ length: 15 }, () => ({ kind, limit, connection: trickle(first, every) })));
  const times = [];
  let busy = true;
  const others = (async () => {
    while (busy) {
      const from = performance.now();
      const answer = await raw('GET', '/api/public-config', { session: null });
      assert.equal(answer.status, 200);
      times.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  try {
    for (const { kind, limit, connection } of slow) {
      const { took, heard } = await Promise.race([connection, new Promise((_, reject) => { setTimeout(() => reject(new Error(`${kind}: still open after 15 s`)), 15_000).unref(); })]);
      assert.ok(took >= limit - 300 && took < limit + 2500, `${kind}: ${took} ms`);
      if (kind === 'silent') assert.equal(heard, '');
      else assert.match(heard, /^HTTP\/1\.1 408 /, kind);
    }
  } finally {
    busy = false;
    for (const { connection } of slow) connection.give_up();
    await others;
  }
  times.sort((a, b) => a - b);
  assert.ok(times.length > 20 && times.at(-1) < 500, `others waited ${times.at(-1)} ms at most, over ${times.length} requests`);
  assert.equal((await evs.anonymous().raw('GET', '/public-config')).status, 200);
});
