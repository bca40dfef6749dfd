import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '@/lib/contract';
import { applyEvents, applySnapshot, emptyLiveState, endedKept, type LiveState } from './live-state';

const now = Date.parse('2026-03-02T10:00:00Z');
const call = (more: object = {}): LiveEvent => ({
  type: 'newCall',
  payload: { callId: 'c1', direction: 'inbound', caller: '+33612345678', callee: '+33140000001', siteId: 'site-paris', status: 'queued', version: 1, timestamp: '2026-03-02T09:59:50Z', ...more },
});
const after = (state: LiveState, ...events: LiveEvent[]) => applyEvents(state, events, now);

describe('applySnapshot', () => {
  it('replaces everything but the ended calls', () => {
    const before = after(emptyLiveState, call(), { type: 'callHangup', payload: { callId: 'c1', duration: 4 } }, call({ callId: 'c2' }));
    const state = applySnapshot(before, { agents: [{ agentId: 'a1', status: 'En Attente' }], queues: [{ queueId: 'q1', waiting: 1 }] }, now);
    expect(Object.keys(state.calls)).toEqual([]);
    expect(state.agents.a1?.status).toBe('En Attente');
    expect(state.queues.q1?.receivedAt).toBe(now);
    expect(state.ended.map((ended) => ended.callId)).toEqual(['c1']);
    expect(state.loaded).toBe(true);
  });

  it('stands missing parts and leaves ended calls out', () => {
    expect(applySnapshot(emptyLiveState, { calls: [{ callId: 'x', status: 'ended' }] }, now).calls).toEqual({});
  });
});

describe('calls', () => {
  it('follows one call from its start to its end', () => {
    let state = after(emptyLiveState, call());
    state = after(state, { type: 'callUpdate', payload: { callId: 'c1', version: 2, status: 'ringing', agentId: 'a1' } });
    expect(state.calls.c1).toMatchObject({ status: 'ringing', agentId: 'a1', caller: '+33612345678', since: new Date(now).toISOString() });
    state = after(state, { type: 'callHangup', payload: { callId: 'c1', duration: 12, endReason: 'caller_hangup' } });
    expect(state.calls).toEqual({});
    expect(state.ended[0]).toMatchObject({ callId: 'c1', agentId: 'a1', status: 'ended', duration: 12, endReason: 'caller_hangup', endedAt: now });
  });

  it('ignores a change that is not newer than what it has', () => {
    const state = after(emptyLiveState, call({ version: 5 }));
    expect(after(state, { type: 'callUpdate', payload: { callId: 'c1', version: 5, status: 'held' } })).toBe(state);
    expect(after(state, call({ version: 4, status: 'offered' }))).toBe(state);
  });

  it('takes the agent off a call that goes back to the line', () => {
    const state = after(emptyLiveState, call({ status: 'ringing', agentId: 'a1' }));
    expect(after(state, { type: 'callUpdate', payload: { callId: 'c1', version: 2, status: 'queued' } }).calls.c1?.agentId).toBeNull();
    expect(after(state, { type: 'callUpdate', payload: { callId: 'c1', version: 2, status: 'connected' } }).calls.c1?.agentId).toBe('a1');
  });

  it('ignores a change of a call it has never been shown', () => {
    expect(after(emptyLiveState, { type: 'callUpdate', payload: { callId: 'ghost', version: 1, status: 'held' } })).toBe(emptyLiveState);
  });

  it('does not bring an ended call back to life, nor end it twice', () => {
    const end: LiveEvent = { type: 'callHangup', payload: { callId: 'c1' } };
    const state = after(emptyLiveState, call(), end);
    expect(after(state, call({ version: 9 }))).toBe(state);
    expect(after(state, end)).toBe(state);
  });

  it('keeps a bounded number of ended calls, the newest first', () => {
    const events = Array.from({ length: endedKept + 5 }, (_, i): LiveEvent => ({ type: 'callHangup', payload: { callId: `c${i}` } }));
    const state = after(emptyLiveState, ...events);
    expect(state.ended).toHaveLength(endedKept);
    expect(state.ended[0]?.callId).toBe(`c${endedKept + 4}`);
  });
});

describe('agents', () => {
  const known = applySnapshot(emptyLiveState, { agents: [
    { agentId: 'a1', status: 'En Pause', reason: 'Déjeuner', version: 3, firstName: 'Léa' },
    { agentId: 'a2', status: 'En Attente', version: 1 },
  ] }, now);

  it('keeps the name and drops what belonged to the former state', () => {
    const state = after(known, { type: 'agentStatusUpdate', payload: { agentId: 'a1', status: 'En Attente', version: 4 } });
    expect(state.agents.a1).toMatchObject({ status: 'En Attente', firstName: 'Léa', reason: null });
  });

  it('leaves every other row the same object', () => {
    const state = after(known, { type: 'agentStatusUpdate', payload: { agentId: 'a1', status: 'En Attente', version: 4 } });
    expect(state.agents.a2).toBe(known.agents.a2);
    expect(state.calls).toBe(known.calls);
    expect(state.agents).not.toBe(known.agents);
    expect(known.agents.a1?.status).toBe('En Pause');
  });

  it('ignores old versions and takes updates without one', () => {
    expect(after(known, { type: 'agentStatusUpdate', payload: { agentId: 'a1', status: 'En Appel', version: 3 } })).toBe(known);
    expect(after(known, { type: 'agentStatusUpdate', payload: { agentId: 'a1', status: 'En Appel' } }).agents.a1?.status).toBe('En Appel');
  });

  it('leave the board when they are no longer agents', () => {
    expect(after(known, { type: 'agentRemoved', payload: { agentId: 'a1' } }).agents.a1).toBeUndefined();
  });

  it('leave with the queue, the trunk or the campaign that is deleted', () => {
    const state = { ...known, queues: { q1: { queueId: 'q1' } }, trunks: { t1: { trunkId: 't1' } }, campaigns: { c1: { campaignId: 'c1' } } } as unknown as typeof known;
    expect(after(state, { type: 'queueRemoved', payload: { queueId: 'q1' } }).queues).toEqual({});
    expect(after(state, { type: 'trunkRemoved', payload: { trunkId: 't1' } }).trunks).toEqual({});
    expect(after(state, { type: 'campaignRemoved', payload: { campaignId: 'c1' } }).campaigns).toEqual({});
  });

  it('leave the board when their account is deleted', () => {
    expect(after(known, { type: 'deleteUser', payload: { id: 'a1' } }).agents.a1).toBeUndefined();
  });
});

it('updates queues, trunks and campaigns, and keeps their names', () => {
  const named = applySnapshot(emptyLiveState, { trunks: [{ trunkId: 't1', name: 'Paris', version: 1 }] }, now);
  const state = after(named,
    { type: 'trunkUpdate', payload: { trunkId: 't1', state: 'down', version: 2 } },
    { type: 'queueUpdate', payload: { queueId: 'q1', waiting: 2, longestWait: 9, version: 1 } },
    { type: 'campaignStatsUpdate', payload: { campaignId: 'k1', answered: 3, version: 1 } });
  expect(state.trunks.t1).toMatchObject({ name: 'Paris', state: 'down' });
  expect(state.queues.q1).toMatchObject({ waiting: 2, receivedAt: now });
  expect(state.campaigns.k1?.answered).toBe(3);
});

it('stands events it does not know and payloads that are none', () => {
  expect(after(emptyLiveState, { type: 'somethingNew', payload: { id: 1 } }, { type: 'newCall' }, { type: 'newCall', payload: 'x' })).toBe(emptyLiveState);
});
