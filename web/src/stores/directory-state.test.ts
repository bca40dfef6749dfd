import { expect, it } from 'vitest';
import { applyDirectoryEvents, directoryOf, needsReload } from './directory-state';

const data = directoryOf({ sites: [{ id: 's1', name: 'Paris' }], queues: [{ id: 'q1', name: 'Accueil', wrapUpTime: 10 }] });

it('takes new, changed and deleted objects', () => {
  const state = applyDirectoryEvents(data, [
    { type: 'newSite', payload: { id: 's2', name: 'Lyon' } },
    { type: 'updateQueue', payload: { id: 'q1', name: 'Standard' } },
    { type: 'deleteSite', payload: { id: 's1' } },
  ]);
  expect(Object.keys(state.sites)).toEqual(['s2']);
  expect(state.queues.q1).toEqual({ id: 'q1', name: 'Standard', wrapUpTime: 10 });
  expect(data.sites.s1?.name).toBe('Paris');
});

it('is the same object when nothing concerns it', () => {
  expect(applyDirectoryEvents(data, [{ type: 'newCall', payload: { id: 'x' } }, { type: 'deleteSite', payload: { id: 'nobody' } }])).toBe(data);
});

it('knows when only a reload tells', () => {
  expect(needsReload([{ type: 'usersBulkUpdate' }])).toBe(true);
  expect(needsReload([{ type: 'updateUser' }])).toBe(false);
});
