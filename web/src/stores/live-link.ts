import type { ApplicationData, LiveEvent, User } from '@/lib/contract';
import { ApiError } from '@/lib/api-client';
import { EventBatcher } from '@/lib/event-batcher';
import { LiveClient, type Wire } from '@/lib/live-client';
import { needsReload } from './directory-state';
import { forgetLive, takeDirectory, takeEvents, takeSnapshot, takeStatus, useDirectory } from './live-store';
import { onReachAgain } from './reach-store';
import { api, forcedOut, takeOwnAccount, tokens } from './session-store';

function liveUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/ws`;
}

let live = false;
/** Events seen while the directory is on its way: its answer may be older than they are. */
let meanwhile: LiveEvent[] | undefined;
/** The last answer and its version: unchanged data is not sent again. */
let held: { data: ApplicationData; etag: string } | undefined;
let loading = false;
let wantedAgain = false;

async function loadDirectory(): Promise<void> {
  meanwhile = [];
  try {
    const { status, value, etag } = await api.read<ApplicationData>('/application-data', held?.etag);
    const data = status === 304 ? held?.data : value;
    if (!live || !data) return;
    if (status !== 304) held = etag ? { data, etag } : undefined;
    takeDirectory(data, meanwhile);
  } finally {
    meanwhile = undefined;
  }
}

/** One at a time; what is asked for meanwhile is looked at afterwards. */
function reloadDirectory(): void {
  if (loading) {
    wantedAgain = true;
    return;
  }
  loading = true;
  wantedAgain = false;
  loadDirectory().then(() => 0, (error: unknown) => {
    // The live state carries names, too; try again unless the session is over.
    if (error instanceof ApiError && error.status === 401) return undefined;
    return 5_000;
  }).then((pause) => {
    loading = false;
    if (pause === undefined || !live) return;
    if (wantedAgain) reloadDirectory();
    else if (pause > 0) setTimeout(() => { if (live) reloadDirectory(); }, pause);
  }).catch(() => undefined);
}

const batcher = new EventBatcher((events: LiveEvent[]) => {
  meanwhile?.push(...events);
  takeEvents(events);
  for (const { type, payload } of events) if (type === 'updateUser') takeOwnAccount(payload as User);
  if (needsReload(events)) reloadDirectory();
});

const client = new LiveClient({
  url: liveUrl(),
  ticket: async () => (await api.post<{ ticket: string }>('/auth/ws-ticket')).ticket,
  renewToken: () => tokens.renew(),
  open: (url, protocols) => new WebSocket(url, protocols) as unknown as Wire,
  // A snapshot starts anew: what was saved between the last load and it came with no event.
  onSnapshot: (snapshot) => { batcher.flush(); takeSnapshot(snapshot); reloadDirectory(); },
  onEvents: (events) => batcher.add(events),
  onStatus: takeStatus,
  onForcedLogout: forcedOut,
});

const hurry = () => { if (document.visibilityState === 'visible') client.hurry(); };
const networkBack = () => { client.replace(); client.hurry(); };

/** Connects the stores to the server for as long as somebody is signed in. */
export function startLive(): () => void {
  live = true;
  client.start();
  // The live link brings it; without one the pages still need their data.
  const patience = setTimeout(() => { if (!useDirectory.getState().loaded) reloadDirectory(); }, 3_000);
  const unwatch = onReachAgain(() => { client.hurry(); reloadDirectory(); });
  window.addEventListener('online', networkBack);
  document.addEventListener('visibilitychange', hurry);
  return () => {
    live = false;
    clearTimeout(patience);
    held = undefined;
    unwatch();
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
