// The private services that ./evs test has started (scripts/lib/instance.sh): their addresses, and how to stop and
// start them in the middle of a test.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { waitFor } from './wait.mjs';

const run = promisify(execFile);

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const instanceName = process.env.EVS_INSTANCE ?? 'test';
export const stateDir = join(process.env.EVS_STATE ?? '/var/lib/evscallpro', instanceName);
export const binary = process.env.EVS_BINARY ?? join(root, 'build/release/app/evscallpro');

/** The instance's EVS_* values, as its start wrote them. */
export function services() {
  let text;
  try {
    text = readFileSync(join(stateDir, 'env'), 'utf8');
  } catch (error) {
    throw new Error(`The instance "${instanceName}" was never started (no ${stateDir}/env): use ./evs test`, { cause: error });
  }
  return Object.fromEntries(text.split('\n').filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** service('postgres', 'stop'): start, stop, restart or status of one service; throws what the script said. */
export async function service(name, action) {
  try {
    return (await run(join(root, 'scripts/service'), [instanceName, name, action], { timeout: 120_000 })).stdout;
  } catch (error) {
    throw new Error(`${name} ${action} failed: ${error.stderr || error.message}`);
  }
}

export const stopPostgres = () => service('postgres', 'stop');
export const startPostgres = () => service('postgres', 'start');
export const stopRedis = () => service('redis', 'stop');
export const startRedis = () => service('redis', 'start');
export const stopAsterisk = () => service('asterisk', 'stop');
export const startAsterisk = () => service('asterisk', 'start');
/** As a crash: its calls and its connections end without a word. */
export function killAsterisk() {
  const pid = Number(readFileSync(join(stateDir, 'asterisk/run/asterisk.pid'), 'utf8'));
  const mine = () => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(stateDir);
  if (mine()) process.kill(pid, 'SIGKILL');
  return waitFor('the end of Asterisk', () => !mine());
}
export const restartAsterisk = () => service('asterisk', 'restart');

/** One command of Asterisk's console, e.g. asteriskCli('core show channels concise'). */
export async function asteriskCli(command) {
  const script = '. "$0/scripts/lib/all.sh"; instance_load "$1"; asterisk_cli "$2"';
  return (await run('bash', ['-c', script, root, instanceName, command], { timeout: 20_000 })).stdout;
}

/** Empties the event log between tests. */
export function flushRedis() {
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(services().EVS_REDIS_PORT), '127.0.0.1', () => socket.write('FLUSHALL\r\n'));
    socket.setTimeout(5000, () => socket.destroy(new Error('Redis does not answer FLUSHALL')));
    socket.once('data', () => { socket.end(); resolve(); });
    socket.once('error', reject);
  });
}
