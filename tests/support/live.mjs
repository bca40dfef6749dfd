// WebSocket clients for both doors. Both collect {offset?, type, payload, at} in `events` and wait with waitFor().
import WebSocket from 'ws';

class Door {
  constructor(socket) {
    this.socket = socket;
    this.events = [];
    this.waiters = new Set();
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => {}); // 'close' follows and tells
    this.closed.then((how) => {
      this.closeCode = how.code;
      for (const waiter of this.waiters) waiter.fail(new Error(`The connection was closed (${how.code} ${how.reason}) while waiting`));
    });
  }

  take(event) {
    this.events.push({ ...event, at: Date.now() });
    for (const waiter of [...this.waiters]) waiter.offer(this.events.at(-1));
  }

  /** All collected events of a type, optionally only those a test accepts. */
  of(type, test = () => true) {
    return this.events.filter((event) => event.type === type && test(event.payload));
  }

  /** The first event of the type that the test accepts, already here (from index `since`) or still to come. */
  waitFor(type, test = () => true, { timeout = 10_000, since = 0 } = {}) {
    const fits = (event) => event.type === type && test(event.payload);
    const here = this.events.slice(since).find(fits);
    if (here) return Promise.resolve(here);
    return new Promise((resolve, reject) => {
      const waiter = {
        offer: (event) => { if (fits(event)) { waiter.done(); resolve(event); } },
        fail: (error) => { waiter.done(); reject(error); },
        done: () => { clearTimeout(timer); this.waiters.delete(waiter); },
      };
      const timer = setTimeout(() => waiter.fail(new Error(
        `No ${type} within ${timeout} ms; seen: ${this.events.slice(-15).map((e) => `${e.type} ${JSON.stringify(e.payload)}`.slice(0, 160)).join('\n  ')}`)), timeout);
      this.waiters.add(waiter);
    });
  }

  send(type, payload = {}) { this.socket.send(JSON.stringify({ type, payload })); }

  /** Stops reading at the TCP level: a dashboard that hangs. */
  stall() { this.socket._socket.pause(); }

  close() {
    this.socket.close();
    return this.closed;
  }
}

const opened = (socket) => new Promise((resolve, reject) => {
  socket.once('open', resolve);
  socket.once('unexpected-response', (_, answer) => {
    reject(Object.assign(new Error(`WebSocket refused: ${answer.statusCode}`), { status: answer.statusCode }));
  });
  socket.once('error', reject);
});

/**
 * The native door (subprotocol evs.v1, single-use ticket). `door.hello` is the first frame: hello with the snapshot,
 * resumed, or reset. Afterwards `door.offset` follows the log; `door.gaps` lists every offset that did not follow.
 */
export async function openNative(session, { epoch, offset, origin, ticket } = {}) {
  ticket ??= (await session.post('/auth/ws-ticket')).ticket;
  const query = epoch === undefined ? '' : `?epoch=${encodeURIComponent(epoch)}&offset=${offset}`;
  const socket = new WebSocket(`${session.base.replace('http', 'ws')}/api/ws${query}`, ['evs.v1', `ticket.${ticket}`],
    origin ? { origin } : {});
  const door = Object.assign(new Door(socket), { epoch, offset, gaps: [], snapshot: null, hello: null });
  const first = new Promise((resolve) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString());
      if (Array.isArray(frame)) {
        for (const event of frame) {
          // Offsets are the log's: one may be skipped when this role does not see that event, none may come twice.
          if (event.offset !== undefined) {
            if (door.offset !== undefined && event.offset <= door.offset) door.gaps.push([door.offset, event.offset]);
            door.offset = event.offset;
          }
          door.take(event);
        }
        return;
      }
      if (['hello', 'resumed', 'reset'].includes(frame.type)) {
        door.epoch = frame.epoch ?? door.epoch;
        if (frame.type !== 'resumed') door.offset = frame.offset ?? door.offset;
        door.snapshot = frame.snapshot ?? door.snapshot;
        door.hello = frame;
        resolve();
      } else {
        door.take(frame);
      }
    });
  });
  await opened(socket);
  await Promise.race([first, door.closed.then(({ code }) => { throw new Error(`closed with ${code} before the first frame`); })]);
  return door;
}

/** The compatibility door: /api/?token=..., one {"type", "payload"} a frame. */
export async function openCompat(session, { origin, token = session.token } = {}) {
  const socket = new WebSocket(`${session.base.replace('http', 'ws')}/api/?token=${encodeURIComponent(token)}`, origin ? { origin } : {});
  const door = new Door(socket);
  socket.on('message', (data) => door.take(JSON.parse(data.toString())));
  await opened(socket);
  return door;
}
