import type { LiveEvent } from './contract';

/** Collects frames for a moment so that a busy minute costs the page ten updates a second, not fifty. Keeps order. */
export class EventBatcher {
  private waiting: LiveEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly deliver: (events: LiveEvent[]) => void, private readonly everyMs = 90) {}

  add(events: readonly LiveEvent[]): void {
    this.waiting.push(...events);
    this.timer ??= setTimeout(() => this.flush(), this.everyMs);
  }

  flush(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.length === 0) return;
    const events = this.waiting;
    this.waiting = [];
    this.deliver(events);
  }

  /** Forgets what waits. */
  clear(): void {
    this.waiting = [];
    this.flush();
  }
}
