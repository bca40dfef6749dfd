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
}

export interface Site { id: string; name: string }
export interface Queue { id: string; name: string; wrapUpTime?: number }
export interface Trunk { id: string; name: string; siteId?: string | null }
export interface Campaign { id: string; name: string; wrapUpTime?: number; isActive?: boolean; assignedUserIds?: string[] }

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

export interface ApplicationData {
  users?: User[];
  sites?: Site[];
  queues?: Queue[];
  trunks?: Trunk[];
  campaigns?: Campaign[];
}

export interface LoginAnswer { user: User; accessToken: string }
