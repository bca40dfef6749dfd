// The smallest AMI client that can drive a flow and write down, byte for byte, what Asterisk said.

import { connect } from 'node:net';
import { EventLog } from './event-log.mjs';

/** Every frame is noted as an event: type = Event name, or "Response"; fields under their AMI names. */
export class Ami extends EventLog {
  #socket;
  #text = '';
  #nextId = 0;
  raw = [];
  sent = [];

  async start({ port, user, secret, host = '127.0.0.1' }) {
    this.#socket = await new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(socket));
      socket.once('error', reject);
    });
    this.#socket.on('error', () => {});
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    const reply = await this.action('Login', { Username: user, Secret: secret });
    if (reply.Response !== 'Success') throw new Error(`AMI login: ${reply.Message}`);
    return this;
  }

  stop() {
    this.#socket.destroy();
  }

  /** Sends an action and resolves with its response. A value may be an array: one header line each. */
  async action(name, headers = {}) {
    const id = `lab-${++this.#nextId}`;
    const lines = [`Action: ${name}`, `ActionID: ${id}`];
    for (const [key, value] of Object.entries(headers)) {
      for (const one of [value].flat()) lines.push(`${key}: ${one}`);
    }
    const bytes = `${lines.join('\r\n')}\r\n\r\n`;
    this.sent.push(bytes);
    this.#socket.write(bytes);
    return this.waitFor('Response', 5000, { match: (frame) => frame.ActionID === id });
  }

  /** The frames received since position `from`, one short line each: for the eye. */
  summary(keys, from = 0) {
    return this.events.slice(from).map((frame) => {
      const shown = keys.filter((key) => frame[key] !== undefined && frame[key] !== '').map((key) => `${key}=${frame[key]}`);
      return `${frame.type} ${shown.join(' ')}`;
    });
  }

  #receive(bytes) {
    this.raw.push(bytes);
    this.#text += bytes.toString('latin1');
    if (this.#text.startsWith('Asterisk Call Manager')) this.#text = this.#text.slice(this.#text.indexOf('\n') + 1);
    for (let end; (end = this.#text.indexOf('\r\n\r\n')) >= 0; ) {
      const frame = {};
      for (const line of this.#text.slice(0, end).split('\r\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) frame[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
      }
      this.#text = this.#text.slice(end + 4);
      this.note(frame.Event ?? 'Response', frame);
    }
  }
}
