/** The server's clock as seen from here, and one tick a second shared by every running timer of the page. */
let offsetMs = 0;
let precise = false;

/** `precise`: from a live snapshot; a Date header (whole seconds) never overrides it. */
export function noteServerTime(serverMs: number, isPrecise: boolean, localMs = Date.now()): void {
  if (!Number.isFinite(serverMs) || (precise && !isPrecise)) return;
  precise = precise || isPrecise;
  offsetMs = serverMs - localMs;
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

type Listener = () => void;
const listeners = new Set<Listener>();
let current = serverNow();
let timer: ReturnType<typeof setTimeout> | undefined;

function tick(): void {
  current = serverNow();
  listeners.forEach((listener) => listener());
  timer = setTimeout(tick, 1000 - (current % 1000));
}

/** Ticks only while somebody listens. */
export function subscribeTick(listener: Listener): () => void {
  listeners.add(listener);
  if (timer === undefined) tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== undefined) {
      clearTimeout(timer);
      timer = undefined;
    }
  };
}

export function tickNow(): number {
  return current;
}
