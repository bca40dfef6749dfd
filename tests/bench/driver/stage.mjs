// One measurement: source, server and dashboards started afresh, a load played, everything it used noted, all stopped.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Board } from './board.mjs';
import { root } from './options.mjs';
import { Program, cpuSeconds, pause, rssKb, run, until } from './processes.mjs';

const SECRET = 'bench-secret';

/** Starts the bench instance's PostgreSQL and Redis; returns their environment. EVS_BENCH_HTTP and EVS_BENCH_AMI are other ports. */
export function startServices() {
  let text;
  try {
    text = run(path.join(root, 'tests/bench/driver/services.sh'), ['start']).toString();
  } catch (error) {
    process.stderr.write(error.stderr ?? `${error.message}\n`);
    process.exit(1);
  }
  const env = Object.fromEntries(text.trim().split('\n').map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]));
  env.EVS_HTTP_PORT = process.env.EVS_BENCH_HTTP ?? env.EVS_HTTP_PORT;
  env.EVS_AMI_PORT = process.env.EVS_BENCH_AMI ?? env.EVS_AMI_PORT;
  return { ...env, secret: SECRET };
}

export const stopServices = () => run(path.join(root, 'tests/bench/driver/services.sh'), ['stop']);

export class Stage {
  constructor(server, env, programs) {
    this.server = server;
    this.env = env;
    this.programs = programs;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), `evs-bench-${server.name}-`));
    this.board = new Board(`/dev/shm/${path.basename(this.folder)}`);
    this.running = [];
    this.keep = Boolean(process.env.EVS_BENCH_KEEP); // the logs of a failed measurement are kept anyway
  }

  async open({ capacity = 200_000, phones = '1001-1020', hold = 0 } = {}) {
    this.source = this.#started(
      new Program('source', path.join(this.programs, 'bench_ami_source'), [
        '--board', this.board.path, '--capacity', String(capacity), '--port', this.env.EVS_AMI_PORT, '--secret', SECRET,
        '--phones', phones, '--sequences', path.join(root, 'tests/bench/sequences'),
      ], { logFolder: this.folder }),
    );
    await this.source.line(/^ready/, 10);
    if (hold > 0) this.source.say(`hold ${hold}`);
    this.program = this.#started(await this.server.start(this.env, this.folder));
    await until(`${this.server.name} on the AMI`, 20, () => this.board.read().loggedIn > 0);
    await pause(500);
  }

  /** `count` dashboards; returns what one costs in resident kB. */
  async connect(count) {
    const before = rssKb(this.program.pid);
    this.dashboards = this.#started(
      new Program('dashboards', path.join(this.programs, 'bench_dashboards'), [
        '--board', this.board.path, '--port', this.env.EVS_HTTP_PORT, '--door', this.server.door, '--connections', String(count),
      ], { logFolder: this.folder }),
    );
    await this.dashboards.line(/^ready/, 120);
    await pause(1000);
    return { kbPerConnection: (rssKb(this.program.pid) - before) / count, rssKb: rssKb(this.program.pid) };
  }

  #usage() {
    return {
      at: process.hrtime.bigint(),
      server: cpuSeconds(this.program.pid),
      redis: this.env.REDIS_PID ? cpuSeconds(Number(this.env.REDIS_PID)) : 0,
      postgres: this.env.PG_PID ? cpuSeconds(Number(this.env.PG_PID), true) : 0,
      client: cpuSeconds(this.dashboards.pid),
      source: cpuSeconds(this.source.pid),
      board: this.board.read(),
    };
  }

  /** Plays a load (see source/main.cpp) from its first measured call until all is delivered. */
  async play(load, limitSeconds) {
    this.source.say(load);
    await until('the measured part of the load', 120, () => this.board.read().measuring);
    const before = this.#usage();
    const rss = { peak: 0 };
    const watch = setInterval(() => {
      try {
        rss.peak = Math.max(rss.peak, rssKb(this.program.pid));
      } catch {
        // it has ended: the verdict will say so
      }
    }, 500);
    // The CPU use is read while the dashboards still run: they end at once when everything is there.
    let after = before;
    const sampler = setInterval(() => this.dashboards.exit === undefined && (after = this.#usage()), 100);
    try {
      const line = await this.dashboards.line(/^\{/, limitSeconds);
      if (this.dashboards.exit === undefined) after = this.#usage();
      return this.#outcome(JSON.parse(line), before, after, rss.peak);
    } finally {
      clearInterval(watch);
      clearInterval(sampler);
    }
  }

  #outcome(verdict, before, after, peakKb) {
    const seconds = Number(after.at - before.at) / 1e9;
    const spent = (name) => after[name] - before[name];
    const deliveries = after.board.deliveries - before.board.deliveries;
    const events = after.board.events - before.board.events;
    return {
      server: this.server.name,
      seconds,
      events,
      deliveries,
      frames: after.board.frames - before.board.frames,
      receivedBytes: after.board.receivedBytes - before.board.receivedBytes,
      cpu: Object.fromEntries(['server', 'redis', 'postgres', 'client', 'source'].map((n) => [n, spent(n)])),
      cpuUsPerDelivery: deliveries > 0 ? (spent('server') * 1e6) / deliveries : null,
      eventsPerCore: spent('server') > 0 ? events / spent('server') : null,
      peakKb,
      blockedMaxMs: after.board.blockedMaxUs / 1000,
      blockedCount: after.board.blockedCount,
      sourceLateMs: after.board.lateMaxUs / 1000,
      ...verdict,
    };
  }

  /** CPU share of the server over a time without load. */
  async idle(seconds) {
    const before = cpuSeconds(this.program.pid);
    await pause(seconds * 1000);
    return (cpuSeconds(this.program.pid) - before) / seconds;
  }

  #started(program) {
    this.running.unshift(program);
    return program;
  }

  async close() {
    for (const program of this.running) await program.stop();
    this.board.remove();
    if (!this.keep) fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Opens a stage, hands it to `body`, closes it whatever happens; a failure becomes a note beside the log's folder. */
export async function onStage(server, env, programs, settings, body) {
  const stage = new Stage(server, env, programs);
  try {
    await stage.open(settings);
    return await body(stage);
  } catch (error) {
    stage.keep = true;
    throw new Error(`${server.name}: ${error.message} (logs: ${stage.folder})`, { cause: error });
  } finally {
    await stage.close();
  }
}
