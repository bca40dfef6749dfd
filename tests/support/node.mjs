// A node for one test file: its own database and configuration on the services of the test instance.
//
//   const evs = await startInstance({ config: { telephony: { audit_interval: '1s' } } });
//   const supervisor = await evs.login('1000');
//   const board = await evs.live(supervisor);
//   await board.waitFor('newCall');
//   await evs.kill9(); await evs.start();
//   await evs.close();                                  // always, in after()
import { execFile, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freshDatabase } from './database.mjs';
import { asteriskCli, binary, flushRedis, restartAsterisk, root, services, startAsterisk, startPostgres, startRedis, stateDir,
  stopAsterisk, stopPostgres, stopRedis } from './instance.mjs';
import { openCompat, openNative } from './live.mjs';
import { Session } from './rest.mjs';
import { waitFor } from './wait.mjs';

const run = promisify(execFile);
let started = 0;

/**
 * Options: config (merged into the file, see config/evscallpro.yaml; arrays replace), port, demo (seed the demo: 20
 * agents, password = loginId; default true), applyAsterisk (write phones and trunks into Asterisk; default true), start
 * (default true).
 */
export async function startInstance({ config = {}, port, demo = true, applyAsterisk = true, start = true } = {}) {
  const database = await freshDatabase();
  const instance = new Instance(database, port ?? Number(services().EVS_HTTP_PORT), config);
  try {
    await flushRedis();
    await instance.program('migrate');
    await instance.program('seed', ...(demo ? ['--demo'] : []));
    if (applyAsterisk) await instance.applyAsterisk();
    if (start) await instance.start();
  } catch (error) {
    await instance.close();
    throw error;
  }
  return instance;
}

class Instance {
  constructor(database, port, config) {
    this.database = database;
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    const folder = this.folder = join(stateDir, 'nodes', `${process.pid}-${started++}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.configFile = join(folder, 'evscallpro.yaml');
    this.logFile = join(folder, 'node.log');
    writeFileSync(this.logFile, '');
    this.writeConfig(config);
    this.child = null;
  }

  // --- the process -------------------------------------------------------------------------------------------------
  /** Runs `evscallpro COMMAND --config ...` to its end; returns what it printed, throws what it complained about. */
  async program(command, ...args) {
    try {
      const { stdout, stderr } = await run(binary, [command, '--config', this.configFile, ...args],
        { cwd: root, env: { ...process.env, ...services() }, timeout: 60_000 }); // the seed reads where the carriers are
      return stdout + stderr;
    } catch (error) {
      throw new Error(`evscallpro ${command} failed: ${error.stdout ?? ''}${error.stderr ?? error.message}`);
    }
  }

  /** Starts the process and waits until /readyz says so. */
  async start({ ready = true, timeout = 20_000 } = {}) {
    const log = openSync(this.logFile, 'a');
    this.child = spawn(binary, ['run', '--config', this.configFile], { cwd: root, stdio: ['ignore', log, log] });
    closeSync(log);
    const child = this.child;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    process.once('exit', () => child.kill('SIGKILL'));
    if (ready) await this.ready(timeout);
    return this;
  }

  async ready(timeout = 20_000) {
    await waitFor(`${this.base}/readyz`, async () => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return 'exited';
      return (await fetch(`${this.base}/readyz`)).status === 200;
    }, { timeout }).then((state) => {
      if (state === 'exited') throw new Error(`The node ended while starting:\n${this.logTail()}`);
    }, (error) => { throw new Error(`${error.message}\n${this.logTail()}`); });
  }

  /** As a crash: no warning, no flush. */
  async kill9() {
    this.child.kill('SIGKILL');
    return this.exited;
  }

  /** Orderly end (TERM); returns {code, signal}; KILL after `timeout` ms counts as an error. */
  async stop({ timeout = 20_000 } = {}) {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return this.exited;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeout);
    const how = await this.exited;
    clearTimeout(timer);
    if (how.signal === 'SIGKILL') throw new Error(`The node did not stop within ${timeout} ms:\n${this.logTail()}`);
    return how;
  }

  async restart() {
    await this.stop();
    return this.start();
  }

  /** SIGHUP: reads the configuration again. */
  reload() { this.child.kill('SIGHUP'); }

  /** CPU seconds the process has used so far, and its resident memory in bytes. */
  usage() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    const resident = readFileSync(`/proc/${this.child.pid}/statm`, 'utf8').split(' ')[1];
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(resident) * 4096 };
  }

  // --- configuration -----------------------------------------------------------------------------------------------
  /** Writes the file anew: defaults of the test instance, with `changes` on top. JSON is YAML. */
  writeConfig(changes = {}) {
    const env = services();
    const base = {
      node: { name: `evs-test-${this.port}` },
      http: { port: this.port, static_dir: join(root, 'web/dist') },
      storage: { data_dir: join(this.folder, 'data') },
      auth: { jwt_secret: 'a secret for tests only, long enough for a key' },
      database: { url: this.database.url },
      redis: { host: '127.0.0.1', port: Number(env.EVS_REDIS_PORT) },
      asterisk: [{ name: 'central', host: env.EVS_AMI_HOST, port: Number(env.EVS_AMI_PORT), username: env.EVS_AMI_USER,
        secret: env.EVS_AMI_SECRET }],
      secrets: { key_file: env.EVS_SECRET_KEY_FILE },
    };
    this.config = merge(base, changes);
    this.writeConfigText(JSON.stringify(this.config, null, 2));
  }

  /** Any text, for tests of wrong files. */
  writeConfigText(text) { writeFileSync(this.configFile, text, { mode: 0o600 }); }

  /** Phones and trunks of this database into the test Asterisk. */
  async applyAsterisk() {
    const env = { ...process.env, ...services(), EVS_PG_URL: this.database.url };
    await run(join(root, 'scripts/apply-asterisk-config'), [], { cwd: root, env, timeout: 60_000 }).catch((error) => {
      throw new Error(`apply-asterisk-config failed: ${error.stderr || error.message}`);
    });
  }

  // --- clients -----------------------------------------------------------------------------------------------------
  /** A signed-in REST client (rest.mjs). */
  login(loginId, password) { return new Session(this.base).login(loginId, password); }
  anonymous() { return new Session(this.base); }
  live(session, options) { return openNative(session, options); }
  compat(session, options) { return openCompat(session, options); }

  /** The SIP password of an agent's phone, which the database keeps encrypted. */
  async phonePassword(loginId) {
    const [{ sip_secret: sealed }] = await this.query('select sip_secret from users where login_id = $1', [loginId]);
    const keys = services().EVS_SECRET_KEY_FILE;
    return execFileSync(binary, ['secrets', 'open', '--keys', keys], { input: sealed, encoding: 'utf8' });
  }

  /** Rows of this instance's database. */
  query(sql, params) { return this.database.query(sql, params); }

  /** /metrics as {name or name{labels}: value}. */
  async metrics() {
    const text = await (await fetch(`${this.base}/metrics`)).text();
    return Object.fromEntries(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }));
  }

  // --- log ---------------------------------------------------------------------------------------------------------
  log() { return readFileSync(this.logFile, 'utf8'); }
  logTail(lines = 30) { return this.log().split('\n').slice(-lines).join('\n'); }

  /** The first log line that matches, from byte `since` (see logSize) on. */
  waitForLog(pattern, { timeout = 10_000, since = 0 } = {}) {
    return waitFor(`${pattern} in the log`, () => readFileSync(this.logFile).subarray(since).toString().split('\n').find((line) => pattern.test(line)), { timeout });
  }

  logSize() { return statSync(this.logFile).size; }

  /** Stops the node and drops its database; the log stays in the state folder for whoever looks into a failure. */
  async close() {
    try {
      await this.stop();
    } finally {
      await this.database.drop();
    }
  }
}

Object.assign(Instance.prototype, { stopPostgres, startPostgres, stopRedis, startRedis, stopAsterisk, startAsterisk, restartAsterisk, asteriskCli });

const isMap = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function merge(base, changes) {
  const result = { ...base };
  for (const [key, value] of Object.entries(changes)) result[key] = isMap(value) && isMap(base[key]) ? merge(base[key], value) : value;
  return result;
}
