import type {
  ApplicationData, Campaign, Did, Job, LiveEvent, Named, Qualification, Queue, Site, Trunk, User,
} from '@/lib/contract';
import { same } from '@/lib/equal';

type ById<T> = Readonly<Record<string, T>>;

/** What is saved on the server, by id, kept right by its data events. Never changed in place: rows compare by identity. */
export interface DirectoryState {
  users: ById<User>;
  userGroups: ById<Named>;
  savedScripts: ById<Named>;
  campaigns: ById<Campaign>;
  qualifications: ById<Qualification>;
  qualificationGroups: ById<Named>;
  ivrFlows: ById<Named>;
  audioFiles: ById<Named>;
  trunks: ById<Trunk>;
  dids: ById<Did>;
  sites: ById<Site>;
  activityTypes: ById<Named>;
  agentProfiles: ById<Named>;
  queues: ById<Queue>;
  skills: ById<Named>;
  /** Imports and the like that told of their progress. */
  jobs: ById<Job>;
  appSettings: Readonly<Record<string, unknown>>;
  moduleVisibility: Readonly<Record<string, unknown>>;
  /** How often contacts of a campaign were told to have changed: who shows figures of them asks again. */
  contactChanges: Readonly<Record<string, number>>;
  /** How often users were told to have changed: lists that the server pages ask again. */
  userChanges: number;
  /** "users/user-1": place in the event log of the last news of it. Older news is no news; it outlives the object. */
  marks: Readonly<Record<string, number>>;
  /** False until the first application data. */
  loaded: boolean;
}

type Collections = Omit<DirectoryState, 'appSettings' | 'moduleVisibility' | 'contactChanges' | 'userChanges' | 'marks' | 'loaded'>;
export type CollectionName = keyof Collections;
type SavedName = Exclude<CollectionName, 'jobs'>;

export const emptyDirectory: DirectoryState = {
  users: {}, userGroups: {}, savedScripts: {}, campaigns: {}, qualifications: {}, qualificationGroups: {}, ivrFlows: {},
  audioFiles: {}, trunks: {}, dids: {}, sites: {}, activityTypes: {}, agentProfiles: {}, queues: {}, skills: {}, jobs: {},
  appSettings: {}, moduleVisibility: {}, contactChanges: {}, userChanges: 0, marks: {}, loaded: false,
};

const savedNames: readonly SavedName[] = [
  'users', 'userGroups', 'savedScripts', 'campaigns', 'qualifications', 'qualificationGroups', 'ivrFlows', 'audioFiles', 'trunks',
  'dids', 'sites', 'activityTypes', 'agentProfiles', 'queues', 'skills',
];

/** new/update/delete + this; the contract's irregular ones are added below. */
const eventNouns: Partial<Record<string, SavedName>> = {
  User: 'users', Group: 'userGroups', AgentProfile: 'agentProfiles', Campaign: 'campaigns', Script: 'savedScripts', IvrFlow: 'ivrFlows',
  AudioFile: 'audioFiles', Site: 'sites', Trunk: 'trunks', Did: 'dids', Qualification: 'qualifications',
  QualificationGroup: 'qualificationGroups', Queue: 'queues', Skill: 'skills', ActivityType: 'activityTypes',
};

interface Meaning { into: CollectionName; gone: boolean }

function meaningOf(type: string): Meaning | undefined {
  if (type === 'campaignUpdate') return { into: 'campaigns', gone: false };
  if (type === 'jobUpdate') return { into: 'jobs', gone: false };
  const parts = /^(new|update|delete)([A-Z]\w*)$/.exec(type);
  const into = parts ? eventNouns[parts[2] ?? ''] : undefined;
  return parts && into ? { into, gone: parts[1] === 'delete' } : undefined;
}

function byId<T extends { id: string }>(list: readonly T[] | undefined, known: ById<T>): ById<T> {
  const next: Record<string, T> = {};
  let changed = Object.keys(known).length !== (list?.length ?? 0);
  for (const item of list ?? []) {
    const before = known[item.id];
    const kept = before && same(before, item) ? before : item;
    changed ||= kept !== before;
    next[item.id] = kept;
  }
  return changed ? next : known;
}

/** The whole truth anew; what did not change stays the same object. Skills are kept where the data has none of them. */
export function directoryOf(data: ApplicationData, before: DirectoryState = emptyDirectory): DirectoryState {
  const state = { ...before, marks: {}, loaded: true, userChanges: before.userChanges + 1 } as Record<string, unknown>;
  for (const name of savedNames) {
    if (name === 'skills' && !data.skills) continue;
    state[name] = byId(data[name] as { id: string }[] | undefined, before[name] as ById<{ id: string }>);
  }
  state.appSettings = data.appSettings ?? {};
  state.moduleVisibility = data.moduleVisibility ?? {};
  return state as unknown as DirectoryState;
}

const finished = (job: Job | undefined) => job?.state === 'done' || job?.state === 'failed';

/** An end is one: the answer to an older question does not start a job again. */
function mergeJob(known: Job | undefined, news: Job): Job {
  return known && finished(known) && !finished(news) ? known : { ...known, ...news };
}

type Payload = Record<string, unknown> & { id: string };

function put(state: DirectoryState, into: CollectionName, payload: Payload): DirectoryState {
  const known = state[into][payload.id] as Payload | undefined;
  const next = into === 'jobs' ? mergeJob(known as Job | undefined, payload as Job) : { ...known, ...payload };
  if (known && same(known, next)) return state;
  return { ...state, [into]: { ...state[into], [payload.id]: next }, ...(into === 'users' ? { userChanges: state.userChanges + 1 } : {}) };
}

function drop(state: DirectoryState, from: CollectionName, id: string): DirectoryState {
  if (!(id in state[from])) return state;
  const rest: Record<string, unknown> = { ...state[from] };
  delete rest[id];
  return { ...state, [from]: rest, ...(from === 'users' ? { userChanges: state.userChanges + 1 } : {}) };
}

function applyObject(state: DirectoryState, { into, gone }: Meaning, payload: Payload, offset: number | undefined): DirectoryState {
  const mark = `${into}/${payload.id}`;
  const last = state.marks[mark];
  if (offset !== undefined && last !== undefined && offset <= last) return state;
  const next = gone ? drop(state, into, payload.id) : put(state, into, payload);
  return offset === undefined ? next : { ...next, marks: { ...next.marks, [mark]: offset } };
}

function applySettings(state: DirectoryState, payload: Record<string, unknown>): DirectoryState {
  const { appSettings, moduleVisibility } = payload as Partial<DirectoryState>;
  if (!appSettings && !moduleVisibility) return state;
  return {
    ...state,
    ...(appSettings ? { appSettings: { ...state.appSettings, ...appSettings } } : {}),
    ...(moduleVisibility ? { moduleVisibility: { ...state.moduleVisibility, ...moduleVisibility } } : {}),
  };
}

function applyOne(state: DirectoryState, event: LiveEvent): DirectoryState {
  if (typeof event.payload !== 'object' || event.payload === null) return state;
  const payload = event.payload as Payload & { campaignId?: string | null };
  const meaning = meaningOf(event.type);
  if (meaning) return typeof payload.id === 'string' && payload.id ? applyObject(state, meaning, payload, event.offset) : state;
  if (event.type === 'settingsUpdate') return applySettings(state, payload);
  if (event.type === 'contactUpdate' && payload.campaignId) {
    const { campaignId } = payload;
    return { ...state, contactChanges: { ...state.contactChanges, [campaignId]: (state.contactChanges[campaignId] ?? 0) + 1 } };
  }
  return state;
}

/** The same object comes back when nothing changed. News that comes twice, or too late, does no harm. */
export function applyDirectoryEvents(state: DirectoryState, events: readonly LiveEvent[]): DirectoryState {
  return events.reduce(applyOne, state);
}

/** What a request of our own brought, ahead of its event. */
export function withObject(state: DirectoryState, into: CollectionName, object: { id: string }): DirectoryState {
  return put(state, into, object as Payload);
}

export function withoutObject(state: DirectoryState, from: CollectionName, id: string): DirectoryState {
  return drop(state, from, id);
}

/** Events after which only a new look at the whole tells what changed. */
export function needsReload(events: readonly LiveEvent[]): boolean {
  return events.some((event) => event.type === 'usersBulkUpdate' || event.type === 'qualificationsUpdated');
}
