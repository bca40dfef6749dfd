// Child processes of the lab: a private folder each, always ended, also when the test run dies.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const running = new Set();
const folders = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

// A signal would end this process without "exit", and the phones would live on.
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.once(signal, () => process.exit(code));

/** A folder that `removeFolder` takes away again. */
export function makeFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `evs-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** Starts a program that dies with this process at the latest; output goes to `onOutput` in chunks. */
export function startProgram(command, args, { cwd, onOutput = () => {}, onExit = () => {} } = {}) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TERM: 'dumb' } });
  running.add(child);
  child.stdout.setEncoding('utf8').on('data', onOutput);
  child.stderr.setEncoding('utf8').on('data', onOutput);
  child.once('error', (error) => onOutput(`${command}: ${error.message}\n`));
  child.once('close', (code, signal) => {
    running.delete(child);
    onExit(code, signal);
  });
  return child;
}

/** TERM, and KILL when that is not enough; resolves when the process has gone. */
export async function stopProgram(child, signal = 'SIGTERM', graceMs = 1000) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}

/** A TCP port that is free on that address now. */
export function freeTcpPort(address) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A UDP port that is free on that address now. */
export function freeUdpPort(address) {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
