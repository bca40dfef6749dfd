// A site's gateway and the public network behind it: one SIPp process that decides by the dialled number (table in README.md).

import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventLog } from './event-log.mjs';
import { makeFolder, removeFolder, startProgram, stopProgram } from './processes.mjs';

const SCENARIO = join(dirname(fileURLToPath(import.meta.url)), 'scenarios', 'carrier.xml');

/**
 * Events, each {at, callId (SIP Call-ID), number, cli}: invite, ringing, early_media, answered, bye (Asterisk hung up), hung_up
 * (the customer hung up), cancelled, refused.
 */
export class Carrier extends EventLog {
  #child;
  #folder;
  #watcher;
  #file;
  #rest = '';
  output = '';

  /** @param options address "127.0.1.11:5060" */
  constructor({ address }) {
    super();
    [this.ip, this.port = '5060'] = address.split(':');
  }

  /** Starts answering SIP; resolves when the port is open. */
  async start() {
    this.#folder = makeFolder('carrier');
    const log = join(this.#folder, 'events.log');
    this.#child = startProgram(
      'sipp',
      ['-sf', SCENARIO, '-i', this.ip, '-p', this.port, '-mi', this.ip, '-nostdin', '-f', '3600', '-timer_resol', '5', '-skip_rlimit',
        '-trace_logs', '-log_file', log, '-trace_err', '-error_file', join(this.#folder, 'errors.log')],
      { cwd: this.#folder, onOutput: (text) => (this.output += text) },
    );
    for (const until = Date.now() + 5000; !existsSync(log); ) {
      if (this.#child.exitCode !== null || Date.now() > until) throw new Error(`carrier ${this.ip} did not start: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#file = openSync(log, 'r');
    this.#watcher = watch(log, () => this.#read());
    return this;
  }

  /** The gateway disappears: calls through it fail and its OPTIONS go unanswered. */
  async stop() {
    this.#watcher?.close();
    await stopProgram(this.#child, 'SIGKILL');
    if (this.#file !== undefined) {
      this.#read();
      closeSync(this.#file);
      this.#file = undefined;
    }
    if (this.#folder) removeFolder(this.#folder);
  }

  /** SIP messages the scenario did not expect, as SIPp wrote them. */
  errors() {
    const path = join(this.#folder, 'errors.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  #position = 0;

  #read() {
    const size = fstatSync(this.#file).size;
    if (size <= this.#position) return;
    const bytes = Buffer.alloc(size - this.#position);
    this.#position += readSync(this.#file, bytes, 0, bytes.length, this.#position);
    const lines = (this.#rest + bytes.toString('utf8')).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line);
  }

  // "2026-11-22<tab>08:16:01.535123<tab>1795421761.535123 invite <call id> <dialled> <caller>"
  #line(line) {
    const match = /(\d{9,}\.\d+)\s+(\w+) (\S+) (\S*) (\S*)/.exec(line);
    if (!match) return;
    const [, seconds, type, callId, number, cli] = match;
    this.note(type, { callId, number, cli }, Math.floor(Number(seconds) * 1000));
  }
}
