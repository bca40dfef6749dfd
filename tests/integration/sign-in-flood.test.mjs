// A flood of sign-ins against a whole node with passwords that cost what they cost: who is let in meanwhile, how soon, and what the others are told.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { startInstance } from '../support/node.mjs';

let evs;

before(async () => {
  // Nothing but the line of passwords stands in the flood's way.
  evs = await startInstance({ applyAsterisk: false, config: { limits: { requests_per_second: 100_000, request_burst: 100_000 } } });
}, { timeout: 60_000 });

after(() => evs?.close());

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** One request from an address of this machine: {status, ms, headers, cookies, body}. */
function ask(method, path, { from = '127.0.0.1', body, cookies = {}, token, agent } = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join('; ');
    const asked = request({ host: '127.0.0.1', port: evs.port, localAddress: from, method, path: `/api${path}`, agent: agent ?? false, timeout: 20_000,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(cookie ? { cookie } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, ms: performance.now() - began, headers: answer.headers,
        cookies: Object.fromEntries((answer.headers['set-cookie'] ?? []).map((one) => one.split(';', 1)[0].split(/=(.*)/s, 2))),
        body: JSON.parse(Buffer.concat(parts).toString()) }));
    });
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer`)));
    asked.end(body && JSON.stringify(body));
  });
}

const signIn = (loginId, options = {}) => ask('POST', '/auth/login', { ...options, body: { loginId, password: options.password ?? loginId } });

/** Tries again when it is told to, as the login page does: {tries, ms, ...the last answer}. */
async function signInPatiently(loginId, options) {
  const began = performance.now();
  for (let tries = 1; ; ++tries) {
    const answer = await signIn(loginId, options);
    if (answer.status !== 429 || tries === 20) return { ...answer, tries, ms: performance.now() - began };
    await sleep(Number(answer.headers['retry-after']) * 1000);
  }
}

/** Wrong passwords of many accounts, `rate` a second, until stopped; addressOf says from where. */
class Flood {
  constructor(rate, addressOf) {
    Object.assign(this, { rate, addressOf, answers: [], failed: 0, tried: 0, underWay: new Set(), agents: new Map() });
    this.began = performance.now();
    this.timer = setInterval(() => this.step(), 5);
  }
  step() {
    for (const due = (performance.now() - this.began) * this.rate / 1000; this.tried < due; ++this.tried) {
      const from = this.addressOf(this.tried);
      if (!this.agents.has(from)) this.agents.set(from, new Agent({ keepAlive: true }));
      // People who exist, and people who do not.
      const loginId = this.tried % 2 ? `10${String(1 + this.tried % 20).padStart(2, '0')}` : `nobody-${this.tried}`;
      const one = signIn(loginId, { from, password: `wrong-${this.tried}`, agent: this.agents.get(from) })
        .then((answer) => this.answers.push(answer), () => ++this.failed).finally(() => this.underWay.delete(one));
      this.underWay.add(one);
    }
  }
  async stop() {
    clearInterval(this.timer);
    this.took = (performance.now() - this.began) / 1000;
    await Promise.all(this.underWay);
    for (const agent of this.agents.values()) agent.destroy();
    return this;
  }
  count(status) { return this.answers.filter((one) => one.status === status).length; }
}

const quantile = (times, q) => times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))];

async function reading(token, seconds) {
  const times = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(20)) {
    const answer = await ask('GET', '/auth/me', { token, from: '127.0.0.3' });
    assert.equal(answer.status, 200);
    times.push(answer.ms);
  }
  return times;
}

function refusedRightly(flood) {
  assert.equal(flood.failed, 0, 'everybody is answered');
  assert.deepEqual([...new Set(flood.answers.map((one) => one.status))].sort(), [401, 429]);
  for (const { status, headers, body } of flood.answers)
    if (status === 429) {
      assert.match(headers['retry-after'], /^[1-9]\d*$/);
      assert.equal(body.code, 'rate_limited');
      assert.equal(headers['set-cookie'], undefined);
    }
}

test('a flood from one address: others come in at once, so does a known device behind that very address, reading is not slowed down', { timeout: 120_000 }, async () => {
  const known = await signIn('1001');
  assert.equal(known.status, 200);
  assert.deepEqual(Object.keys(known.cookies), ['evs_refresh', 'evs_device']);
  const reader = await signIn('1000', { from: '127.0.0.3' });
  const quiet = await reading(reader.body.accessToken, 1);

  const flood = new Flood(300, () => '127.0.0.1');
  await sleep(1500);
  const times = reading(reader.body.accessToken, 4);
  const [person, device] = await Promise.all([signIn('1002', { from: '127.0.0.2' }), signIn('1001', { cookies: { evs_device: known.cookies.evs_device } })]);
  const metrics = await evs.metrics();
  const whileFlooded = await times;
  await flood.stop();

  assert.equal(person.status, 200, JSON.stringify(person.body));
  assert.ok(person.ms < 3000, `${person.ms} ms`);
  assert.equal(device.status, 200, JSON.stringify(device.body));
  assert.ok(device.ms < 2000, `${device.ms} ms`);
  refusedRightly(flood);
  assert.ok(flood.count(429) > flood.answers.length / 2, `${flood.count(429)} of ${flood.answers.length}`);
  assert.ok(flood.answers.every((one) => one.ms < 8000), 'nobody waits for nothing');
  assert.ok(metrics['evs_passwords_not_hashed_total{kind="refused_stranger"}'] > 10, JSON.stringify(Object.keys(metrics).filter((name) => /password/.test(name))));
  assert.ok(metrics['evs_password_hash_seconds_count'] > 3);
  assert.ok(quantile(whileFlooded, 0.9) < Math.max(150, 10 * quantile(quiet, 0.9)), `${quantile(quiet, 0.9)} ms quiet, ${quantile(whileFlooded, 0.9)} ms in the flood`);
});

test('a flood from a hundred addresses: a known device comes in at once, an account where it was before, too, and others when they do as they are told', { timeout: 120_000 }, async () => {
  const known = await signIn('1003', { from: '127.0.0.5' });
  assert.equal((await signIn('1004', { from: '127.0.0.6' })).status, 200);
  const flood = new Flood(300, (n) => `127.1.0.${1 + n % 100}`);
  await sleep(1500);
  const [device, acquaintance, stranger] = await Promise.all([signIn('1003', { from: '127.0.0.7', cookies: { evs_device: known.cookies.evs_device } }),
    signIn('1004', { from: '127.0.0.6' }), signInPatiently('1005', { from: '127.0.0.8' })]);
  await flood.stop();
  assert.equal(device.status, 200, JSON.stringify(device.body));
  assert.ok(device.ms < 2000, `${device.ms} ms`);
  assert.equal(acquaintance.status, 200, JSON.stringify(acquaintance.body));
  assert.ok(acquaintance.ms < 3000, `${acquaintance.ms} ms`);
  assert.equal(stranger.status, 200, JSON.stringify(stranger.body));
  assert.ok(stranger.ms < 30_000, `${stranger.ms} ms, ${stranger.tries} tries`);
  refusedRightly(flood);
});

test('who hangs up costs nothing, and accounts can be made meanwhile', { timeout: 120_000 }, async () => {
  const admin = await evs.login('9000');
  const before = await evs.metrics();
  const begun = Array.from({ length: 60 }, (_, i) => {
    const asked = request({ host: '127.0.0.1', port: evs.port, localAddress: `127.2.0.${i + 1}`, method: 'POST', path: '/api/auth/login', agent: false,
      headers: { 'content-type': 'application/json' } });
    asked.on('error', () => {});
    asked.end(JSON.stringify({ loginId: '1006', password: 'wrong' }));
    return asked;
  });
  await sleep(200);
  for (const one of begun) one.destroy();
  const made = await admin.raw('POST', '/users', { loginId: 'beside', role: 'Agent', firstName: 'A', lastName: 'B', password: 'Un-secret-2026' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await signIn('beside', { from: '127.0.0.9', password: 'Un-secret-2026' })).status, 200);
  const now = await evs.metrics();
  const gone = (name) => (now[name] ?? 0) - (before[name] ?? 0);
  assert.ok(gone('evs_passwords_not_hashed_total{kind="gone_stranger"}') > 10, `${gone('evs_passwords_not_hashed_total{kind="gone_stranger"}')} of 60 were dropped`);
});
