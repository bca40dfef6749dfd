import { backoffDelay } from './backoff';
import { closeVerdict } from './close-codes';
import type { LiveEvent, Snapshot } from './contract';

/** online: in step with the server; offline: several attempts failed, still trying; stopped: will not come back by itself. */
export type ConnectionStatus = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'offline' | 'stopped';

/** The part of WebSocket that is used, so that tests can play it. */
export interface Wire {
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface LiveClientOptions {
  /** e.g. ws://host/api/ws */
  url: string;
  /** A single-use ticket; rejects when there is no way to get one now. */
  ticket: () => Promise<string>;
  /** Called before the next attempt when the server said that the token has expired. */
  renewToken: () => Promise<unknown>;
  open: (url: string, protocols: string[]) => Wire;
  onSnapshot: (snapshot: Snapshot) => void;
  onEvents: (events: LiveEvent[]) => void;
  onStatus: (status: ConnectionStatus, closeCode?: number) => void;
  onForcedLogout: (reason: string) => void;
  random?: () => number;
  setTimer?: (run: () => void, ms: number) => unknown;
  clearTimer?: (handle: unknown) => void;
}

interface ControlFrame { type?: string; epoch?: string; offset?: number; snapshot?: Snapshot; payload?: unknown }

const offlineAfter = 4;
/** A connection that has not said hello by then is given up. */
const helloWithin = 10_000;

/** The native live door: snapshot, then events in order, each once, across cuts. */
export class LiveClient {
  private wire: Wire | undefined;
  private epoch: string | undefined;
  private offset = -1;
  private attempt = 0;
  private running = false;
  private retry: unknown;
  private patience: unknown;
  private logoutReason = '';

  constructor(private readonly options: LiveClientOptions) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.options.onStatus('connecting');
    void this.connect();
  }

  /** For good: forgets the position, too. */
  stop(): void {
    this.running = false;
    this.epoch = undefined;
    this.offset = -1;
    this.cancel();
    this.discard();
    this.options.onStatus('idle');
  }

  /** Tries at once instead of waiting for the next attempt (network is back, page is visible again). */
  hurry(): void {
    if (!this.running || this.wire || this.retry === undefined) return;
    this.cancel();
    void this.connect();
  }

  /** Gives the present connection up and makes a new one (the network changed under it). */
  replace(): void {
    if (!this.running || !this.wire) return;
    this.discard();
    this.again();
  }

  /** False when there is no connection to send on. */
  send(type: string, payload: object = {}): boolean {
    if (!this.wire || this.patience !== undefined) return false;
    this.wire.send(JSON.stringify({ type, payload }));
    return true;
  }

  private async connect(): Promise<void> {
    let ticket: string;
    try {
      ticket = await this.options.ticket();
    } catch {
      this.again();
      return;
    }
    if (!this.running || this.wire) return;
    const at = this.epoch === undefined ? '' : `?epoch=${encodeURIComponent(this.epoch)}&offset=${this.offset}`;
    const wire = this.options.open(this.options.url + at, ['evs.v1', `ticket.${ticket}`]);
    this.wire = wire;
    this.patience = this.timer(() => { if (this.wire === wire) { this.discard(); this.again(); } }, helloWithin);
    wire.onmessage = ({ data }) => { if (this.wire === wire && typeof data === 'string') this.receive(data); };
    wire.onclose = ({ code, reason }) => { if (this.wire === wire) void this.closed(code, reason); };
  }

  private receive(text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (Array.isArray(frame)) this.events(frame as LiveEvent[]);
    else if (frame && typeof frame === 'object') this.control(frame as ControlFrame);
  }

  private control(frame: ControlFrame): void {
    switch (frame.type) {
      case 'reset':
        this.epoch = undefined;
        this.offset = -1;
        this.adopt(frame);
        return;
      case 'hello':
        this.adopt(frame);
        return;
      case 'resumed':
        this.inStep();
        return;
      default:
        if (frame.snapshot) this.adopt(frame);
        else if (frame.type) this.events([frame as LiveEvent]);
    }
  }

  private adopt(frame: ControlFrame): void {
    if (frame.epoch !== undefined) this.epoch = frame.epoch;
    if (frame.offset !== undefined) this.offset = frame.offset;
    if (!frame.snapshot) return;
    this.options.onSnapshot(frame.snapshot);
    this.inStep();
  }

  private inStep(): void {
    this.attempt = 0;
    if (this.patience !== undefined) this.untimer(this.patience);
    this.patience = undefined;
    this.options.onStatus('online');
  }

  private events(batch: LiveEvent[]): void {
    const fresh: LiveEvent[] = [];
    for (const event of batch) {
      if (!event || typeof event.type !== 'string') continue;
      if (event.offset !== undefined) {
        if (event.offset <= this.offset) continue;
        this.offset = event.offset;
      }
      if (event.type === 'forceLogout') {
        this.logoutReason = (event.payload as { reason?: string } | undefined)?.reason ?? '';
      } else fresh.push(event);
    }
    if (fresh.length > 0) this.options.onEvents(fresh);
  }

  private async closed(code: number, reason: string): Promise<void> {
    this.discard();
    switch (closeVerdict(code)) {
      case 'forced-logout':
        this.running = false;
        this.options.onStatus('stopped', code);
        this.options.onForcedLogout(this.logoutReason || reason);
        return;
      case 'stop':
        this.running = false;
        this.options.onStatus('stopped', code);
        return;
      case 'refresh-token':
        await this.options.renewToken().catch(() => undefined);
        this.again();
        return;
      case 'retry':
        this.again();
    }
  }

  private again(): void {
    if (!this.running) return;
    this.cancel();
    this.options.onStatus(this.attempt >= offlineAfter ? 'offline' : 'reconnecting');
    this.retry = this.timer(() => { this.retry = undefined; void this.connect(); }, backoffDelay(this.attempt++, this.options.random));
  }

  private discard(): void {
    if (this.patience !== undefined) this.untimer(this.patience);
    this.patience = undefined;
    const wire = this.wire;
    this.wire = undefined;
    if (!wire) return;
    wire.onmessage = null;
    wire.onclose = null;
    wire.close();
  }

  private cancel(): void {
    if (this.retry !== undefined) this.untimer(this.retry);
    this.retry = undefined;
  }

  private timer(run: () => void, ms: number): unknown {
    return (this.options.setTimer ?? ((f, d) => setTimeout(f, d)))(run, ms);
  }

  private untimer(handle: unknown): void {
    (this.options.clearTimer ?? ((h) => clearTimeout(h as ReturnType<typeof setTimeout>)))(handle);
  }
}
