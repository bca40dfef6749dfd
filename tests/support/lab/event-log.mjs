// What a phone or carrier saw, in order, each with its time: {type, at (ms since 1970), ...details}.
// Tests compare it with call_history and wait for what is still to come.

export class EventLog {
  events = [];
  #waiting = new Set();

  /** Notes an event; `at` defaults to now. */
  note(type, details = {}, at = Date.now()) {
    const event = { type, at, ...details };
    this.events.push(event);
    for (const waiter of [...this.#waiting]) waiter(event);
    return event;
  }

  /** Events of one type, oldest first. */
  all(type) {
    return this.events.filter((event) => event.type === type);
  }

  /**
   * The first event of that type (and for which `match` is true) at or after position `from` in the log; waits for it when it
   * has not happened yet. Rejects after timeoutMs with what was seen instead.
   */
  waitFor(type, timeoutMs = 5000, { match = () => true, from = 0 } = {}) {
    const fits = (event) => event.type === type && match(event);
    const seen = this.events.slice(from).find(fits);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
      };
      const waiter = (event) => {
        if (!fits(event)) return;
        done();
        resolve(event);
      };
      const timer = setTimeout(() => {
        done();
        const types = this.events.map((event) => event.type).join(', ');
        reject(new Error(`no "${type}" within ${timeoutMs} ms; seen: ${types || 'nothing'}`));
      }, timeoutMs);
      this.#waiting.add(waiter);
    });
  }
}
