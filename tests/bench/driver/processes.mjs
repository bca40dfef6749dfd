// Starting, watching and stopping the programs under test; what they use is read from /proc.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const TICKS = 100; // CLK_TCK on Linux

/** CPU seconds of a process and, where asked, of those it started. */
export function cpuSeconds(pid, withChildren = false) {
  const one = (p) => {
    try {
      const stat = fs.readFileSync(`/proc/${p}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    } catch {
      return 0;
    }
  };
  return withChildren ? descendants(pid).reduce((sum, p) => sum + one(p), 0) : one(pid);
}

function descendants(pid) {
  const parents = new Map();
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // ended meanwhile
    }
  }
  const found = [pid];
  for (const p of found) for (const [child, parent] of parents) if (parent === p) found.push(child);
  return found;
}

/** Resident memory in kB. */
export function rssKb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `probe` returns something true; throws with `what` after `seconds`. */
export async function until(what, seconds, probe) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await pause(50);
  }
}

export const portOpen = (port, host = '127.0.0.1') =>
  new Promise((resolve) => {
    const socket = net.connect(port, host);
    socket.once('connect', () => socket.end() && resolve(true)).once('error', () => resolve(false));
  });

/** A started program: its lines of output one by one, its log in a file. */
export class Program {
  constructor(name, command, args, { logFolder, env = {}, cwd } = {}) {
    this.name = name;
    this.log = path.join(logFolder, `${name}.log`);
    this.lines = [];
    this.child = spawn(command, args, { env: { ...process.env, ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.child.once('close', (code, signal) => resolve((this.exit = code ?? signal))));
    this.child.once('error', (error) => (this.failure = error));
    const log = fs.createWriteStream(this.log, { flags: 'a' });
    this.child.stderr.pipe(log);
    let rest = '';
    this.child.stdout.on('data', (data) => {
      log.write(data);
      const parts = (rest + data).split('\n');
      rest = parts.pop();
      this.lines.push(...parts);
    });
    this.child.stdin.on('error', () => {});
  }

  get pid() {
    return this.child.pid;
  }

  say(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** The first line of output that matches. */
  async line(pattern, seconds) {
    return until(`${this.name} to say ${pattern}`, seconds, () => {
      const found = this.lines.find((l) => pattern.test(l));
      if (!found) this.#check();
      return found;
    });
  }

  async listening(port, seconds) {
    await until(`${this.name} on port ${port}`, seconds, () => {
      this.#check();
      return portOpen(port);
    });
  }

  #check() {
    if (this.failure) throw this.failure;
    if (this.exit !== undefined)
      throw new Error(`${this.name} ended (${this.exit}): ${fs.readFileSync(this.log, 'utf8').trim().split('\n').slice(-5).join('\n')}`);
  }

  async stop(signal = 'SIGTERM') {
    if (this.exit !== undefined) return;
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(late);
  }
}

export const run = (command, args, options = {}) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
