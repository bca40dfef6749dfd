// The system's administration on a real node: settings, mail, secrets, audit, backups, database queries, logs; and that no planted
// secret comes out anywhere.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { AmiProxy } from '../support/ami-proxy.mjs';
import { brisk } from '../support/crew.mjs';
import { binary, root as source, services } from '../support/instance.mjs';
import { startInstance } from '../support/node.mjs';
import { SmtpSink, selfSigned } from '../support/smtp-sink.mjs';
import { waitFor } from '../support/wait.mjs';

const canary = {
  smtp: 'Canary-Smtp-Password-7', trunk: 'Canary-Trunk-Secret-7', register: 'Canary-Register-7', ami: 'Canary-Ami-7', user: 'Canary-User-Password-7',
};
let evs;
let root;
let board;
let phone;

before(async () => {
  // Roles of the cluster outlive their database.
  evs = await startInstance({ start: false, applyAsterisk: false, config: { ...brisk, log: { level: 'debug' } } });
  await evs.query(`update trunks set register_string = 'paris:${canary.register}@127.0.0.1' where id = 'trunk-paris'`);
  await evs.start();
  root = await evs.login('9999');
  board = await evs.live(root);
  phone = await evs.phonePassword('1001');
});

after(async () => {
  const role = evs && `${new URL(evs.database.url).pathname.slice(1)}_reader`;
  await evs?.query(`drop owned by "${role}"; drop role "${role}"`).catch(() => {});
  await evs?.close();
});

const connected = async () => (await evs.metrics())['evs_ami_up{kind="central"}'] === 1;
const audit = async (filter) => (await root.get(`/audit?limit=100&${filter}`)).items;

test('secrets are sealed at rest as soon as the node runs, and the phones still work with them', async () => {
  const rows = await evs.query('select sip_secret from users where sip_secret is not null union all select register_string from trunks where id = \'trunk-paris\'');
  assert.ok(rows.length > 20);
  for (const { sip_secret: kept } of rows) assert.match(kept, /^v1:[0-9a-f]{8}:[A-Za-z0-9+/=]+$/);
  assert.match(phone, /^[a-z0-9]{32}$/);
});

test('a trunk password written over REST is sealed, never shown, and reaches Asterisk\'s configuration', async () => {
  await root.post('/trunks', { id: 'trunk-canary', name: 'Essai', domain: '127.0.0.9', login: 'evs', password: canary.trunk, authType: 'register' });
  const [{ sip_secret: kept }] = await evs.query("select sip_secret from trunks where id = 'trunk-canary'");
  assert.match(kept, /^v1:/);
  const etc = join(dirname(evs.configFile), 'etc');
  execFileSync('mkdir', ['-p', etc]);
  const { status, stderr } = spawnSync(join(source, 'scripts/apply-asterisk-config'), ['--database', evs.database.url, '--etc', etc, '--no-reload'],
    { env: { ...process.env, ...services(), EVS_BINARY: binary }, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(readFileSync(join(etc, 'pjsip_evs_trunks.conf'), 'utf8'), new RegExp(`password = ${canary.trunk}`));
  assert.match(readFileSync(join(etc, 'pjsip_evs_endpoints.conf'), 'utf8'), new RegExp(`password = ${phone}`));
});

test('a real test mail goes out with the saved settings; what is wrong is said', async () => {
  const sink = await new SmtpSink({ user: 'centre', password: canary.smtp }).start();
  try {
    const saved = await root.put('/system/smtp-settings', { server: '127.0.0.1', port: sink.port, auth: true, secure: false, user: 'centre',
      from: 'Centre d’appels <centre@exemple.fr>', password: canary.smtp, olderField: 1 });
    assert.equal(saved.passwordSet, true);
    assert.equal('password' in saved, false);
    const { payload } = await board.waitFor('settingsUpdate', (p) => p.smtpSettings);
    assert.equal(payload.smtpSettings.server, '127.0.0.1');
    const answer = await root.post('/system/test-email', { to: 'chef@exemple.fr' });
    assert.match(answer.message, /chef@exemple\.fr/);
    assert.equal(sink.mails.length, 1);
    const [mail] = sink.mails;
    assert.deepEqual([mail.from, mail.to], ['centre@exemple.fr', ['chef@exemple.fr']]);
    assert.match(mail.text, /^From: =\?UTF-8\?Q\?.*\?= <centre@exemple\.fr>\r$/m);
    assert.match(Buffer.from(mail.text.split('\r\n\r\n')[1], 'base64').toString(), /réglages SMTP d'EVSCallPro fonctionnent/);
    // Another password, only for this attempt.
    const wrong = await root.raw('POST', '/system/test-email', { to: 'a@b.fr', password: 'wrong' });
    assert.equal(wrong.status, 409);
    assert.match(wrong.body.error, /127\.0\.0\.1:\d+.*(535|denied|Login)/);
    assert.equal((await root.raw('POST', '/system/test-email', { to: 'a@b.fr\r\nBcc: x@y.fr' })).status, 400);
    assert.equal(sink.mails.length, 1);
  } finally {
    await sink.stop();
  }
  const gone = await root.raw('POST', '/system/test-email', { to: 'a@b.fr' });
  assert.equal(gone.status, 409);
});

test('no password goes to a mail server whose TLS cannot be trusted, or that has none and is elsewhere', async () => {
  const pretender = await new SmtpSink({ user: 'centre', password: canary.smtp, tls: selfSigned() }).start();
  const open = await new SmtpSink({ user: 'centre', password: canary.smtp }).start();
  try {
    for (const [server, port] of [['127.0.0.1', pretender.port], ['mail.localhost', pretender.port], ['mail.localhost', open.port]]) {
      // Not the kept one, which is for its own server only.
      const kept = await root.raw('POST', '/system/test-email', { to: 'a@b.fr', server, port });
      assert.equal(kept.status, 400, `${server} ${JSON.stringify(kept.body)}`);
      const answer = await root.raw('POST', '/system/test-email', { to: 'a@b.fr', server, port, password: canary.smtp });
      assert.equal(answer.status, 409, `${server} ${JSON.stringify(answer.body)}`);
    }
    assert.doesNotMatch(pretender.heard + open.heard, /AUTH/);
    assert.equal(pretender.mails.length + open.mails.length, 0);
  } finally {
    await pretender.stop();
    await open.stop();
  }
});

test('a mail server that says nothing, or refuses, delays nobody else', async () => {
  const refusing = await new SmtpSink({ refuse: 'no such mailbox' }).start();
  const answer = await root.raw('POST', '/system/test-email', { to: 'a@b.fr', server: '127.0.0.1', port: refusing.port, auth: false });
  await refusing.stop();
  assert.equal(answer.status, 409);
  assert.match(answer.body.error, /550/);
});

test('settings reach every dashboard; wrong ones are refused by name', async () => {
  const agent = await evs.login('1002');
  const door = await evs.live(agent);
  await root.put('/system/app-settings', { appName: 'Centre d\'essai', fontSize: '18', colorPalette: 'ocean' });
  assert.equal((await door.waitFor('settingsUpdate', (p) => p.appSettings)).payload.appSettings.appName, 'Centre d\'essai');
  await root.put('/system/module-visibility', { categories: { Agent: true }, features: { outbound: false } });
  assert.equal((await door.waitFor('settingsUpdate', (p) => p.moduleVisibility)).payload.moduleVisibility.features.outbound, false);
  await root.put('/system/backup-schedule', { frequency: 'daily', time: '04:15' });
  await board.waitFor('settingsUpdate', (p) => p.backupSchedule?.time === '04:15');
  assert.equal(door.of('settingsUpdate').filter((e) => e.payload.backupSchedule || e.payload.smtpSettings).length, 0);
  const wrong = await root.raw('PUT', '/system/app-settings', { colorPalette: 'pink', appLogoDataUrl: 'javascript:alert(1)' });
  assert.equal(wrong.status, 400);
  assert.deepEqual(Object.keys(wrong.body.fields).sort(), ['appLogoDataUrl', 'colorPalette']);
  const seen = await root.get('/application-data');
  assert.equal(seen.appSettings.colorPalette, 'ocean');
  assert.equal(seen.backupSchedule.time, '04:15');
  assert.equal(seen.smtpSettings.passwordSet, true);
  assert.ok(seen.systemLogs.length > 0 && seen.connectivityServices.length >= 2 && seen.versionInfo.application);
  assert.match(seen.versionInfo.database, /^\d+/);
  const his = await agent.get('/application-data');
  assert.equal(his.moduleVisibility.features.outbound, false);
  assert.deepEqual([his.smtpSettings, his.backupSchedule, his.systemLogs, his.backupLogs, his.systemConnectionSettings], [{}, {}, [], [], {}]);
});

test('a database that takes too long is not one that is away', async () => {
  // The mail's settings are in a table that somebody holds longer than a statement may take.
  const held = evs.query('do $$ begin lock table system_settings in access exclusive mode; perform pg_sleep(9); end $$');
  await new Promise((done) => setTimeout(done, 300));
  const slow = await root.raw('POST', '/system/test-email', { to: 'a@b.fr' });
  assert.deepEqual([slow.status, slow.body.code], [503, 'timeout'], JSON.stringify(slow.body));
  assert.match(slow.body.error, /mis trop longtemps/);
  await held;
});

test('the connections are really tried', async () => {
  assert.match((await root.post('/system/test-db')).message, /PostgreSQL \d+/);
  const { systemConnectionSettings: { database } } = await root.get('/application-data');
  for (const same of [database, { ...database, password: '***' }, { database }]) assert.match((await root.post('/system/test-db', same)).message, /PostgreSQL \d+/);
  for (const wrong of [{ port: 1, password: 'x' }, { user: 'nobody', password: 'x' }, { database: 'nowhere' }]) {
    const no = await root.raw('POST', '/system/test-db', { ...database, ...wrong });
    assert.deepEqual([no.status, no.body.code], [503, 'database_unavailable'], JSON.stringify([wrong, no.body]));
  }
  assert.ok((await root.raw('POST', '/system/test-db', { host: '192.0.2.1' })).body.fields.password, 'the password that is kept goes nowhere else');
  assert.ok((await root.raw('POST', '/system/test-db', { port: 'x' })).body.fields.port);
  assert.match((await root.post('/system/test-ami')).version, /\d+/);
  const refused = await root.raw('POST', '/system/test-ami', { amiUser: 'evs', amiPassword: 'wrong' });
  assert.equal(refused.status, 503);
  // The password that is kept does not go to another server.
  const listener = createServer((socket) => { socket.end(); }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const elsewhere = await root.raw('POST', '/system/test-ami', { amiHost: '127.0.0.1', amiPort: listener.address().port });
  listener.close();
  assert.equal(elsewhere.status, 400);
  const { connectivityServices } = await root.get('/application-data');
  for (const { target } of connectivityServices) assert.equal((await root.post('/system/ping', { target })).ok, true, target);
  assert.equal((await root.raw('POST', '/system/ping', { target: 'example.org:80' })).status, 400);
  const saved = await root.post('/system-connection', { asterisk: { amiHost: '127.0.0.1', amiPort: Number(services().EVS_AMI_PORT), amiPassword: canary.ami } });
  assert.equal(saved.asterisk.passwordSet, true);
  assert.equal((await root.raw('POST', '/system-connection', { database: { host: 'elsewhere' }, asterisk: {} })).status, 409);
  const { systemConnectionSettings } = await root.get('/application-data');
  assert.equal((await root.raw('POST', '/system-connection', systemConnectionSettings)).status, 200);
  const [{ secret }] = await evs.query("select secret from system_settings where name = 'connection'");
  assert.match(secret, /^v1:/);
  // In force at once: it is the wrong password.
  await waitFor('Asterisk to refuse', async () => !(await connected()));
  const back = await root.post('/system-connection', { asterisk: { amiHost: '' } });
  assert.match(back.message, /evscallpro\.yaml/);
  await waitFor('the connection that the file says', connected);
});

test('a saved connection to Asterisk is in force at once, and wins over the file after a restart and a reload', async () => {
  const way = await new AmiProxy().start();
  const base = { ...brisk, log: { level: 'debug' } };
  try {
    const there = { amiHost: '127.0.0.1', amiPort: way.port };
    const refused = await root.raw('POST', '/system-connection', { asterisk: there });
    assert.equal(refused.status, 400);
    assert.ok(refused.body.fields['asterisk.amiPassword'], 'the password in force is not sent to another server');
    const since = board.events.length;
    const saved = await root.post('/system-connection', { asterisk: { ...there, amiUser: 'evs', amiPassword: services().EVS_AMI_SECRET } });
    assert.equal(saved.needsRestart, false);
    assert.match(saved.message, /l'emporte/);
    const told = await board.waitFor('settingsUpdate', (p) => p.systemConnectionSettings, { since });
    assert.deepEqual(told.payload.systemConnectionSettings.asterisk, { amiHost: '127.0.0.1', amiPort: way.port, amiUser: 'evs', passwordSet: true });
    await waitFor('the new way', async () => way.connections === 1 && await connected());
    assert.equal((await root.get('/application-data')).systemConnectionSettings.asterisk.amiPort, way.port);

    const [server] = evs.config.asterisk;
    evs.writeConfig({ ...base, asterisk: [{ ...server, keep_alive: '4s' }] });
    const reloaded = await root.post('/system/reload', {});
    assert.deepEqual(reloaded.changed, ['asterisk[central].keep_alive']);
    assert.deepEqual(reloaded.overridden, ['asterisk[central].port']);
    await waitFor('the same way', async () => way.connections === 2 && await connected());

    await evs.restart();
    root = await evs.login('9999');
    board = await evs.live(root);
    assert.ok(way.connections >= 3 && await connected());

    await root.post('/system-connection', { asterisk: { amiHost: '' } });
    await waitFor('the file\'s way', async () => (await root.get('/application-data')).systemConnectionSettings.asterisk.amiPort === server.port && await connected());
    const used = way.connections;
    evs.writeConfig(base);
    assert.equal((await root.post('/system/reload', {})).overridden, undefined);
    await waitFor('Asterisk', connected);
    assert.equal(way.connections, used);
  } finally {
    await way.stop();
  }
});

test('figures and logs', async () => {
  const stats = await root.get('/system/stats');
  assert.ok(stats.ram.total > stats.ram.used && stats.disk.total > 0 && stats.cpu.cores >= 1);
  const lines = await root.get('/system/logs?limit=5&level=INFO');
  assert.equal(lines.length, 5);
  assert.ok(lines.every((line) => ['INFO', 'WARNING', 'ERROR'].includes(line.level)));
});

test('a database query reads what is meant for people, and only that', async () => {
  const said = await root.post('/system/db-query', { query: 'select id, name from api_sites order by id' });
  assert.deepEqual(said.columns, ['id', 'name']);
  assert.deepEqual(said.rows.map((row) => row.id), ['site-lyon', 'site-paris']);
  for (const query of ['select password_hash from users', 'delete from sites', "select set_config('role', 'evs', true), query_to_xml('select * from users', true, true, '')"]) {
    const answer = await root.raw('POST', '/system/db-query', { query });
    assert.equal(answer.status, 400, query);
  }
  assert.ok((await root.get('/system/db-schema')).api_users);
  assert.ok((await audit('action=POST%20/system/db-query')).some((line) => line.detail.sql?.startsWith('select id, name')));
});

test('who did what is on record, and so is who was refused', async () => {
  await root.put('/sites/site-paris', { name: 'Paris Nord' });
  const [line] = await audit('entity=sites/site-paris');
  assert.equal(line.loginId, '9999');
  assert.equal(line.action, 'PUT /sites/{id}');
  assert.deepEqual(line.detail.values, { name: 'Paris Nord' });
  assert.equal((await evs.anonymous().raw('POST', '/auth/login', { loginId: '1003', password: 'guess' })).status, 401);
  const agent = await evs.login('1004');
  assert.equal((await agent.raw('GET', '/audit')).status, 403);
  assert.equal((await evs.anonymous().raw('GET', '/users')).status, 401);
  await waitFor('the refused attempts', async () => {
    const lines = await audit('action=refused');
    return lines.some((l) => l.loginId === '1003' && l.detail.status === 401 && l.action === 'refused POST /api/auth/login')
      && lines.some((l) => l.loginId === '1004' && l.detail.status === 403)
      && lines.some((l) => l.action === 'refused GET /api/users');
  });
  // A flood is counted, not listed.
  for (let i = 0; i < 150; i++) await evs.anonymous().raw('GET', '/users');
  await waitFor('the flood as a number', async () => (await audit('action=refused%20GET%20/api/users')).reduce((sum, l) => sum + (l.detail.times ?? 1), 0) > 100);
  assert.ok((await audit('action=refused%20GET%20/api/users')).length < 40);
  const verified = await root.get('/audit?verify=1');
  assert.equal(verified.ok, true);
  assert.ok(verified.lines > 5);
  await evs.query('alter table audit_log disable trigger user');
  await evs.query("update audit_log set login = 'somebody else' where position = 2");
  assert.deepEqual((({ ok, brokenAt }) => ({ ok, brokenAt }))(await root.get('/audit?verify=1')), { ok: false, brokenAt: 2 });
  await evs.query("update audit_log set login = (select login_id from users where id = actor) where position = 2 and actor <> ''");
  await evs.query('alter table audit_log enable trigger user');
});

test('no planted secret comes out: answers, events, logs, audit, database views', async () => {
  await root.post('/users', { id: 'user-canary', loginId: 'canary', firstName: 'C', lastName: 'C', role: 'Agent', password: canary.user, isActive: true });
  const his = await evs.login('canary', canary.user);
  const texts = {};
  const gather = async (who, path) => { texts[`${who.user.loginId} ${path}`] = JSON.stringify((await who.raw('GET', path)).body); };
  const paths = ['/application-data', '/users', '/users/user-canary', '/trunks', '/trunks/trunk-canary', '/trunks/trunk-paris', '/public-config', '/auth/me',
    '/audit?limit=500', '/system/logs?limit=500', '/system/backups', '/system/stats', '/system/db-schema', '/live', '/agents'];
  for (const who of [root, await evs.login('9000'), await evs.login('1000'), his]) for (const path of paths) await gather(who, path);
  for (const view of Object.keys(await root.get('/system/db-schema'))) {
    texts[view] = JSON.stringify(await root.post('/system/db-query', { query: `select * from ${view}` }));
  }
  texts.events = JSON.stringify(board.events) + JSON.stringify(board.snapshot);
  texts.log = evs.log();
  texts.outbox = JSON.stringify(await evs.query('select payload from outbox'));
  texts.audit = JSON.stringify(await evs.query('select * from api_audit_log'));
  const hashes = (await evs.query('select password_hash from users where password_hash is not null')).map((row) => row.password_hash);
  const tokens = (await evs.query('select hash from refresh_tokens')).map((row) => row.hash);
  assert.ok(hashes.length > 20 && tokens.length > 3);
  const cookies = [root, his].map((who) => who.cookie.split('=')[1]);
  const secrets = [...Object.values(canary), phone, ...hashes, ...tokens, ...cookies, services().EVS_AMI_SECRET, readFileSync(services().EVS_SECRET_KEY_FILE, 'utf8').trim()];
  for (const [where, text] of Object.entries(texts)) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `${where} holds ${secret}`);
    assert.doesNotMatch(text, /"v1:[0-9a-f]{8}:/, where);
  }
  // They are where they belong, so the search could have found them.
  assert.ok(JSON.stringify(await evs.query("select * from trunks where id = 'trunk-canary'")).includes('v1:'));
});

test('only a SuperAdmin may use these', async () => {
  const admin = await evs.login('9000');
  for (const [method, path] of [['PUT', '/system/smtp-settings'], ['PUT', '/system/app-settings'], ['PUT', '/system/module-visibility'],
    ['PUT', '/system/backup-schedule'], ['POST', '/system-connection'], ['POST', '/system/backups'], ['POST', '/system/backups/restore'],
    ['DELETE', '/system/backups/x.dump'], ['POST', '/system/test-email'], ['POST', '/system/test-db'], ['POST', '/system/test-ami'],
    ['POST', '/system/ping'], ['POST', '/system/db-query'], ['GET', '/system/stats'], ['GET', '/system/logs'], ['GET', '/system/db-schema'], ['GET', '/system/backups']]) {
    assert.equal((await admin.raw(method, path, method === 'GET' ? undefined : {})).status, 403, `${method} ${path}`);
  }
  assert.equal((await admin.raw('GET', '/audit')).status, 200);
});

test('the key is changed: everything is sealed with the new one, the old one is no longer needed', async () => {
  const { key_file: file } = evs.config.secrets;
  const old = readFileSync(file, 'utf8').trim();
  const fresh = (await evs.program('secrets', 'new-key')).trim();
  assert.match(fresh, /^[0-9a-f]{64}$/);
  const both = join(dirname(evs.configFile), 'both.keys');
  execFileSync('sh', ['-c', `umask 077; printf '%s\\n%s\\n' ${fresh} ${old} >'${both}'`]);
  evs.writeConfig({ ...brisk, secrets: { key_file: both } });
  assert.match(await evs.program('secrets', 'rotate'), /^\d\d+ sealed with the newest key, 0 were already/);
  assert.match(await evs.program('secrets', 'rotate'), /^0 sealed with the newest key/);
  execFileSync('sh', ['-c', `printf '%s\\n' ${fresh} >'${both}'`]);
  assert.equal(execFileSync(binary, ['secrets', 'open', '--keys', both], { encoding: 'utf8',
    input: (await evs.query("select sip_secret from trunks where id = 'trunk-canary'"))[0].sip_secret }), canary.trunk);
  // The node that runs still has the old one: its next start takes the new.
  await evs.restart();
  root = await evs.login('9999');
  board = await evs.live(root);
});

test('a backup is made and restored; everybody signs in again; what is refused is refused', async () => {
  const made = await root.raw('POST', '/system/backups');
  assert.ok([201, 202].includes(made.status), JSON.stringify(made.body));
  const { fileName } = await waitFor('the backup', async () => (await root.get('/system/backups')).items.find((b) => b.status === 'success'));
  assert.ok(existsSync(join(dirname(evs.configFile), 'data/backups', fileName)));
  await root.put('/sites/site-paris', { name: 'Après' });
  assert.equal((await root.raw('POST', '/system/backups/restore', { fileName: '../../evscallpro.yaml' })).status, 404);
  assert.equal((await root.raw('DELETE', '/system/backups/..%2F..%2Fevscallpro.yaml')).status, 404);
  assert.equal((await root.raw('POST', '/system/backups/restore', {})).status, 400);
  await evs.query("insert into open_calls (call_id) values ('call-live')");
  assert.equal((await root.raw('POST', '/system/backups/restore', { fileName })).status, 409);
  await evs.query("delete from open_calls where call_id = 'call-live'");
  const restored = await root.raw('POST', '/system/backups/restore', { fileName });
  assert.ok([200, 202].includes(restored.status), JSON.stringify(restored.body));
  await waitFor('the restore', async () => (await evs.query("select name from sites where id = 'site-paris'"))[0].name === 'Paris Nord');
  await waitFor('the end of the sign-ins', async () => (await root.raw('GET', '/sites')).status === 401);
  root = await evs.login('9999');
  assert.equal((await root.get('/sites')).find((s) => s.id === 'site-paris').name, 'Paris Nord');
  await waitFor('the audit line', async () => (await audit('action=POST%20/system/backups/restore')).some((l) => l.detail.outcome === 'ok' && l.detail.fileName === fileName));
  // Changes are still told.
  board = await evs.live(root);
  await root.put('/sites/site-lyon', { name: 'Lyon Est' });
  assert.equal((await board.waitFor('updateSite', (s) => s.id === 'site-lyon')).payload.name, 'Lyon Est');
  assert.equal((await root.raw('DELETE', `/system/backups/${fileName}`)).status, 200);
  assert.deepEqual(readdirSync(join(dirname(evs.configFile), 'data/backups')), []);
});
