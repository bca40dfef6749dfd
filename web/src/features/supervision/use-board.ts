import { useCallback, useMemo } from 'react';
import { create } from 'zustand';
import { useDirectory, useLive } from '@/stores/live-store';
import { agentName, agentsShown, callsShown, type Filter } from './board';

/** Survives leaving and re-entering the page. */
export const useFilter = create<Filter>(() => ({ siteId: null, query: '', onlyConnected: false }));

export function useAgentsShown() {
  const agents = useLive((live) => live.agents);
  const filter = useFilter();
  return useMemo(() => agentsShown(agents, filter), [agents, filter]);
}

export function useCallsShown() {
  const calls = useLive((live) => live.calls);
  const agents = useLive((live) => live.agents);
  const filter = useFilter();
  // Without a query the agents do not matter, and they change often.
  const searched = filter.query ? agents : undefined;
  return useMemo(() => callsShown(calls, searched ?? {}, filter), [calls, searched, filter]);
}

export function useSiteName(): (id?: string | null) => string {
  const sites = useDirectory((directory) => directory.sites);
  return useCallback((id) => (id ? sites[id]?.name ?? id : ''), [sites]);
}

/** Name of an agent by id, for lists that are not of agents. */
export function useAgentName(id?: string | null): string {
  const agent = useLive((live) => (id ? live.agents[id] : undefined));
  const user = useDirectory((directory) => (id ? directory.users[id] : undefined));
  if (user) return `${user.firstName} ${user.lastName}`;
  return agent ? agentName(agent) : id ?? '';
}

/** Name of the queue or the campaign that a call belongs to. */
export function useLineName(queueId?: string | null, campaignId?: string | null): string {
  const queue = useLive((live) => (queueId ? live.queues[queueId]?.name : undefined));
  const saved = useDirectory((directory) => (queueId ? directory.queues[queueId]?.name
    : campaignId ? directory.campaigns[campaignId]?.name : undefined));
  return saved ?? queue ?? queueId ?? campaignId ?? '';
}

export function useTrunkName(trunkId?: string | null): string {
  const live = useLive((state) => (trunkId ? state.trunks[trunkId]?.name : undefined));
  const saved = useDirectory((directory) => (trunkId ? directory.trunks[trunkId]?.name : undefined));
  return saved ?? live ?? trunkId ?? '';
}
