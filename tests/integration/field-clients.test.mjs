// What clients in the field send and read beside what newer ones do: the same requests, in their own words.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { services } from '../support/instance.mjs';
import { SmtpSink } from '../support/smtp-sink.mjs';

let evs;
let root;

before(async () => {
  evs = await startInstance({ applyAsterisk: false });
  root = await evs.login('9999');
});
after(() => evs?.close());

const created = async (path, body) => {
  const made = await root.raw('POST', path, body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body;
};

test('planning for people and groups that are named with their kind before the id', async () => {
  const group = await created('/user-groups', { name: 'Matin', memberIds: ['user-1002', 'user-1003'] });
  const eventData = { activityId: 'activity-pause', startDate: '2026-03-02T08:00:00.000Z', endDate: '2026-03-02T09:00:00.000Z' };
  const made = await created('/planning-events', { eventData, targetIds: ['user-user-1001', `group-${group.id}`] });
  assert.deepEqual(made.events.map((one) => one.agentId).sort(), ['user-1001', 'user-1002', 'user-1003']);
  const refused = await root.raw('POST', '/planning-events', { eventData, targetIds: ['user-nobody'] });
  assert.equal(refused.status, 400);
  assert.match(refused.body.fields.targetIds, /user-nobody/);
});

test('a sound is heard by its fileName, and each has its own', async () => {
  const path = join(evs.folder, 'tone.wav');
  const sounds = [];
  for (const length of [1, 2]) {
    execFileSync('sox', ['-n', '-r', '8000', '-c', '1', '-b', '16', path, 'synth', String(length), 'sine', '440']);
    const form = new FormData();
    form.set('audioFile', new Blob([readFileSync(path)]), 'accueil été.wav');
    const answer = await fetch(`${evs.base}/api/audio-files`, { method: 'POST', headers: { authorization: `Bearer ${root.token}` }, body: form });
    assert.equal(answer.status, 201);
    sounds.push(await answer.json());
  }
  assert.equal(sounds[0].fileName, 'accueil été.wav');
  assert.notEqual(sounds[1].fileName, sounds[0].fileName);
  for (const [i, sound] of sounds.entries()) {
    const heard = await fetch(`${evs.base}/api/media/${encodeURIComponent(sound.fileName)}`, { headers: { authorization: `Bearer ${root.token}` } });
    assert.equal(heard.status, 200);
    const length = (await heard.arrayBuffer()).byteLength;
    assert.ok(Math.abs(length - 44 - (i + 1) * 16000) < 2000, `${length} bytes of ${i + 1} s`);
  }
  assert.equal((await root.raw('GET', '/media/nothing.wav')).status, 404);
});

test('a service and a site are reached by {ip, port}, nothing else is', async () => {
  const env = services();
  const reached = await root.post('/system/ping', { ip: '127.0.0.1', port: Number(env.EVS_PG_PORT) });
  assert.deepEqual([reached.status, reached.ok], ['success', true]);
  const site = await created('/sites', { name: 'Brest', ipAddress: '127.0.0.77' });
  const silent = await root.post('/system/ping', { ip: '127.0.0.77', port: '1' });
  assert.deepEqual([silent.status, silent.ok], ['failure', false]);
  await root.raw('DELETE', `/sites/${site.id}`);
  for (const body of [{ ip: '127.0.0.77', port: 1 }, { ip: '127.0.0.1', port: 22 }, { ip: '127.0.0.1', port: 99999 }, { ip: '127.0.0.1; ls', port: 80 }])
    assert.equal((await root.raw('POST', '/system/ping', body)).status, 400, JSON.stringify(body));
});

test('mail is tried with what stands in the form, not with what was saved', async () => {
  const sink = await new SmtpSink({}).start();
  try {
    const smtpConfig = { server: '127.0.0.1', port: sink.port, auth: false, secure: false, from: 'centre@exemple.fr' };
    assert.equal((await root.raw('PUT', '/system/smtp-settings', { ...smtpConfig, user: 'evs', password: 'kept' })).status, 200);
    const nowhere = await root.raw('POST', '/system/test-email', { smtpConfig: { ...smtpConfig, port: 1 }, recipient: 'a@exemple.fr' });
    assert.ok(nowhere.status >= 400, JSON.stringify(nowhere.body));
    assert.equal(sink.mails.length, 0);
    const sent = await root.raw('POST', '/system/test-email', { smtpConfig, recipient: 'a@exemple.fr' });
    assert.equal(sent.status, 200, JSON.stringify(sent.body));
    assert.equal(sink.mails.length, 1);
    // The password that is kept does not go to another server.
    const elsewhere = await root.raw('POST', '/system/test-email', { smtpConfig: { ...smtpConfig, port: 2, auth: true }, recipient: 'a@exemple.fr' });
    assert.equal(elsewhere.status, 400);
    assert.ok(elsewhere.body.fields.password);
  } finally {
    await sink.stop();
  }
});

test('modules are shown role by role', async () => {
  const visibility = { categories: { Outbound: { Superviseur: true } }, features: { users: { Superviseur: false, Administrateur: true }, outbound: true } };
  assert.equal((await root.raw('PUT', '/system/module-visibility', visibility)).status, 200);
  assert.deepEqual((await root.get('/application-data')).moduleVisibility, visibility);
  for (const wrong of [{ users: { Chef: true } }, { users: { Agent: 'no' } }, { users: [] }])
    assert.equal((await root.raw('PUT', '/system/module-visibility', { features: wrong })).status, 400, JSON.stringify(wrong));
});

test('a group of qualifications is saved with what is in it', async () => {
  const [one, two] = [await created('/qualifications', { code: 'fc1', description: 'Une', type: 'positive' }), await created('/qualifications', { code: 'fc2', description: 'Deux', type: 'neutral' })];
  const board = await evs.live(root);
  const group = await created('/qualification-groups/groups', { name: 'Ventes', assignedQualIds: [one.id, two.id] });
  assert.equal((await root.get(`/qualifications/${one.id}`)).groupId, group.id);
  await board.waitFor('updateQualification', (it) => it.id === two.id && it.groupId === group.id);
  assert.equal((await root.raw('PUT', `/qualification-groups/groups/${group.id}`, { ...group, assignedQualIds: [two.id] })).status, 200);
  assert.equal((await root.get(`/qualifications/${one.id}`)).groupId, null);
  assert.equal((await root.get(`/qualifications/${two.id}`)).groupId, group.id);
  assert.equal((await root.raw('PUT', `/qualification-groups/groups/${group.id}`, { name: 'Ventes 2' })).status, 200);
  assert.equal((await root.get(`/qualifications/${two.id}`)).groupId, group.id, 'what is not said stays');
  assert.equal((await root.raw('PUT', `/qualification-groups/groups/${group.id}`, { assignedQualIds: ['nobody'] })).status, 400);
});

test('no qualification is below itself, not even by a detour', async () => {
  const parent = await created('/qualifications', { code: 'fc3', description: 'Haut', type: 'positive' });
  const child = await created('/qualifications', { code: 'fc4', description: 'Bas', type: 'positive', parentId: parent.id });
  const leaf = await created('/qualifications', { code: 'fc5', description: 'Feuille', type: 'positive', parentId: child.id });
  for (const parentId of [parent.id, child.id, leaf.id]) {
    const refused = await root.raw('PUT', `/qualifications/${parent.id}`, { parentId });
    assert.equal(refused.status, 400, parentId);
    assert.ok(refused.body.fields.parentId);
  }
  assert.equal((await root.raw('PUT', `/qualifications/${leaf.id}`, { parentId: parent.id })).status, 200);
});

test('a queue overflows to what is there, and to nothing when that is deleted', async () => {
  const [first, second] = [await created('/queues', { name: 'Une' }), await created('/queues', { name: 'Deux' })];
  const board = await evs.live(root);
  for (const overflow of [{ to: 'queue', id: 'nobody' }, { to: 'ivr', id: 'nobody' }, { to: 'queue', id: first.id }]) {
    const refused = await root.raw('PUT', `/queues/${first.id}`, { overflow });
    assert.equal(refused.status, 400, JSON.stringify(overflow));
    assert.ok(refused.body.fields['overflow.id']);
  }
  assert.equal((await root.raw('PUT', `/queues/${first.id}`, { overflow: { to: 'queue', id: second.id } })).status, 200);
  const gone = await fetch(`${evs.base}/api/queues/${second.id}`, { method: 'DELETE', headers: { authorization: `Bearer ${root.token}` } });
  assert.equal(gone.status, 204);
  assert.equal(gone.headers.get('x-detached'), 'queue.overflow=1');
  assert.equal((await root.get(`/queues/${first.id}`)).overflow, null);
  await board.waitFor('updateQueue', (it) => it.id === first.id && it.overflow === null);
});

test('of two contacts with one number the first in the list stays, with an id of its own or without', async () => {
  const campaign = await created('/campaigns', { name: 'Doublons', callerId: '+33123456789' });
  const rows = [[{ id: 'fc-contact-1', firstName: 'A', phoneNumber: '0612345601' }, { firstName: 'B', phoneNumber: '+33612345601' }],
    [{ firstName: 'A', phoneNumber: '0612345602' }, { id: 'fc-contact-2', firstName: 'B', phoneNumber: '0612345602' }],
    // An id that is taken takes no number.
    [{ id: 'fc-contact-1', firstName: 'B', phoneNumber: '0612345603' }, { firstName: 'A', phoneNumber: '0612345603' }]];
  for (const contacts of rows) {
    const said = await root.post(`/campaigns/${campaign.id}/contacts`, { contacts, deduplicationConfig: { enabled: true, fieldIds: ['phoneNumber'] } });
    assert.deepEqual(said.summary, { total: 2, valids: 1, invalids: 1 });
    assert.equal(said.invalids[0].row.firstName, 'B', JSON.stringify(said));
  }
});
