import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '@/lib/contract';
import { applyDirectoryEvents, directoryOf, emptyDirectory, needsReload, withObject, withoutObject, type CollectionName } from './directory-state';

const data = directoryOf({ sites: [{ id: 's1', name: 'Paris' }], queues: [{ id: 'q1', name: 'Accueil', wrapUpTime: 10 }] });

/** Every pair of events of the contract, with the collection that they fill. */
const kinds: [CollectionName, string, string, string][] = [
  ['users', 'newUser', 'updateUser', 'deleteUser'],
  ['userGroups', 'newGroup', 'updateGroup', 'deleteGroup'],
  ['agentProfiles', 'newAgentProfile', 'updateAgentProfile', 'deleteAgentProfile'],
  ['campaigns', 'campaignUpdate', 'campaignUpdate', 'deleteCampaign'],
  ['savedScripts', 'newScript', 'updateScript', 'deleteScript'],
  ['ivrFlows', 'newIvrFlow', 'updateIvrFlow', 'deleteIvrFlow'],
  ['audioFiles', 'newAudioFile', 'updateAudioFile', 'deleteAudioFile'],
  ['sites', 'newSite', 'updateSite', 'deleteSite'],
  ['trunks', 'newTrunk', 'updateTrunk', 'deleteTrunk'],
  ['dids', 'newDid', 'updateDid', 'deleteDid'],
  ['qualifications', 'newQualification', 'updateQualification', 'deleteQualification'],
  ['qualificationGroups', 'newQualificationGroup', 'updateQualificationGroup', 'deleteQualificationGroup'],
  ['queues', 'newQueue', 'updateQueue', 'deleteQueue'],
];

describe.each(kinds)('%s', (into, created, changed, deleted) => {
  const start = directoryOf({});
  const events: LiveEvent[] = [
    { offset: 11, type: created, payload: { id: 'x', name: 'Un', kept: [1, 2] } },
    { offset: 12, type: changed, payload: { id: 'x', name: 'Deux' } },
    { offset: 13, type: deleted, payload: { id: 'x' } },
  ];

  it('follows creation, change and deletion', () => {
    const one = applyDirectoryEvents(start, events.slice(0, 1));
    expect(one[into]).toEqual({ x: { id: 'x', name: 'Un', kept: [1, 2] } });
    const two = applyDirectoryEvents(one, events.slice(1, 2));
    expect(two[into]).toEqual({ x: { id: 'x', name: 'Deux', kept: [1, 2] } });
    expect(one[into]).toEqual({ x: { id: 'x', name: 'Un', kept: [1, 2] } });
    expect(applyDirectoryEvents(two, events.slice(2))[into]).toEqual({});
  });

  it('takes what comes twice once, and nothing that comes too late', () => {
    const two = applyDirectoryEvents(start, events.slice(0, 2));
    expect(applyDirectoryEvents(two, events.slice(0, 2))).toBe(two);
    const gone = applyDirectoryEvents(two, [events[2] as LiveEvent]);
    expect(applyDirectoryEvents(gone, events)).toBe(gone);
    expect(applyDirectoryEvents(start, [...events].reverse())[into]).toEqual({});
  });

  it('takes an object that was made anew under the old id', () => {
    const again = { offset: 14, type: created, payload: { id: 'x', name: 'Trois' } };
    expect(applyDirectoryEvents(start, [...events, again])[into]).toEqual({ x: { id: 'x', name: 'Trois' } });
  });
});

it('is the same object when nothing concerns it', () => {
  expect(applyDirectoryEvents(data, [{ type: 'newCall', payload: { id: 'x' } }, { type: 'deleteSite', payload: { id: 'nobody' } }])).toBe(data);
  expect(applyDirectoryEvents(data, [{ type: 'updateSite', payload: { id: 's1', name: 'Paris' } }])).toBe(data);
});

it('stands events without an id, a payload or a meaning', () => {
  const odd = [{ type: 'updateSite' }, { type: 'updateSite', payload: {} }, { type: 'updateSite', payload: null }, { type: 'newThing', payload: { id: 'x' } },
    { type: 'constructor', payload: { id: 'x' } }, { type: 'newtoString', payload: { id: 'x' } }];
  expect(applyDirectoryEvents(data, odd)).toBe(data);
});

it('keeps the objects that a new look found unchanged, and forgets the rest', () => {
  const stale = applyDirectoryEvents(data, [{ offset: 900, type: 'newSite', payload: { id: 's9', name: 'Oubliée' } }]);
  const fresh = directoryOf({ sites: [{ id: 's1', name: 'Paris' }, { id: 's2', name: 'Lyon' }] }, stale);
  expect(fresh.sites.s1).toBe(stale.sites.s1);
  expect(Object.keys(fresh.sites)).toEqual(['s1', 's2']);
  expect(fresh.queues).toEqual({});
  // A new epoch counts from the beginning.
  expect(applyDirectoryEvents(fresh, [{ offset: 3, type: 'newSite', payload: { id: 's9', name: 'Nice' } }]).sites.s9?.name).toBe('Nice');
});

it('counts what lists must ask for again', () => {
  const changed = applyDirectoryEvents(data, [
    { type: 'contactUpdate', payload: { id: 'c1', campaignId: 'k1' } }, { type: 'contactUpdate', payload: { id: 'c2', campaignId: 'k1' } },
    { type: 'updateUser', payload: { id: 'u1', firstName: 'A' } },
  ]);
  expect(changed.contactChanges).toEqual({ k1: 2 });
  expect(changed.userChanges).toBe(data.userChanges + 1);
});

it('lets a job only go forward', () => {
  const at = (offset: number, done: number, state: string): LiveEvent => ({ offset, type: 'jobUpdate', payload: { id: 'j', kind: 'contact-import', state, done, total: 100 } });
  const running = applyDirectoryEvents(emptyDirectory, [at(2, 40, 'running'), at(1, 20, 'running')]);
  expect(running.jobs.j).toMatchObject({ state: 'running', done: 40, total: 100 });
  const done = applyDirectoryEvents(running, [at(3, 100, 'done')]);
  expect(applyDirectoryEvents(done, [{ type: 'jobUpdate', payload: { id: 'j', state: 'running', done: 60 } }])).toBe(done);
  expect(done.jobs.j).toMatchObject({ state: 'done', done: 100 });
});

it('takes settings part by part', () => {
  const state = applyDirectoryEvents(directoryOf({ appSettings: { appName: 'A', fontSize: 14 } }), [
    { type: 'settingsUpdate', payload: { appSettings: { appName: 'B' } } }, { type: 'settingsUpdate', payload: { moduleVisibility: { reports: false } } },
  ]);
  expect(state.appSettings).toEqual({ appName: 'B', fontSize: 14 });
  expect(state.moduleVisibility).toEqual({ reports: false });
});

it('shows what we saved ourselves ahead of its event', () => {
  const saved = withObject(data, 'sites', { id: 's1', name: 'Paris 9e' } as { id: string });
  expect(saved.sites.s1?.name).toBe('Paris 9e');
  expect(applyDirectoryEvents(saved, [{ type: 'updateSite', payload: { id: 's1', name: 'Paris 9e' } }])).toBe(saved);
  expect(withoutObject(saved, 'sites', 's1').sites).toEqual({});
});

it('knows when only a reload tells', () => {
  expect(needsReload([{ type: 'usersBulkUpdate' }])).toBe(true);
  expect(needsReload([{ type: 'qualificationsUpdated' }])).toBe(true);
  expect(needsReload([{ type: 'updateUser' }])).toBe(false);
});
