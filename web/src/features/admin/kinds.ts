import type { CollectionName } from '@/stores/directory-state';
import type { Draft } from './editor-state';

/** A kind of object that is administered: where it lives on the server, in the store and in the address bar. */
export interface Kind {
  /** Name in the texts: admin.<name>. */
  name: 'user' | 'site' | 'trunk' | 'did' | 'queue' | 'campaign';
  /** REST path. */
  path: string;
  collection: CollectionName;
  /** Page that lists them. */
  home: string;
  /** The fields of the form, with what a new one begins with (the server's own defaults). */
  blank: Draft;
  /** Go in, never come out; an empty one is not sent. */
  secrets?: readonly string[];
  /** May not be empty. */
  required: readonly string[];
  /** Numbers that may not be left empty. */
  numbers?: readonly string[];
}

export const userKind: Kind = {
  name: 'user', path: '/users', collection: 'users', home: '/utilisateurs', secrets: ['password'], required: ['loginId', 'role'],
  blank: {
    loginId: '', firstName: '', lastName: '', email: null, role: 'Agent', isActive: true, siteId: null, agentProfileId: null,
    extension: null, mobileNumber: null, useMobileAsStation: false, planningEnabled: false, campaignIds: [], skills: [], password: '',
  },
};

export const siteKind: Kind = {
  name: 'site', path: '/sites', collection: 'sites', home: '/telephonie/sites', required: ['name'],
  blank: { name: '', ipAddress: null, timezone: 'Europe/Paris', directMediaEnabled: false, physicalExtensions: [] },
};

export const trunkKind: Kind = {
  name: 'trunk', path: '/trunks', collection: 'trunks', home: '/telephonie/trunks', secrets: ['password'], required: ['name', 'domain'],
  blank: {
    name: '', domain: '', siteId: null, authType: 'ip', login: null, password: '', registerString: null, dialPattern: '',
    inboundContext: 'evs-from-trunk', forceCallerId: null, channelLimit: null, callsPerSecond: null, failoverTrunkId: null,
  },
};

export const didKind: Kind = {
  name: 'did', path: '/dids', collection: 'dids', home: '/telephonie/numeros', required: ['number'],
  blank: { number: '', description: '', trunkId: null, queueId: null, ivrFlowId: null },
};

export const queueKind: Kind = {
  name: 'queue', path: '/queues', collection: 'queues', home: '/files', required: ['name'],
  numbers: ['priority', 'maxWait', 'ringTimeout', 'wrapUpTime'],
  blank: {
    name: '', strategy: 'longest_idle', priority: 0, memberIds: [], skills: [], maxWait: 0, ringTimeout: 20, wrapUpTime: 10,
    serviceLevelTarget: { percent: 80, seconds: 20 }, overflow: null, announcePosition: false, callbackOffered: false,
    recordingEnabled: false, musicId: null,
  },
};

export const campaignKind: Kind = {
  name: 'campaign', path: '/campaigns', collection: 'campaigns', home: '/campagnes', required: ['name'],
  numbers: ['priority', 'maxAbandonRate', 'paceFactor', 'minAgentsBeforeStart', 'retryAttempts', 'amdConfidence', 'maxRingDuration', 'wrapUpTime',
    'maxCallDuration', 'unlockTimeoutMinutes'],
  blank: {
    name: '', description: '', callerId: '', scriptId: null, qualificationGroupId: null, assignedUserIds: [], dialingMode: 'MANUAL',
    priority: 0, timezone: 'Europe/Paris', schedule: [], maxAbandonRate: 3, paceFactor: 1.2, minAgentsBeforeStart: 1, retryAttempts: 3,
    retryIntervals: [30, 60, 120], retryOnStatus: [], amdEnabled: true, amdConfidence: 80, voicemailAction: 'HANGUP',
    recordingEnabled: true, recordingBeep: true, maxRingDuration: 25, wrapUpTime: 10, maxCallDuration: 3600, quotasEnabled: false,
    quotaRules: [], filterRules: [], unlockTimeoutsEnabled: false, unlockTimeoutMinutes: 15, complianceProfile: 'FR',
  },
};

/** Address segment of the form for one that does not exist yet. */
export const newId = 'nouveau';

/** The form's part of an object; what it lacks is as in a new one. Secrets are always empty. */
export function draftOf(kind: Kind, object: object): Draft {
  const from = object as Record<string, unknown>;
  return Object.fromEntries(Object.entries(kind.blank).map(([name, blank]) => [name, kind.secrets?.includes(name) ? '' : from[name] ?? blank]));
}

/** Shortest password that the server takes. */
const shortestPassword = 8;

interface Sentences { required: string; email: string; password: string }

/** What can be told without asking the server; more is the server's business. */
export function mistakes(kind: Kind, draft: Draft, sentences: Sentences): Record<string, string> {
  const { email, password } = draft as { email?: string | null; password?: string };
  return {
    ...missing(kind, draft, sentences.required),
    ...(email && !/^[^\s@]+@[^\s@]+$/.test(email.trim()) ? { email: sentences.email } : {}),
    ...(kind === userKind && password && [...password].length < shortestPassword ? { password: sentences.password } : {}),
  };
}

function missing(kind: Kind, draft: Draft, sentence: string): Record<string, string> {
  const empty = (name: string) => { const value = draft[name]; return value === null || value === undefined || (typeof value === 'string' && value.trim() === ''); };
  return Object.fromEntries([...kind.required, ...(kind.numbers ?? [])].filter(empty).map((name) => [name, sentence]));
}
