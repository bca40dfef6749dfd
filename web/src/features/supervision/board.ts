import { agentStateOf, agentStateOrder, type AgentState } from '@/lib/agent-state';
import type { LiveAgent, LiveCall, LiveQueue } from '@/lib/contract';
import { searchable } from '@/lib/format';

/** What the viewer narrowed the board to. */
export interface Filter { siteId: string | null; query: string; onlyConnected: boolean }

type Named<T> = Readonly<Record<string, T>>;

export function agentName(agent: Pick<LiveAgent, 'firstName' | 'lastName' | 'loginId' | 'agentId'>): string {
  return `${agent.firstName ?? ''} ${agent.lastName ?? ''}`.trim() || agent.loginId || agent.agentId;
}

export function agentsShown(agents: Named<LiveAgent>, filter: Filter): LiveAgent[] {
  const query = searchable(filter.query.trim());
  return Object.values(agents).filter((agent) => {
    if (filter.siteId && agent.siteId !== filter.siteId) return false;
    if (filter.onlyConnected && agentStateOf(agent.status) === 'offline') return false;
    return !query || searchable(`${agentName(agent)} ${agent.loginId ?? ''} ${agent.extension ?? ''}`).includes(query);
  });
}

export function callsShown(calls: Named<LiveCall>, agents: Named<LiveAgent>, filter: Filter): LiveCall[] {
  const query = searchable(filter.query.trim());
  const digits = query.replace(/[^\d+]/g, '').replace(/^0/, '');
  return Object.values(calls).filter((call) => {
    if (filter.siteId && call.siteId !== filter.siteId) return false;
    if (!query) return true;
    if (digits.length >= 2 && `${call.caller ?? ''} ${call.callee ?? ''} ${call.did ?? ''}`.includes(digits)) return true;
    const agent = call.agentId ? agents[call.agentId] : undefined;
    return agent !== undefined && searchable(`${agentName(agent)} ${agent.loginId ?? ''}`).includes(query);
  });
}

/** `since` and `duration` sort by how long it lasts, not by when it began. */
export type AgentSort = 'agent' | 'state' | 'since' | 'site' | 'today';
export type CallSort = 'status' | 'from' | 'to' | 'agent' | 'duration';
export interface Sort<K> { by: K; down: boolean }

/** French order, letters without regard to accents; reused because making one is dear. */
const collator = new Intl.Collator('fr', { sensitivity: 'base', numeric: true });

function sorted<T>(list: readonly T[], compare: (a: T, b: T) => number, name: (item: T) => string, down: boolean): T[] {
  const sign = down ? -1 : 1;
  return [...list].sort((a, b) => sign * compare(a, b) || collator.compare(name(a), name(b)));
}

const since = (item: { since?: string }) => Date.parse(item.since ?? '') || 0;
const rank = (agent: LiveAgent) => agentStateOrder.indexOf(agentStateOf(agent.status));

export function sortAgents(list: readonly LiveAgent[], sort: Sort<AgentSort>, siteName: (id?: string | null) => string): LiveAgent[] {
  const compare: Record<AgentSort, (a: LiveAgent, b: LiveAgent) => number> = {
    agent: (a, b) => collator.compare(agentName(a), agentName(b)),
    state: (a, b) => rank(a) - rank(b),
    since: (a, b) => since(b) - since(a),
    site: (a, b) => collator.compare(siteName(a.siteId), siteName(b.siteId)),
    today: (a, b) => (a.counters?.callsHandledToday ?? 0) - (b.counters?.callsHandledToday ?? 0),
  };
  return sorted(list, compare[sort.by], agentName, sort.down);
}

const callOrder = ['ringing', 'offered', 'queued', 'held', 'connected', 'ended'];

export function sortCalls(list: readonly LiveCall[], sort: Sort<CallSort>, nameOfAgent: (id?: string | null) => string): LiveCall[] {
  const compare: Record<CallSort, (a: LiveCall, b: LiveCall) => number> = {
    status: (a, b) => callOrder.indexOf(a.status ?? 'offered') - callOrder.indexOf(b.status ?? 'offered'),
    from: (a, b) => collator.compare(a.caller ?? '', b.caller ?? ''),
    to: (a, b) => collator.compare(a.callee ?? '', b.callee ?? ''),
    agent: (a, b) => collator.compare(nameOfAgent(a.agentId), nameOfAgent(b.agentId)),
    duration: (a, b) => (Date.parse(b.timestamp ?? '') || 0) - (Date.parse(a.timestamp ?? '') || 0),
  };
  return sorted(list, compare[sort.by], (call) => call.callId, sort.down);
}

/** A caller waits until somebody has answered him, also while a phone rings for him. */
export function isWaiting(call: LiveCall): boolean {
  return call.direction !== 'outbound' && (call.status === 'offered' || call.status === 'queued' || call.status === 'ringing');
}

export interface CallFigures {
  live: number;
  inbound: number;
  outbound: number;
  waiting: number;
  /** When the one who waits longest arrived (ISO), if somebody waits. */
  oldestWait?: string;
}

export function callFigures(calls: readonly LiveCall[]): CallFigures {
  const waiting = calls.filter(isWaiting);
  const outbound = calls.filter((call) => call.direction === 'outbound').length;
  const oldestWait = waiting.map((call) => call.timestamp ?? '').filter(Boolean).sort()[0];
  return { live: calls.length, inbound: calls.length - outbound, outbound, waiting: waiting.length, oldestWait };
}

export interface DayFigures { answered: number; abandoned: number; abandonRate: number; serviceLevel?: number }

/** Sums over the queues; the service level is weighted by each queue's calls. */
export function dayFigures(queues: Named<LiveQueue>): DayFigures {
  let answered = 0, abandoned = 0, weighted = 0;
  for (const queue of Object.values(queues)) {
    const calls = (queue.answered ?? 0) + (queue.abandoned ?? 0);
    answered += queue.answered ?? 0;
    abandoned += queue.abandoned ?? 0;
    weighted += (queue.serviceLevel ?? 100) * calls;
  }
  const total = answered + abandoned;
  return {
    answered, abandoned,
    abandonRate: total === 0 ? 0 : Math.round((1000 * abandoned) / total) / 10,
    serviceLevel: total === 0 ? undefined : Math.round(weighted / total),
  };
}

export function countByState(agents: readonly LiveAgent[]): Record<AgentState, number> {
  const counts: Record<AgentState, number> = {
    offline: 0, available: 0, ringing: 0, on_call: 0, on_hold: 0, wrap_up: 0, paused: 0, training: 0,
  };
  for (const agent of agents) counts[agentStateOf(agent.status)] += 1;
  return counts;
}
