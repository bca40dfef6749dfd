import { create } from 'zustand';
import { ApiClient, ApiError, request } from '@/lib/api-client';
import type { LoginAnswer, User } from '@/lib/contract';
import { TokenKeeper } from '@/lib/token-keeper';
import { noteReach } from './reach-store';

/** starting: looking for a session that is still good; unreachable: the server did not answer that question. */
export type SessionPhase = 'starting' | 'unreachable' | 'signed-out' | 'signed-in';

/** Why the login page shows: nothing to explain, or one of these. */
export interface EndNote { kind: 'expired' | 'forced'; reason?: string }

interface SessionState {
  phase: SessionPhase;
  user?: User;
  end?: EndNote;
}

export const useSession = create<SessionState>(() => ({ phase: 'starting' }));

function endSession(end?: EndNote): void {
  tokens.drop();
  useSession.setState({ phase: 'signed-out', user: undefined, end });
}

export const tokens = new TokenKeeper({
  onSessionOver: () => {
    const { phase } = useSession.getState();
    if (phase !== 'signed-out') endSession(phase === 'signed-in' ? { kind: 'expired' } : undefined);
  },
});

export const api = new ApiClient(tokens, { onReach: noteReach });

/** Picks up the session of the refresh cookie, if there is one. */
export async function restoreSession(): Promise<void> {
  useSession.setState({ phase: 'starting' });
  try {
    await tokens.renew();
    const answer = await api.get<User | { user: User }>('/auth/me');
    useSession.setState({ phase: 'signed-in', user: 'user' in answer ? answer.user : answer, end: undefined });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) endSession();
    else useSession.setState({ phase: 'unreachable' });
  }
}

export async function signIn(loginId: string, password: string): Promise<void> {
  const answer = await request<LoginAnswer>('POST', '/auth/login', { loginId, password });
  tokens.hold(answer.accessToken);
  useSession.setState({ phase: 'signed-in', user: answer.user, end: undefined });
}

/** Somebody changed the account that is signed in here. */
export function takeOwnAccount(user: Partial<User> & { id: string }): void {
  useSession.setState((session) => (session.user?.id === user.id ? { ...session, user: { ...session.user, ...user } } : session));
}

let leaving = false;

/** Leaves even when the server cannot be told. */
export async function signOut(): Promise<void> {
  leaving = true;
  await api.post('/auth/logout').catch(() => undefined);
  leaving = false;
  if (useSession.getState().phase === 'signed-in') endSession();
}

/** The server closed the session; that it does so when we leave ourselves needs no explanation. */
export function forcedOut(reason: string): void {
  if (!leaving && useSession.getState().phase === 'signed-in') endSession({ kind: 'forced', reason });
}
