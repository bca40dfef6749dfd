import { useMemo } from 'react';
import type { LiveAgent, LiveCall } from '@/lib/contract';
import { useDirectory, useLive } from '@/stores/live-store';
import { useSession } from '@/stores/session-store';

/** The signed-in agent's own live state. */
export function useOwnAgent(): LiveAgent | undefined {
  const id = useSession((session) => session.user?.id);
  return useLive((live) => (id ? live.agents[id] : undefined));
}

/** His call: the one his state names, or the one that names him. */
export function useOwnCall(): LiveCall | undefined {
  const id = useSession((session) => session.user?.id);
  return useLive((live) => {
    const named = id ? live.agents[id]?.callId : undefined;
    return (named ? live.calls[named] : undefined) ?? Object.values(live.calls).find((call) => call.agentId === id);
  });
}

/** When his wrap-up ends (ISO): as the server says, or from the wrap-up time of his last call's queue or campaign. */
export function useWrapUpEnd(): string | undefined {
  const agent = useOwnAgent();
  const last = useLive((live) => live.ended.find((call) => call.agentId === agent?.agentId));
  const directory = useDirectory();
  return useMemo(() => {
    if (agent?.wrapUpUntil) return agent.wrapUpUntil;
    const seconds = (last?.campaignId ? directory.campaigns[last.campaignId]?.wrapUpTime : undefined)
      ?? (last?.queueId ? directory.queues[last.queueId]?.wrapUpTime : undefined);
    const since = Date.parse(agent?.since ?? '');
    return seconds && !Number.isNaN(since) ? new Date(since + seconds * 1000).toISOString() : undefined;
  }, [agent, last, directory]);
}
