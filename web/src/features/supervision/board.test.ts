import { expect, it } from 'vitest';
import type { LiveAgent, LiveCall } from '@/lib/contract';
import { agentsShown, callFigures, callsShown, dayFigures, sortAgents, sortCalls } from './board';

const agents: Record<string, LiveAgent> = {
  a1: { agentId: 'a1', firstName: 'Zoé', lastName: 'Élie', loginId: '1001', siteId: 'paris', status: 'En Appel', since: '2026-03-02T10:00:00Z' },
  a2: { agentId: 'a2', firstName: 'Adam', lastName: 'Roux', loginId: '1002', siteId: 'lyon', status: 'Déconnecté' },
  a3: { agentId: 'a3', firstName: 'Éva', lastName: 'Petit', loginId: '1003', siteId: 'paris', status: 'Ringing', since: '2026-03-02T10:05:00Z' },
};
const calls: Record<string, LiveCall> = {
  c1: { callId: 'c1', direction: 'inbound', status: 'queued', caller: '+33612345678', siteId: 'paris', timestamp: '2026-03-02T10:00:00Z' },
  c2: { callId: 'c2', direction: 'inbound', status: 'ringing', caller: '+33698765432', siteId: 'lyon', agentId: 'a1', timestamp: '2026-03-02T09:59:00Z' },
  c3: { callId: 'c3', direction: 'outbound', status: 'ringing', callee: '+33140000001', siteId: 'paris', timestamp: '2026-03-02T09:00:00Z' },
};
const all = { siteId: null, query: '', onlyConnected: false };
const ids = (list: (LiveAgent | LiveCall)[]) => list.map((item) => ('direction' in item ? item.callId : item.agentId));

it('filters agents by site, presence and search without accents', () => {
  expect(ids(agentsShown(agents, { ...all, siteId: 'paris' }))).toEqual(['a1', 'a3']);
  expect(ids(agentsShown(agents, { ...all, onlyConnected: true }))).toEqual(['a1', 'a3']);
  expect(ids(agentsShown(agents, { ...all, query: 'zoe' }))).toEqual(['a1']);
  expect(ids(agentsShown(agents, { ...all, query: '1002' }))).toEqual(['a2']);
});

it('finds calls by number as people type it, or by agent', () => {
  expect(ids(callsShown(calls, agents, { ...all, query: '06 12 34' }))).toEqual(['c1']);
  expect(ids(callsShown(calls, agents, { ...all, query: 'élie' }))).toEqual(['c2']);
  expect(ids(callsShown(calls, agents, { ...all, siteId: 'paris' }))).toEqual(['c1', 'c3']);
});

it('counts who waits: callers nobody has answered yet, not our own ringing', () => {
  expect(callFigures(Object.values(calls))).toEqual({ live: 3, inbound: 2, outbound: 1, waiting: 2, oldestWait: '2026-03-02T09:59:00Z' });
});

it('weights the service level by calls', () => {
  expect(dayFigures({ q1: { queueId: 'q1', answered: 90, abandoned: 10, serviceLevel: 90 }, q2: { queueId: 'q2', answered: 0, abandoned: 0, serviceLevel: 100 } }))
    .toEqual({ answered: 90, abandoned: 10, abandonRate: 10, serviceLevel: 90 });
  expect(dayFigures({}).serviceLevel).toBeUndefined();
});

it('sorts agents by state, by name, by how long', () => {
  const list = Object.values(agents);
  const site = () => '';
  expect(ids(sortAgents(list, { by: 'state', down: false }, site))).toEqual(['a3', 'a1', 'a2']);
  expect(ids(sortAgents(list, { by: 'agent', down: false }, site))).toEqual(['a2', 'a3', 'a1']);
  expect(ids(sortAgents(list, { by: 'since', down: false }, site)).slice(0, 2)).toEqual(['a3', 'a1']);
});

it('sorts calls by how long they last', () => {
  expect(ids(sortCalls(Object.values(calls), { by: 'duration', down: false }, () => ''))).toEqual(['c1', 'c2', 'c3']);
});
