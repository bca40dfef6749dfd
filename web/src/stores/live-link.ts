import type { ApplicationData, LiveEvent } from '@/lib/contract';
import { ApiError } from '@/lib/api-client';
import { EventBatcher } from '@/lib/event-batcher';
import { LiveClient, type Wire } from '@/lib/live-client';
import { needsReload } from './directory-state';
import { forgetLive, takeDirectory, takeEvents, takeSnapshot, takeStatus } from './live-store';
import { api, forcedOut, tokens } from './session-store';

function liveUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/ws`;
}

let live = false;
/** Events seen while the directory is on its way: its answer may be older than they are. */
let meanwhile: LiveEvent[] | undefined;

async function loadDirectory(): Promise<void> {
  meanwhile = [];
  try {
    const data = await api.get<ApplicationData>('/application-data');
    if (live) takeDirectory(data, meanwhile);
  } finally {
    meanwhile = undefined;
  }
}

function reloadDirectory(): void {
  loadDirectory().catch((error: unknown) => {
    // The live state carries names, too; try again unless the session is over.
    if (error instanceof ApiError && error.status === 401) return;
    setTimeout(() => { if (live) reloadDirectory(); }, 5_000);
  });
}

const batcher = new EventBatcher((events: LiveEvent[]) => {
  meanwhile?.push(...events);
  takeEvents(events);
  if (needsReload(events)) reloadDirectory();
});

const client = new LiveClient({
  url: liveUrl(),
  ticket: async () => (await api.post<{ ticket: string }>('/auth/ws-ticket')).ticket,
  renewToken: () => tokens.renew(),
  open: (url, protocols) => new WebSocket(url, protocols) as unknown as Wire,
  onSnapshot: (snapshot) => { batcher.flush(); takeSnapshot(snapshot); },
  onEvents: (events) => batcher.add(events),
  onStatus: takeStatus,
  onForcedLogout: forcedOut,
});

const hurry = () => { if (document.visibilityState === 'visible') client.hurry(); };
const networkBack = () => { client.replace(); client.hurry(); };

/** Connects the stores to the server for as long as somebody is signed in. */
export function startLive(): () => void {
  live = true;
  reloadDirectory();
  client.start();
  window.addEventListener('online', networkBack);
  document.addEventListener('visibilitychange', hurry);
  return () => {
    live = false;
    window.removeEventListener('online', networkBack);
    document.removeEventListener('visibilitychange', hurry);
    client.stop();
    batcher.clear();
    forgetLive();
  };
}

/** False when there is no connection to send on. */
export function sendLive(type: string, payload?: object): boolean {
  return client.send(type, payload);
}

export function retryLive(): void {
  client.start();
  client.hurry();
}
