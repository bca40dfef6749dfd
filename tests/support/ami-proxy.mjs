// A manager connection that can be bad: it stands between the node and Asterisk, knows where a frame ends, and can lose
// events, hold them back, break the connection and refuse new ones.
import { connect, createServer } from 'node:net';
import { services } from './instance.mjs';

/** A seeded source of numbers in [0, 1): the same losses in every run. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class AmiProxy {
  #server;
  #pairs = new Set();
  #open = true;
  /** Decides about each `Event:` frame, {Event, ActionID, ...}: true loses it. Responses always pass. */
  drop = () => false;
  /** Frames towards the node wait so long, in their order. */
  delayMs = 0;
  /** Connected, but nothing passes, in either direction. */
  silent = false;
  /** Names of the lost events, and how many events and connections there were. */
  dropped = [];
  events = 0;
  connections = 0;
  refused = 0;

  /** Listens on a port of its own (`port`), in front of the instance's Asterisk. */
  async start() {
    this.#server = createServer((node) => this.#accept(node));
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    this.port = this.#server.address().port;
    return this;
  }

  /** Loses this share of all events, listings included. */
  lose(share, seed = 1) {
    const next = seeded(seed);
    this.drop = () => next() < share;
  }

  /** Breaks the connections and refuses new ones until restore(). */
  cut() {
    this.#open = false;
    for (const pair of this.#pairs) pair.end();
  }

  restore() { this.#open = true; }

  async stop() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(node) {
    node.on('error', () => {});
    if (!this.#open) {
      this.refused++;
      return node.resetAndDestroy();
    }
    this.connections++;
    const env = services();
    const asterisk = connect(Number(env.EVS_AMI_PORT), env.EVS_AMI_HOST || '127.0.0.1');
    const pair = { end: () => { this.#pairs.delete(pair); node.destroy(); asterisk.destroy(); } };
    this.#pairs.add(pair);
    asterisk.on('error', () => {});
    node.on('close', pair.end);
    asterisk.on('close', pair.end);
    node.on('data', (bytes) => { if (!this.silent) asterisk.write(bytes); });
    const reader = new FrameReader();
    asterisk.on('data', (bytes) => {
      for (const frame of reader.read(bytes)) {
        if (this.silent) continue;
        if (frame.fields?.Event) {
          this.events++;
          if (this.drop(frame.fields)) {
            this.dropped.push(frame.fields.Event);
            continue;
          }
        }
        if (this.delayMs === 0) node.write(frame.bytes);
        else setTimeout(() => node.writable && node.write(frame.bytes), this.delayMs);
      }
    });
  }
}

/** Bytes -> whole frames; the greeting line is a frame without fields. */
class FrameReader {
  #rest = '';
  #greeted = false;

  * read(bytes) {
    this.#rest += bytes.toString('latin1');
    if (!this.#greeted) {
      const end = this.#rest.indexOf('\r\n');
      if (end < 0) return;
      this.#greeted = true;
      yield { bytes: Buffer.from(this.#rest.slice(0, end + 2), 'latin1') };
      this.#rest = this.#rest.slice(end + 2);
    }
    for (let end; (end = this.#rest.indexOf('\r\n\r\n')) >= 0;) {
      const text = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 4);
      const fields = Object.fromEntries(text.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
      yield { bytes: Buffer.from(`${text}\r\n\r\n`, 'latin1'), fields };
    }
  }
}
