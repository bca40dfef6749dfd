import type {
  EndedCall, LiveAgent, LiveCall, LiveCampaign, LiveEvent, LiveQueue, LiveTrunk, Snapshot,
} from '@/lib/contract';

/** The present state of everything that lives, keyed by id. Never changed in place: rows compare by identity. */
export interface LiveState {
  agents: Readonly<Record<string, LiveAgent>>;
  calls: Readonly<Record<string, LiveCall>>;
  queues: Readonly<Record<string, LiveQueue>>;
  trunks: Readonly<Record<string, LiveTrunk>>;
  campaigns: Readonly<Record<string, LiveCampaign>>;
  /** Newest first, at most `endedKept`. */
  ended: readonly EndedCall[];
  /** False until the first snapshot. */
  loaded: boolean;
}

export const endedKept = 50;

export const emptyLiveState: LiveState = {
  agents: {}, calls: {}, queues: {}, trunks: {}, campaigns: {}, ended: [], loaded: false,
};

function keyed<T>(list: readonly T[] | undefined, key: keyof T): Record<string, T> {
  const out: Record<string, T> = {};
  for (const item of list ?? []) out[String(item[key])] = item;
  return out;
}

/** A snapshot is the whole truth; only the list of ended calls survives it. */
export function applySnapshot(state: LiveState, snapshot: Snapshot, now: number): LiveState {
  const calls = keyed(snapshot.calls?.filter((call) => call.status !== 'ended'), 'callId');
  return {
    agents: keyed(snapshot.agents, 'agentId'),
    calls,
    queues: keyed(snapshot.queues?.map((queue) => ({ ...queue, receivedAt: now })), 'queueId'),
    trunks: keyed(snapshot.trunks, 'trunkId'),
    campaigns: keyed(snapshot.campaigns, 'campaignId'),
    ended: state.ended,
    loaded: true,
  };
}

type MapName = 'agents' | 'calls' | 'queues' | 'trunks' | 'campaigns';

/** A state being changed: each map is copied once, when first written. */
class Draft {
  readonly next: { -readonly [K in keyof LiveState]: LiveState[K] };
  private readonly copied = new Set<MapName>();

  constructor(private readonly before: LiveState) { this.next = { ...before }; }

  map<K extends MapName>(name: K): Record<string, LiveState[K][string]> {
    if (!this.copied.has(name)) {
      this.copied.add(name);
      (this.next[name] as Record<string, unknown>) = { ...this.before[name] };
    }
    return this.next[name] as Record<string, LiveState[K][string]>;
  }

  changed(): boolean { return this.copied.size > 0 || this.next.ended !== this.before.ended; }
}

interface Versioned { version?: number }

/** Only a lower or equal version is old news; a missing one cannot be compared and is taken. */
function isNews(known: Versioned | undefined, update: Versioned): boolean {
  return known?.version === undefined || update.version === undefined || update.version > known.version;
}

function upsert<K extends MapName>(draft: Draft, name: K, id: string | undefined, update: LiveState[K][string]): void {
  if (!id) return;
  const known = draft.next[name][id] as LiveState[K][string] | undefined;
  if (!isNews(known, update)) return;
  draft.map(name)[id] = { ...known, ...update };
}

function remove(draft: Draft, name: MapName, id: string | undefined): void {
  if (id && id in draft.next[name]) delete draft.map(name)[id];
}

/** agentStatusUpdate says all of the state; what it leaves out of these is over. */
function agentUpdate(draft: Draft, update: LiveAgent): void {
  const cleared = { callId: null, reason: null, campaignId: null, pendingStatus: null, wrapUpUntil: null };
  upsert(draft, 'agents', update.agentId, { ...cleared, ...update });
}

function startCall(draft: Draft, call: LiveCall): void {
  if (draft.next.ended.some((ended) => ended.callId === call.callId)) return;
  upsert(draft, 'calls', call.callId, call);
}

function changeCall(draft: Draft, change: LiveCall, now: number): void {
  const known = draft.next.calls[change.callId];
  // A change of a call that we have not been shown is not ours to draw.
  if (!known || !isNews(known, change)) return;
  const entered = change.status !== undefined && change.status !== known.status && change.since === undefined
    ? { since: new Date(now).toISOString() } : {};
  // Nobody is in charge of a call that is back in the line, whether the change says so or leaves it out.
  const free = change.status === 'queued' || change.status === 'offered' ? { agentId: null } : {};
  draft.map('calls')[change.callId] = { ...known, ...entered, ...free, ...change };
}

function endCall(draft: Draft, end: EndedCall, now: number): void {
  const known = draft.next.calls[end.callId];
  remove(draft, 'calls', end.callId);
  if (draft.next.ended.some((ended) => ended.callId === end.callId)) return;
  const record: EndedCall = { ...known, ...end, status: 'ended', endedAt: now };
  draft.next.ended = [record, ...draft.next.ended].slice(0, endedKept);
}

function applyEvent(draft: Draft, event: LiveEvent, now: number): void {
  const payload = event.payload as Record<string, unknown> | undefined;
  if (!payload || typeof payload !== 'object') return;
  switch (event.type) {
    case 'agentStatusUpdate': return agentUpdate(draft, payload as unknown as LiveAgent);
    case 'newCall': return startCall(draft, payload as unknown as LiveCall);
    case 'callUpdate': return changeCall(draft, payload as unknown as LiveCall, now);
    case 'callHangup': return endCall(draft, payload as unknown as EndedCall, now);
    case 'queueUpdate': {
      const queue = payload as unknown as LiveQueue;
      return upsert(draft, 'queues', queue.queueId, { oldestSince: null, ...queue, receivedAt: now });
    }
    case 'trunkUpdate': {
      const trunk = payload as unknown as LiveTrunk;
      return upsert(draft, 'trunks', trunk.trunkId, trunk);
    }
    case 'campaignStatsUpdate': {
      const campaign = payload as unknown as LiveCampaign;
      return upsert(draft, 'campaigns', campaign.campaignId, campaign);
    }
    case 'agentRemoved': return remove(draft, 'agents', payload.agentId as string);
    case 'queueRemoved': return remove(draft, 'queues', payload.queueId as string);
    case 'trunkRemoved': return remove(draft, 'trunks', payload.trunkId as string);
    case 'campaignRemoved': return remove(draft, 'campaigns', payload.campaignId as string);
    case 'deleteUser': return remove(draft, 'agents', payload.id as string);
    case 'deleteQueue': return remove(draft, 'queues', payload.id as string);
    case 'deleteTrunk': return remove(draft, 'trunks', payload.id as string);
    case 'deleteCampaign': return remove(draft, 'campaigns', payload.id as string);
    default: // Other events are another store's, or newer than this page.
  }
}

/** A batch in one step; the same object comes back when nothing changed. `now`: server clock, ms. */
export function applyEvents(state: LiveState, events: readonly LiveEvent[], now: number): LiveState {
  const draft = new Draft(state);
  for (const event of events) applyEvent(draft, event, now);
  return draft.changed() ? draft.next : state;
}
