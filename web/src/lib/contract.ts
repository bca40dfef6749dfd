/** What the server sends, as far as this page uses it. Every field beyond the ids may be missing. */

export type Role = 'Agent' | 'Superviseur' | 'Administrateur' | 'SuperAdmin';

export interface User {
  id: string;
  loginId: string;
  firstName: string;
  lastName: string;
  role: Role;
  siteId?: string | null;
  extension?: string | null;
  isActive?: boolean;
  email?: string | null;
  campaignIds?: string[];
  agentProfileId?: string | null;
  mobileNumber?: string | null;
  useMobileAsStation?: boolean;
  planningEnabled?: boolean;
  skills?: { skillId: string; level: number }[];
}

export interface Named { id: string; name: string }

export interface PhysicalExtension { number: string; directMediaEnabled: boolean }

export interface Site extends Named {
  ipAddress?: string | null;
  timezone?: string | null;
  directMediaEnabled?: boolean;
  physicalExtensions?: PhysicalExtension[];
}

export interface Trunk extends Named {
  siteId?: string | null;
  domain?: string;
  login?: string | null;
  authType?: 'register' | 'ip';
  registerString?: string | null;
  dialPattern?: string;
  inboundContext?: string;
  forceCallerId?: string | null;
  channelLimit?: number | null;
  callsPerSecond?: number | null;
  failoverTrunkId?: string | null;
}

export interface Did {
  id: string;
  number: string;
  description?: string;
  trunkId?: string | null;
  ivrFlowId?: string | null;
  queueId?: string | null;
}

export interface Queue extends Named {
  strategy?: string;
  priority?: number;
  /** Seconds, as the other times. */
  wrapUpTime?: number;
  maxWait?: number;
  ringTimeout?: number;
  memberIds?: string[];
  skills?: { skillId: string; minLevel: number; relaxAfter: number }[];
  serviceLevelTarget?: { percent: number; seconds: number };
  overflow?: { to: string; id?: string | null } | null;
}

export interface ContactStats { total: number; pending: number; called: number; qualified: number; locked: number }

export interface Campaign extends Named {
  description?: string;
  callerId?: string;
  isActive?: boolean;
  wrapUpTime?: number;
  assignedUserIds?: string[];
  dialingMode?: 'PREDICTIVE' | 'PROGRESSIVE' | 'MANUAL';
  priority?: number;
  contactStats?: ContactStats;
}

export interface Qualification { id: string; code: string; description: string; type?: string; groupId?: string | null; isStandard?: boolean; isRecyclable?: boolean }

/** Work that takes longer than a request: an import of contacts. */
export interface Job {
  id: string;
  kind?: string;
  state?: 'queued' | 'running' | 'done' | 'failed';
  /** What is being done: waiting, reading, comparing, saving, finished. */
  phase?: string;
  /** Rows; the total is estimated while the file is being read. */
  done?: number;
  total?: number | null;
  campaignId?: string | null;
  fileName?: string;
  description?: string;
  /** Why it failed, for people. */
  reason?: string | null;
  result?: { total?: number; valid?: number; invalid?: number; duplicates?: number } | null;
  createdAt?: string;
  finishedAt?: string | null;
}

export interface AgentCounters {
  callsHandledToday?: number;
  averageHandlingTime?: number;
  averageTalkTime?: number;
  pauseCount?: number;
  trainingCount?: number;
  totalPauseTime?: number;
  totalTrainingTime?: number;
  totalConnectedTime?: number;
}

export interface LiveAgent {
  agentId: string;
  /** French label, see agent-state.ts. */
  status?: string;
  since?: string;
  version?: number;
  callId?: string | null;
  reason?: string | null;
  campaignId?: string | null;
  siteId?: string | null;
  firstName?: string;
  lastName?: string;
  loginId?: string;
  extension?: string | null;
  phoneReachable?: boolean;
  /** A state asked for during a call; takes effect after it. */
  pendingStatus?: string | null;
  wrapUpUntil?: string | null;
  counters?: AgentCounters;
}

export type CallStatus = 'offered' | 'queued' | 'ringing' | 'connected' | 'held' | 'ended';

export interface LiveCall {
  callId: string;
  version?: number;
  direction?: 'inbound' | 'outbound';
  status?: CallStatus;
  caller?: string;
  callee?: string;
  agentId?: string | null;
  queueId?: string | null;
  campaignId?: string | null;
  siteId?: string | null;
  trunkId?: string | null;
  did?: string | null;
  timestamp?: string;
  since?: string;
  answeredAt?: string | null;
  onHold?: boolean;
  recording?: boolean;
}

export interface EndedCall extends LiveCall {
  endedAt: number;
  /** Seconds. */
  duration?: number;
  /** Seconds. */
  billableDuration?: number;
  endReason?: string;
}

export interface LiveQueue {
  queueId: string;
  name?: string;
  version?: number;
  waiting?: number;
  /** Seconds at the moment of the update. */
  longestWait?: number;
  agentsAvailable?: number;
  agentsBusy?: number;
  agentsPaused?: number;
  /** Percent. */
  serviceLevel?: number;
  answered?: number;
  abandoned?: number;
  /** Arrival of the one who waits longest; without it, `longestWait` and `receivedAt` tell. */
  oldestSince?: string | null;
  /** Server clock, ms: when this update reached us. */
  receivedAt?: number;
}

export interface LiveTrunk {
  trunkId: string;
  name?: string;
  version?: number;
  siteId?: string | null;
  state?: 'up' | 'degraded' | 'down';
  channelsInUse?: number;
  channelLimit?: number | null;
}

export interface LiveCampaign {
  campaignId: string;
  name?: string;
  version?: number;
  status?: string;
  offered?: number;
  answered?: number;
  abandoned?: number;
  abandonRate?: number;
  ringing?: number;
  dialLevel?: number;
  agents?: number;
  remaining?: number;
}

export interface Snapshot {
  agents?: LiveAgent[];
  calls?: LiveCall[];
  queues?: LiveQueue[];
  trunks?: LiveTrunk[];
  campaigns?: LiveCampaign[];
  serverTime?: string;
}

export interface LiveEvent {
  offset?: number;
  type: string;
  payload?: unknown;
}

/** GET /application-data, as far as it is kept. */
export interface ApplicationData {
  users?: User[];
  userGroups?: Named[];
  savedScripts?: Named[];
  campaigns?: Campaign[];
  qualifications?: Qualification[];
  qualificationGroups?: Named[];
  ivrFlows?: Named[];
  audioFiles?: Named[];
  trunks?: Trunk[];
  dids?: Did[];
  sites?: Site[];
  activityTypes?: Named[];
  agentProfiles?: Named[];
  queues?: Queue[];
  skills?: Named[];
  appSettings?: Record<string, unknown>;
  moduleVisibility?: Record<string, unknown>;
}

export interface LoginAnswer { user: User; accessToken: string }
