// What is saved over REST is in Asterisk at once: phones, trunks, their changes and their end; and a command that fails is seen, tried
// again, and delays nobody.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Crew, brisk } from '../support/crew.mjs';
import { asteriskCli, root as source, services, stateDir } from '../support/instance.mjs';
import { AgentPhone, Carrier } from '../support/lab/phones.mjs';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

/** As ./evs up writes it. */
const command = () => ['env', `EVS_STATE_DIR=${stateDir}`, `EVS_CACHE=${services().EVS_CACHE}`, join(source, 'scripts/apply-asterisk-config')];
const config = (more = {}) => ({ ...brisk, asterisk_apply: { command: command(), timeout: '10s', ...more } });

let evs;
let crew;
let root;
let board;

before(async () => {
  evs = await startInstance({ start: false, config: config() });
  await evs.start();
  crew = await Crew.hire(evs, ['1001']);
  root = await evs.login('9999');
  board = await evs.live(root);
});

after(async () => {
  await crew?.leave();
  await evs?.close();
});

const endpoint = async (id) => new RegExp(`^ *Endpoint: +${id}[ /]`, 'm').test(await asteriskCli(`pjsip show endpoint ${id}`));
const within3s = { timeout: 3000 };
const present = (id, options = within3s) => waitFor(`${id} in Asterisk`, () => endpoint(id), options);
const gone = (id, options = within3s) => waitFor(`the end of ${id} in Asterisk`, async () => !(await endpoint(id)), options);
const metric = async (name) => (await evs.metrics())[name] ?? 0;
const runs = () => metric('evs_asterisk_applies_total{kind="done"}');

/** A user with a phone, over REST. */
const person = (extension, more = {}) => root.post('/users', { id: `user-${extension}`, loginId: extension, firstName: 'Neuf', lastName: extension, role: 'Agent',
  siteId: 'site-paris', extension, password: `${extension}-secret`, isActive: true, ...more });

async function registers(extension, password) {
  const phone = new AgentPhone({ extension, password, server: `127.0.0.1:${services().EVS_SIP_PORT}`, address: services().EVS_PHONES_IP });
  try {
    return await phone.start();
  } catch (error) {
    await phone.stop();
    throw error;
  }
}

/** The node goes by another command from now on. */
async function withCommand(words, timeout = '10s') {
  evs.writeConfig(config({ command: words, timeout }));
  assert.equal((await root.raw('POST', '/system/reload', {})).status, 200);
}
const script = (name, text) => {
  const file = join(evs.folder, name);
  writeFileSync(file, `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  return file;
};

test('the command runs once after the start, and says so', async () => {
  await evs.waitForLog(/info +\[asterisk-apply\] phones and trunks are in Asterisk \(\d+ ms\)/);
  assert.equal(await runs(), 1);
  assert.equal(await metric('evs_asterisk_apply_ok'), 1);
});

test('a user with an extension is in Asterisk within 3 s, and his phone registers with his password', async () => {
  await person('3001');
  await present('3001');
  const phone = await registers('3001', await evs.phonePassword('3001'));
  await crew.until('his phone on the board', (now) => now.agentOf['3001']?.phoneReachable);
  await phone.stop();

  // A password that the administrator chooses; it is never shown.
  const changed = await root.put('/users/user-3001', { sipPassword: 'Chosen.Password-9' });
  assert.equal('sipPassword' in changed, false);
  assert.equal((await root.raw('PUT', '/users/user-3001', { sipPassword: 'line;break' })).status, 400);
  const again = await waitFor('a registration with the new password', () => registers('3001', 'Chosen.Password-9').catch(() => false), within3s);
  await again.stop();
  assert.ok(!JSON.stringify(board.events).includes('Chosen.Password-9') && !evs.log().includes('Chosen.Password-9'));
});

test('another extension, a deactivated account, a deleted one', async () => {
  await person('3002');
  await present('3002');
  const secret = await evs.phonePassword('3002');
  await root.put('/users/user-3002', { extension: '3003' });
  await Promise.all([present('3003'), gone('3002')]);
  assert.equal(await evs.phonePassword('3002'), secret, 'the phone keeps its password');
  await root.put('/users/user-3002', { isActive: false });
  await gone('3003');
  await root.put('/users/user-3002', { isActive: true });
  await present('3003');
  await root.put('/users/user-3002', { isActive: false });
  await root.delete('/users/user-3002');
  await gone('3003');
});

test('what Asterisk need not know starts nothing', async () => {
  await present('3001');
  // The run of the test before may just be ending.
  await pause(500);
  const before = await runs();
  await root.put('/users/user-3001', { firstName: 'Renommé' });
  await root.put('/sites/site-paris', { name: 'Paris Centre' });
  // Longer than it waits after a change.
  await pause(1000);
  assert.equal(await runs(), before);
});

test('a trunk comes, moves and goes; its state is reported', async () => {
  const here = services().EVS_CARRIER_PARIS.replace(/\.11:5060$/, '.13:5060');
  const carrier = await new Carrier({ address: here }).start();
  try {
    await root.post('/trunks', { id: 'trunk-apply', name: 'Essai', domain: here, authType: 'ip', siteId: 'site-paris' });
    await present('trunk-apply');
    const state = (wanted) => crew.until(`trunk-apply to be ${wanted}`, (now) => now.trunks.some((one) => one.trunkId === 'trunk-apply' && one.state === wanted), { timeout: 15_000 });
    await state('up');
    await root.put('/trunks/trunk-apply', { domain: here.replace('.13:', '.14:') });
    await waitFor('the other address', async () => (await asteriskCli('pjsip show aor trunk-apply')).includes('.14:5060'), within3s);
    await state('down');
    await root.delete('/trunks/trunk-apply');
    await gone('trunk-apply');
  } finally {
    await carrier.stop();
  }
});

test('a conversation survives the reload', async () => {
  await crew.rest(['1001']);
  const caller = await crew.call('+33612390001');
  const before = await crew.until('a conversation', (now) => now.count('connected') === 1);
  const log = evs.logSize();
  await person('3004');
  await present('3004');
  await evs.waitForLog(/phones and trunks are in Asterisk/, { since: log });
  const now = await crew.board();
  assert.deepEqual(now.calls.map((one) => [one.callId, one.status]), [[before.calls[0].callId, 'connected']]);
  assert.equal(crew.endings(), 0);
  await caller.hangup();
  await crew.untilQuiet();
  const [row] = await waitFor('its row', async () => {
    const rows = await evs.query("select end_reason from call_history where source like '%12390001%'");
    return rows.length === 1 && rows;
  });
  assert.equal(row.end_reason, 'caller_hangup');
});

test('a change during a run leads to another one, never two at once', async () => {
  const notes = join(evs.folder, 'runs');
  const real = command().map((word) => `'${word}'`).join(' ');
  // The script reads the database at its beginning: what is saved later is not in this run.
  await withCommand([script('slow', `echo begin >>'${notes}'; EVS_SLOW=1 ${real}; status=$?; sleep 1.2; echo end >>'${notes}'; exit $status`)]);
  const lines = () => { try { return readFileSync(notes, 'utf8').trim().split('\n'); } catch { return []; } };
  await waitFor('the run for the new command', () => lines().length === 2);
  await person('3005');
  await waitFor('the second run', () => lines().length === 3);
  await present('3005');
  assert.equal(lines().length, 3, 'still in its sleep');
  await person('3006');
  await present('3006', { timeout: 8000 });
  await waitFor('the end of the third run', () => lines().length === 6);
  assert.deepEqual(lines(), ['begin', 'end', 'begin', 'end', 'begin', 'end']);
  await withCommand(command());
});

test('a command that fails, hangs or is missing: logged, alerted once, tried again; REST does not wait', async () => {
  await waitFor('quiet', async () => (await metric('evs_asterisk_apply_ok')) === 1);
  const since = board.events.length;
  const alerts = (code) => board.events.slice(since).filter((e) => e.type === 'systemAlert' && e.payload.code === code);
  let log = evs.logSize();
  const failed = await metric('evs_asterisk_applies_total{kind="failed"}');
  await withCommand([script('fails', 'echo "no room left on /etc" >&2; exit 1')]);
  const told = await board.waitFor('systemAlert', (a) => a.code === 'asterisk_apply_failed', { since });
  assert.equal(told.payload.level, 'error');
  assert.match(told.payload.message, /exit 1: no room left on \/etc/);
  assert.match(await evs.waitForLog(/error +\[asterisk-apply\]/, { since: log }), /exit 1: no room left on \/etc; tried again in 1000 ms/);
  assert.equal(await metric('evs_asterisk_apply_ok'), 0);
  await evs.waitForLog(/tried again in 2000 ms/, { since: log });
  await waitFor('three attempts', async () => (await metric('evs_asterisk_applies_total{kind="failed"}')) >= failed + 3);

  // Hanging: others are answered meanwhile.
  log = evs.logSize();
  await withCommand([script('hangs', 'sleep 60')], '1s');
  await pause(400);
  for (let i = 0; i < 5; i++) {
    const from = Date.now();
    await root.put('/users/user-3001', { lastName: `Pendant ${i}` });
    assert.ok(Date.now() - from < 500, `${Date.now() - from} ms`);
  }
  await evs.waitForLog(/\[asterisk-apply\].*not within 1 s/, { since: log });

  log = evs.logSize();
  await withCommand(['/no/such/program', '--etc', '/etc/asterisk']);
  await evs.waitForLog(/\[asterisk-apply\].*\/no\/such\/program can't be started: No such file or directory/, { since: log });
  await person('3007');
  assert.equal(alerts('asterisk_apply_failed').length, 1, 'told once');
  assert.equal(await endpoint('3007'), false);

  await withCommand(command());
  await present('3007');
  const back = await board.waitFor('systemAlert', (a) => a.code === 'asterisk_apply_restored', { since });
  assert.equal(back.payload.level, 'info');
  assert.equal(await metric('evs_asterisk_apply_ok'), 1);
});

test('a row that Asterisk would misread is left out and named, the others are applied', async () => {
  const since = board.events.length;
  await root.post('/trunks', { id: '4711', name: 'Un nombre', domain: '127.0.0.9', authType: 'ip' });
  await person('3008');
  await present('3008');
  const told = await board.waitFor('systemAlert', (a) => a.code === 'asterisk_apply_incomplete', { since });
  assert.equal(told.payload.level, 'warning');
  assert.match(told.payload.message, /4711/);
  assert.ok((await metric('evs_asterisk_applies_total{kind="incomplete"}')) >= 1);
  await root.delete('/trunks/4711');
  const before = await runs();
  await waitFor('a whole run', async () => (await runs()) > before);
});

test('the command gets no secret as an argument, and none of the node\'s other secrets', async () => {
  const seen = join(evs.folder, 'seen');
  await withCommand([script('spy', `tr '\\0' ' ' </proc/$PPID/cmdline >'${seen}'; tr '\\0' ' ' </proc/$$/cmdline >>'${seen}'; env >'${seen}.env'; echo whole >>'${seen}.env'`), '--flag']);
  const env = await waitFor('the environment', () => { try { return readFileSync(`${seen}.env`, 'utf8').includes('whole') && readFileSync(`${seen}.env`, 'utf8'); } catch { return false; } });
  const password = decodeURIComponent(new URL(evs.database.url).password);
  assert.ok(password.length > 10 && !readFileSync(seen, 'utf8').includes(password));
  assert.ok(env.includes(`PGPASSWORD=${password}`));
  assert.match(env, /^EVS_SECRET_KEY_FILE=\//m);
  for (const secret of [services().EVS_AMI_SECRET, 'a secret for tests only']) assert.ok(!env.includes(secret), 'what it need not know');
  await withCommand(command());
});

test('no command, nothing runs; a new one makes up for it', async () => {
  await withCommand([]);
  await person('3009');
  await pause(1000);
  assert.equal(await endpoint('3009'), false);
  await withCommand(command());
  await present('3009');
});
