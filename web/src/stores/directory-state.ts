import type { ApplicationData, Campaign, LiveEvent, Queue, Site, Trunk, User } from '@/lib/contract';

/** Names and settings of what the live state only knows by id. */
export interface DirectoryState {
  users: Readonly<Record<string, User>>;
  sites: Readonly<Record<string, Site>>;
  queues: Readonly<Record<string, Queue>>;
  trunks: Readonly<Record<string, Trunk>>;
  campaigns: Readonly<Record<string, Campaign>>;
}

export const emptyDirectory: DirectoryState = { users: {}, sites: {}, queues: {}, trunks: {}, campaigns: {} };

function byId<T extends { id: string }>(list: readonly T[] | undefined): Record<string, T> {
  return Object.fromEntries((list ?? []).map((item) => [item.id, item]));
}

export function directoryOf(data: ApplicationData): DirectoryState {
  return {
    users: byId(data.users),
    sites: byId(data.sites),
    queues: byId(data.queues),
    trunks: byId(data.trunks),
    campaigns: byId(data.campaigns),
  };
}

const saved: Record<string, keyof DirectoryState> = {
  newUser: 'users', updateUser: 'users',
  newSite: 'sites', updateSite: 'sites',
  newQueue: 'queues', updateQueue: 'queues',
  newTrunk: 'trunks', updateTrunk: 'trunks',
  campaignUpdate: 'campaigns',
};

const deleted: Record<string, keyof DirectoryState> = {
  deleteUser: 'users', deleteSite: 'sites', deleteQueue: 'queues', deleteTrunk: 'trunks', deleteCampaign: 'campaigns',
};

function applyOne(state: DirectoryState, event: LiveEvent): DirectoryState {
  const payload = event.payload as { id?: string } | undefined;
  const id = payload?.id;
  if (!id) return state;
  const into = saved[event.type];
  if (into) return { ...state, [into]: { ...state[into], [id]: { ...state[into][id], ...payload } } };
  const from = deleted[event.type];
  if (!from || !(id in state[from])) return state;
  const rest: Record<string, unknown> = { ...state[from] };
  delete rest[id];
  return { ...state, [from]: rest };
}

/** The same object comes back when nothing changed. */
export function applyDirectoryEvents(state: DirectoryState, events: readonly LiveEvent[]): DirectoryState {
  return events.reduce(applyOne, state);
}

/** Events after which only a new look at the whole tells what changed. */
export function needsReload(events: readonly LiveEvent[]): boolean {
  return events.some((event) => event.type === 'usersBulkUpdate');
}
