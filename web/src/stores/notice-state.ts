import type { LiveEvent } from '@/lib/contract';

export type NoticeKind = 'raised-hand' | 'agent-message' | 'supervisor-message' | 'alert' | 'refusal';

/** Something a person should see once: a toast, and a line in the list until it is dismissed. */
export interface Notice {
  id: string;
  kind: NoticeKind;
  at: number;
  agentId?: string;
  from?: string;
  text?: string;
  code?: string;
  level?: string;
}

export const noticesKept = 100;

interface AnyPayload {
  id?: string; agentId?: string; agentName?: string; agentLoginId?: string; from?: string; message?: string;
  level?: string; code?: string; error?: string;
}

function noticeOf(event: LiveEvent, at: number, id: string): Notice | undefined {
  const payload = (event.payload ?? {}) as AnyPayload;
  switch (event.type) {
    case 'agentRaisedHand':
      return { id, kind: 'raised-hand', at, agentId: payload.agentId, from: payload.agentName ?? payload.agentLoginId };
    case 'agentResponseMessage':
      return { id, kind: 'agent-message', at, agentId: payload.agentId, from: payload.agentName, text: payload.message };
    case 'supervisorMessage':
      return { id: payload.id ?? id, kind: 'supervisor-message', at, from: payload.from, text: payload.message };
    case 'systemAlert':
      return { id, kind: 'alert', at, text: payload.message, code: payload.code, level: payload.level };
    case 'error':
      return { id, kind: 'refusal', at, text: payload.error ?? payload.message, code: payload.code };
    default:
      return undefined;
  }
}

/** What is new among these events. `nextId` names the ones that carry no id. */
export function noticesOf(events: readonly LiveEvent[], at: number, nextId: () => string): Notice[] {
  return events.flatMap((event) => noticeOf(event, at, nextId()) ?? []);
}

/** Newest first; a second raised hand of the same agent replaces the first. */
export function addNotices(known: readonly Notice[], fresh: readonly Notice[]): readonly Notice[] {
  let list = known;
  for (const notice of fresh) {
    const same = (other: Notice) =>
      other.id === notice.id
      || (notice.kind === 'raised-hand' && other.kind === 'raised-hand' && other.agentId === notice.agentId);
    list = [notice, ...list.filter((other) => !same(other))].slice(0, noticesKept);
  }
  return list;
}
