import { create } from 'zustand';
import type { ApplicationData, LiveEvent, Snapshot } from '@/lib/contract';
import type { ConnectionStatus } from '@/lib/live-client';
import { noteServerTime, serverNow } from '@/lib/server-clock';
import {
  applyDirectoryEvents, directoryOf, emptyDirectory, withObject, withoutObject, type CollectionName, type DirectoryState,
} from './directory-state';
import { applyEvents, applySnapshot, emptyLiveState, type LiveState } from './live-state';
import { addNotices, noticesOf, type Notice } from './notice-state';

interface ConnectionState {
  status: ConnectionStatus;
  closeCode?: number;
  /** Local clock, ms: since when the page is out of step. */
  lostAt?: number;
}

export const useLive = create<LiveState>(() => emptyLiveState);
export const useDirectory = create<DirectoryState>(() => emptyDirectory);
export const useConnection = create<ConnectionState>(() => ({ status: 'idle' }));
export const useNotices = create<{ list: readonly Notice[]; unread: number }>(() => ({ list: [], unread: 0 }));

let noticeCount = 0;

export function takeSnapshot(snapshot: Snapshot): void {
  if (snapshot.serverTime) noteServerTime(Date.parse(snapshot.serverTime), true);
  useLive.setState((state) => applySnapshot(state, snapshot, serverNow()), true);
}

export function takeEvents(events: readonly LiveEvent[]): void {
  const now = serverNow();
  useLive.setState((state) => applyEvents(state, events, now), true);
  useDirectory.setState((state) => applyDirectoryEvents(state, events), true);
  const fresh = noticesOf(events, now, () => `notice-${++noticeCount}`);
  if (fresh.length > 0) {
    useNotices.setState((state) => ({ list: addNotices(state.list, fresh), unread: state.unread + fresh.length }));
  }
}

/** `meanwhile`: events seen since the data was asked for. */
export function takeDirectory(data: ApplicationData, meanwhile: readonly LiveEvent[]): void {
  useDirectory.setState((state) => applyDirectoryEvents(directoryOf(data, state), meanwhile), true);
}

/** What a request of our own brought: shown before its event arrives. */
export function takeObject(into: CollectionName, object: { id: string }): void {
  useDirectory.setState((state) => withObject(state, into, object), true);
}

export function takeRemoval(from: CollectionName, id: string): void {
  useDirectory.setState((state) => withoutObject(state, from, id), true);
}

export function takeStatus(status: ConnectionStatus, closeCode?: number): void {
  useConnection.setState((before) => ({
    status, closeCode,
    lostAt: status === 'online' || status === 'idle' || status === 'connecting' ? undefined : before.lostAt ?? Date.now(),
  }));
}

export function dismissNotice(id: string): void {
  useNotices.setState((state) => ({ list: state.list.filter((notice) => notice.id !== id), unread: state.unread }));
}

export function markNoticesRead(): void {
  useNotices.setState({ unread: 0 });
}

/** Nothing of one user's session may be seen by the next. */
export function forgetLive(): void {
  useLive.setState(emptyLiveState, true);
  useDirectory.setState(emptyDirectory, true);
  useNotices.setState({ list: [], unread: 0 }, true);
}
