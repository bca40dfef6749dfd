import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent, Snapshot } from './contract';
import { LiveClient, type ConnectionStatus, type Wire } from './live-client';

class FakeWire implements Wire {
  onmessage: Wire['onmessage'] = null;
  onclose: Wire['onclose'] = null;
  sent: string[] = [];
  closedByUs = false;
  constructor(readonly url: string, readonly protocols: string[]) {}
  send(text: string) { this.sent.push(text); }
  close() { this.closedByUs = true; }
  say(frame: unknown) { this.onmessage?.({ data: JSON.stringify(frame) }); }
  cut(code = 1006, reason = '') { this.onclose?.({ code, reason }); }
}

let wires: FakeWire[], timers: { run: () => void; ms: number }[];
let snapshots: Snapshot[], events: LiveEvent[], statuses: ConnectionStatus[], logouts: string[];
let ticket: () => Promise<string>, renewToken: () => Promise<unknown>;
let client: LiveClient;

const wire = () => wires[wires.length - 1]!;
const settle = async () => { for (let i = 0; i < 8; i++) await Promise.resolve(); };
const hello = (offset = 10) => ({ type: 'hello', epoch: 'e1', offset, snapshot: { agents: [] } });

/** Runs the timer that waits longest for its turn (the retry; the patience timer is cancelled by then). */
async function runTimer() {
  timers.pop()?.run();
  await settle();
}

beforeEach(async () => {
  wires = []; timers = []; snapshots = []; events = []; statuses = []; logouts = [];
  ticket = vi.fn(() => Promise.resolve('t1'));
  renewToken = vi.fn(() => Promise.resolve());
  client = new LiveClient({
    url: 'ws://host/api/ws',
    ticket: () => ticket(), renewToken: () => renewToken(),
    open: (url, protocols) => { const made = new FakeWire(url, protocols); wires.push(made); return made; },
    onSnapshot: (snapshot) => snapshots.push(snapshot), onEvents: (batch) => events.push(...batch),
    onStatus: (status) => statuses.push(status), onForcedLogout: (reason) => logouts.push(reason),
    random: () => 0,
    setTimer: (run, ms) => { const timer = { run, ms }; timers.push(timer); return timer; },
    clearTimer: (handle) => { timers = timers.filter((timer) => timer !== handle); },
  });
  client.start();
  await settle();
});

it('opens with the ticket as a subprotocol and nothing secret in the URL', () => {
  expect(wire().url).toBe('ws://host/api/ws');
  expect(wire().protocols).toEqual(['evs.v1', 'ticket.t1']);
});

it('is online once the snapshot is there', () => {
  expect(statuses).toEqual(['connecting']);
  wire().say(hello());
  expect(snapshots).toEqual([{ agents: [] }]);
  expect(statuses).toEqual(['connecting', 'online']);
});

it('delivers each event once, in order, and stands gaps left by events for others', () => {
  wire().say(hello(10));
  wire().say([{ offset: 11, type: 'a' }, { offset: 14, type: 'b' }]);
  wire().say([{ offset: 14, type: 'b' }, { offset: 15, type: 'c' }]);
  wire().say([]);
  expect(events.map((event) => event.type)).toEqual(['a', 'b', 'c']);
});

it('stands frames that are no JSON, and single events of no offset', () => {
  wire().say(hello());
  wire().onmessage?.({ data: '{broken' });
  wire().say({ type: 'error', payload: { error: 'non' } });
  expect(events.map((event) => event.type)).toEqual(['error']);
});

describe('after a cut', () => {
  beforeEach(() => {
    wire().say(hello(10));
    wire().say([{ offset: 11, type: 'a' }]);
  });

  it('comes back at the position it had reached, and takes what it missed', async () => {
    wire().cut();
    expect(statuses.at(-1)).toBe('reconnecting');
    await runTimer();
    expect(wire().url).toBe('ws://host/api/ws?epoch=e1&offset=11');
    wire().say({ type: 'resumed', epoch: 'e1', offset: 13 });
    wire().say([{ offset: 12, type: 'b' }, { offset: 13, type: 'c' }]);
    expect(events.map((event) => event.type)).toEqual(['a', 'b', 'c']);
    expect(snapshots).toHaveLength(1);
    expect(statuses.at(-1)).toBe('online');
  });

  it('starts over when the log no longer reaches back', async () => {
    wire().cut();
    await runTimer();
    wire().say({ type: 'reset' });
    wire().say({ type: 'hello', epoch: 'e2', offset: 3, snapshot: { calls: [] } });
    wire().say([{ offset: 4, type: 'd' }]);
    expect(snapshots).toEqual([{ agents: [] }, { calls: [] }]);
    expect(events.at(-1)?.type).toBe('d');
    wire().cut();
    await runTimer();
    expect(wire().url).toBe('ws://host/api/ws?epoch=e2&offset=4');
  });

  it('takes a snapshot inside the reset frame as well', async () => {
    wire().cut();
    await runTimer();
    wire().say({ type: 'reset', epoch: 'e3', offset: 0, snapshot: { queues: [] } });
    expect(snapshots.at(-1)).toEqual({ queues: [] });
    expect(statuses.at(-1)).toBe('online');
  });

  it('waits longer each time, says offline after a while, and forgives once back', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      wire().cut();
      waits.push(timers.at(-1)?.ms ?? -1);
      await runTimer();
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 7500]);
    expect(statuses.at(-1)).toBe('offline');
    wire().say({ type: 'resumed' });
    wire().cut();
    expect(timers.at(-1)?.ms).toBe(250);
    expect(statuses.at(-1)).toBe('reconnecting');
  });

  it('keeps trying while there is no ticket to be had', async () => {
    ticket = () => Promise.reject(new Error('server away'));
    wire().cut();
    await runTimer();
    expect(wires).toHaveLength(1);
    expect(timers).toHaveLength(1);
    ticket = () => Promise.resolve('t2');
    await runTimer();
    expect(wire().protocols[1]).toBe('ticket.t2');
  });

  it('gives a connection up that never says hello', async () => {
    wire().cut();
    await runTimer();
    const mute = wire();
    await runTimer();
    expect(mute.closedByUs).toBe(true);
    expect(statuses.at(-1)).toBe('reconnecting');
  });

  it('tries at once when told to hurry', async () => {
    wire().cut();
    client.hurry();
    await settle();
    expect(wires).toHaveLength(2);
    client.hurry();
    await settle();
    expect(wires).toHaveLength(2);
  });
});

describe('close codes', () => {
  beforeEach(() => wire().say(hello()));

  it.each([1001, 1006, 1012, 3000, 3499, 4000, 4008, 4009, 4499])('%i comes back', (code) => {
    wire().cut(code);
    expect(timers).toHaveLength(1);
  });

  it.each([3500, 3999, 4500, 4999])('%i does not', (code) => {
    wire().cut(code);
    expect(timers).toHaveLength(0);
    expect(statuses.at(-1)).toBe('stopped');
  });

  it('4001 ends the session and says why', () => {
    wire().say([{ type: 'forceLogout', payload: { reason: 'newer_login' } }]);
    wire().cut(4001);
    expect(logouts).toEqual(['newer_login']);
    expect(timers).toHaveLength(0);
    expect(events).toEqual([]);
  });

  it('4003 gets a new token first', async () => {
    wire().cut(4003);
    await settle();
    expect(renewToken).toHaveBeenCalledOnce();
    expect(timers).toHaveLength(1);
  });
});

it('sends only while in step', () => {
  expect(client.send('agentRaisedHand')).toBe(false);
  wire().say(hello());
  expect(client.send('agentRaisedHand')).toBe(true);
  expect(JSON.parse(wire().sent[0]!)).toEqual({ type: 'agentRaisedHand', payload: {} });
});

it('is quiet after stop', async () => {
  wire().say(hello());
  const last = wire();
  client.stop();
  last.cut();
  await settle();
  expect(last.closedByUs).toBe(true);
  expect(timers).toHaveLength(0);
  expect(statuses.at(-1)).toBe('idle');
});
