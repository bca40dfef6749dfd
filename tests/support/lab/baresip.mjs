// One baresip process: a complete SIP user agent without sound hardware, driven over its JSON control port (ctrl_tcp).

import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventLog } from './event-log.mjs';
import { freeTcpPort, freeUdpPort, makeFolder, removeFolder, startProgram, stopProgram } from './processes.mjs';

const MODULES = process.env.EVS_BARESIP_MODULES ?? '/usr/lib/baresip/modules';

function configuration({ address, sipPort, controlPort }) {
  return [
    'poll_method epoll',
    `sip_listen ${address}:${sipPort}`,
    `net_interface ${address}`,
    `ctrl_tcp_listen ${address}:${controlPort}`,
    'call_local_timeout 600', // an unanswered call is ended by Asterisk or by the test, not by the phone
    'call_max_calls 4',
    // What is heard is sent back: RTP flows both ways as with a real phone, without sound hardware.
    'audio_source aubridge,loop',
    'audio_player aubridge,loop',
    'audio_alert aubridge,alert',
    'ausrc_srate 8000',
    'auplay_srate 8000',
    'ausrc_channels 1',
    'auplay_channels 1',
    'rtp_ports 20000-29999',
    'jitter_buffer_type off',
    `module_path ${MODULES}`,
    'module aubridge.so',
    'module g711.so',
    'module_app account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    'statmode_default off',
    '',
  ].join('\n');
}

export class Baresip extends EventLog {
  #child;
  #socket;
  #buffer = Buffer.alloc(0);
  #folder;
  #replies = new Map();
  #lastToken = 0;
  output = '';

  /**
   * Starts the program with one account line and connects to its control port. `onEvent` gets its raw events. Between the choice of a free
   * port and its use another program may take it (baresip also binds the port after the SIP one): then others are tried.
   */
  async launch(what) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#start(what);
      } catch (error) {
        if (tries === 6 || !/Address already in use/.test(this.output)) throw error;
        await this.shutDown({ abruptly: true });
        this.output = '';
      }
    }
  }

  async #start({ address, account, onEvent }) {
    this.#folder = makeFolder('phone');
    const sipPort = await freeUdpPort(address);
    const controlPort = await freeTcpPort(address);
    writeFileSync(join(this.#folder, 'config'), configuration({ address, sipPort, controlPort }));
    writeFileSync(join(this.#folder, 'accounts'), `${account}\n`);
    writeFileSync(join(this.#folder, 'contacts'), '');
    this.sipPort = sipPort;
    this.#child = startProgram('baresip', ['-4', '-f', this.#folder], {
      onOutput: (text) => (this.output += text),
      onExit: () => this.#socket?.destroy(),
    });
    await this.#connect(address, controlPort, onEvent);
  }

  /** Runs a command of baresip's menu; resolves with its text answer, rejects when it is not answered. */
  command(name, params = '', timeoutMs = 3000) {
    const token = String(++this.#lastToken);
    const body = JSON.stringify({ command: name, params, token });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#replies.delete(token);
        reject(new Error(`baresip did not answer "${name}"`));
      }, timeoutMs);
      this.#replies.set(token, (reply) => {
        clearTimeout(timer);
        if (reply.ok) resolve((reply.data ?? '').replace(/\x1b\[[0-9;]*m/g, ''));
        else reject(new Error(`baresip refused "${name} ${params}": ${reply.data}`));
      });
      this.#socket.write(`${Buffer.byteLength(body)}:${body},`);
    });
  }

  /** Ends the program; `abruptly` without any SIP message, like a phone whose plug is pulled. */
  async shutDown({ abruptly = false } = {}) {
    await stopProgram(this.#child, abruptly ? 'SIGKILL' : 'SIGTERM', 2000);
    this.#socket?.destroy();
    if (this.#folder) removeFolder(this.#folder);
    this.#child = undefined;
  }

  async #connect(address, port, onEvent) {
    const until = Date.now() + 5000;
    for (;;) {
      try {
        this.#socket = await new Promise((resolve, reject) => {
          const socket = connect(port, address, () => resolve(socket));
          socket.once('error', reject);
        });
        break;
      } catch (error) {
        if (Date.now() > until || this.#child.exitCode !== null) throw new Error(`baresip did not start: ${this.output}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    this.#socket.removeAllListeners('error');
    this.#socket.on('error', () => {});
    this.#socket.on('data', (bytes) => this.#receive(bytes, onEvent));
  }

  // Netstrings: "<length>:<json>,"
  #receive(bytes, onEvent) {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const colon = this.#buffer.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.#buffer.toString('latin1', 0, colon));
      const end = colon + 1 + length;
      if (this.#buffer.length <= end) return;
      const message = JSON.parse(this.#buffer.toString('utf8', colon + 1, end));
      this.#buffer = this.#buffer.subarray(end + 1);
      if (message.response) {
        this.#replies.get(message.token)?.(message);
        this.#replies.delete(message.token);
      } else {
        onEvent(message);
      }
    }
  }
}
