import { expect, it } from 'vitest';
import { addNotices, noticesKept, noticesOf, type Notice } from './notice-state';

let count = 0;
const nextId = () => `n${++count}`;

it('makes notices of what people should see, and of nothing else', () => {
  const notices = noticesOf([
    { type: 'agentRaisedHand', payload: { agentId: 'a1', agentName: 'Léa Martin' } },
    { type: 'newCall', payload: { callId: 'c1' } },
    { type: 'error', payload: { error: 'Refusé.', code: 'conflict' } },
    { type: 'supervisorMessage', payload: { id: 'm7', from: 'Sophie', message: 'Bravo' } },
  ], 5, nextId);
  expect(notices.map((notice) => notice.kind)).toEqual(['raised-hand', 'refusal', 'supervisor-message']);
  expect(notices[0]).toMatchObject({ agentId: 'a1', from: 'Léa Martin', at: 5 });
  expect(notices[2]?.id).toBe('m7');
});

it('keeps one raised hand an agent, each message once, and a bounded list', () => {
  const hand = (id: string): Notice => ({ id, kind: 'raised-hand', at: 0, agentId: 'a1' });
  expect(addNotices([hand('x')], [hand('y')]).map((notice) => notice.id)).toEqual(['y']);
  const many = Array.from({ length: noticesKept + 3 }, (_, i): Notice => ({ id: `m${i}`, kind: 'alert', at: 0 }));
  const list = addNotices([], [...many, ...many]);
  expect(list).toHaveLength(noticesKept);
  expect(new Set(list.map((notice) => notice.id)).size).toBe(noticesKept);
});
