// A client of the generation before: the starred paths of the REST contract, their bodies and answers, and the compatibility WebSocket;
// nothing else. The table says which test each starred path is in; the last test holds that against what was really answered.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Crew, brisk } from '../support/crew.mjs';
import { services } from '../support/instance.mjs';
import { Carrier } from '../support/lab/phones.mjs';
import { startInstance } from '../support/node.mjs';
import { Session } from '../support/rest.mjs';
import { SmtpSink } from '../support/smtp-sink.mjs';
import { waitFor } from '../support/wait.mjs';

const tests = {
  start: 'signs in and loads its data',
  self: 'keeps its session, and its own password and picture',
  resources: 'creates, changes and deletes each resource, with bodies of its own making',
  bulk: 'creates many accounts at once',
  campaign: 'fills a campaign, asks for a contact, calls, qualifies, and logs out',
  contacts: 'keeps contacts: found, made, locked, called back, recycled, deleted',
  audio: 'uploads a sound, hears, renames and deletes it',
  planning: 'plans a week',
  system: 'looks after the system',
  backup: 'backs up and restores',
};

/**
 * Starred path -> test. Not there: POST /supervisor/{force-pause,force-logout}, which websocket.test.mjs asks for, and, because they are
 * not on the server yet, POST /supervisor/{listen,barge,coach} (telephony beyond what the skeleton does comes later).
 */
const starred = {
  'POST /auth/login': tests.start, 'GET /public-config': tests.start, 'GET /auth/me': tests.start, 'GET /application-data': tests.start, 'GET /users': tests.start,
  'POST /auth/refresh': tests.self, 'PUT /users/me/password': tests.self, 'PUT /users/me/picture': tests.self, 'POST /auth/logout': tests.campaign,
  ...Object.fromEntries(['/users', '/user-groups', '/agent-profiles', '/sites', '/trunks', '/dids', '/scripts', '/ivr-flows', '/qualifications', '/qualification-groups/groups', '/campaigns']
    .flatMap((path) => [`GET ${path}`, `POST ${path}`, `PUT ${path}/{id}`, `DELETE ${path}/{id}`].map((one) => [one, tests.resources]))),
  'GET /users': tests.start, 'POST /scripts/{id}/duplicate': tests.resources, 'POST /ivr-flows/{id}/duplicate': tests.resources, 'POST /users/bulk': tests.bulk,
  'POST /campaigns/{id}/contacts': tests.campaign, 'POST /campaigns/next-contact': tests.campaign, 'GET /campaigns/{id}/history': tests.campaign,
  'PUT /contacts/{id}': tests.campaign, 'POST /contacts/{id}/lock': tests.campaign, 'POST /contacts/{id}/qualify': tests.campaign, 'POST /contacts/{id}/notes': tests.campaign,
  'GET /contacts/{id}/history': tests.campaign, 'POST /call/originate': tests.campaign, 'GET /supervisor/call-history': tests.campaign,
  'POST /contacts': tests.contacts, 'POST /contacts/{id}/unlock': tests.contacts, 'POST /contacts/{id}/schedule-callback': tests.contacts,
  'PUT /planning-events/callbacks/{id}': tests.contacts, 'POST /campaigns/{id}/recycle': tests.contacts, 'POST /contacts/bulk-delete': tests.contacts,
  'GET /audio-files': tests.audio, 'POST /audio-files': tests.audio, 'PUT /audio-files/{id}': tests.audio, 'DELETE /audio-files/{id}': tests.audio,
  'GET /planning-events': tests.planning, 'POST /planning-events': tests.planning, 'PUT /planning-events/{id}': tests.planning, 'DELETE /planning-events/{id}': tests.planning,
  'POST /planning-events/bulk-delete': tests.planning, 'DELETE /planning-events/all': tests.planning,
  ...Object.fromEntries(['GET /system/stats', 'GET /system/logs', 'GET /system/db-schema', 'POST /system/ping', 'POST /system/test-email', 'POST /system/test-db', 'POST /system/test-ami',
    'POST /system/db-query', 'PUT /system/smtp-settings', 'PUT /system/app-settings', 'PUT /system/module-visibility', 'PUT /system/backup-schedule', 'POST /system-connection']
    .map((one) => [one, tests.system])),
  'POST /system/backups': tests.backup, 'POST /system/backups/restore': tests.backup, 'DELETE /system/backups/{fileName}': tests.backup,
};

/** "GET /users" -> the tests in which it was answered 2xx. */
const seen = new Map();
let present = tests.start;
function note(method, path, status) {
  if (status < 200 || status > 299) return;
  const plain = path.split('?')[0];
  const fits = (one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(`${method} ${plain}`);
  // "/users/bulk" is nearer than "/users/{id}".
  const [nearest] = Object.keys(starred).filter(fits).sort((a, b) => a.split('{').length - b.split('{').length);
  if (nearest) seen.set(nearest, (seen.get(nearest) ?? new Set()).add(present));
}

/** Notes what any of its sessions is answered. */
class Watched extends Session {
  raw = async (method, path, body, headers) => {
    const answer = await Session.prototype.raw.call(this, method, path, body, headers);
    note(method, path, answer.status);
    return answer;
  };
}

const step = (name, options, run) => test(name, options, async () => {
  present = name;
  await run();
});

async function signIn(loginId, password) {
  return new Watched(evs.base).login(loginId, password);
}

/** A body that is not JSON. */
async function send(session, method, path, body, headers = {}) {
  const answer = await fetch(`${evs.base}/api${path}`, { method, body, headers: { authorization: `Bearer ${session.token}`, ...headers }, signal: AbortSignal.timeout(60_000) });
  note(method, path, answer.status);
  return answer;
}

let evs;
let crew;
let paris;
let admin;
let board;

before(async () => {
  evs = await startInstance({ config: { ...brisk, limits: { requests_per_second: 10_000, request_burst: 10_000 } } });
  paris = await new Carrier({ address: services().EVS_CARRIER_PARIS }).start();
  crew = await Crew.hire(evs, ['1001'], { answerAfterMs: 200 });
  await crew.trunkUp('trunk-paris');
  admin = await signIn('9999');
  board = await evs.compat(admin);
});

after(async () => {
  await board?.close();
  await crew?.leave();
  await paris?.stop();
  const reader = evs && `${new URL(evs.database.url).pathname.slice(1)}_reader`;
  await evs?.query(`drop owned by "${reader}"; drop role "${reader}"`).catch(() => {});
  await evs?.close();
});

/** As those clients do: everything they know goes into the body, fields of their own included. */
const extra = { contacts: [], _open: true, createdAt: '2024-01-01T00:00:00.000Z' };

step(tests.start, {}, async () => {
  assert.ok((await new Watched(evs.base).get('/public-config')).appSettings.appName);
  const me = await admin.get('/auth/me');
  assert.equal(me.user.loginId, '9999');
  const data = await admin.get('/application-data');
  for (const part of ['users', 'userGroups', 'savedScripts', 'campaigns', 'qualifications', 'qualificationGroups', 'ivrFlows', 'audioFiles',
    'trunks', 'dids', 'sites', 'activityTypes', 'personalCallbacks', 'callHistory', 'agentSessions', 'contactNotes', 'agentProfiles', 'queues', 'backupLogs', 'systemLogs', 'connectivityServices'])
    assert.ok(Array.isArray(data[part]), part);
  for (const part of ['systemConnectionSettings', 'smtpSettings', 'appSettings', 'moduleVisibility', 'backupSchedule', 'versionInfo'])
    assert.equal(typeof data[part], 'object', part);
  for (const campaign of data.campaigns) {
    assert.deepEqual(campaign.contacts, []);
    assert.deepEqual(Object.keys(campaign.contactStats).sort(), ['called', 'locked', 'pending', 'qualified', 'total']);
  }
  assert.ok(Array.isArray(await admin.get('/users')));
});

test('watches agents and calls', async () => {
  const late = await evs.compat(admin);
  await late.waitFor('agentStatusUpdate', (one) => one.agentId === 'user-1001');
  await late.close();
});

step(tests.self, {}, async () => {
  const person = await signIn('1005');
  const before = person.token;
  await person.refresh();
  assert.notEqual(person.token, before);
  assert.equal((await person.get('/auth/me')).user.loginId, '1005');
  assert.equal((await person.raw('PUT', '/users/me/password', { currentPassword: '1005', newPassword: 'ancien-client' })).status, 200);
  const again = await signIn('1005', 'ancien-client');
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const pictured = await again.raw('PUT', '/users/me/picture', { pictureUrl: `data:image/png;base64,${png}` });
  assert.equal(pictured.status, 200, JSON.stringify(pictured.body));
  const { payload } = await board.waitFor('updateUser', (one) => one.loginId === '1005' && one.profilePictureUrl);
  const picture = await send(again, 'GET', payload.profilePictureUrl.replace('/api', ''));
  assert.deepEqual(Buffer.from(await picture.arrayBuffer()).toString('base64'), png);
});

step(tests.resources, {}, async () => {
  const steps = [
    ['/sites', { id: 'site-old', name: 'Ancien', ...extra }, { name: 'Ancien 2' }, 'newSite', 'updateSite', 'deleteSite'],
    ['/trunks', { id: 'trunk-old', name: 'T', domain: '10.0.0.9', authType: 'ip', dialPattern: '', inboundContext: 'evs-from-trunk', siteId: 'site-old', ...extra }, { name: 'T2', password: '' }, 'newTrunk', 'updateTrunk', 'deleteTrunk'],
    ['/dids', { id: 'did-old', number: '+33140999999', description: 'D', trunkId: 'trunk-old', ivrFlowId: null, ...extra }, { description: 'D2' }, 'newDid', 'updateDid', 'deleteDid'],
    ['/user-groups', { id: 'group-old', name: 'G', memberIds: ['user-1001'], ...extra }, { memberIds: [] }, 'newGroup', 'updateGroup', 'deleteGroup'],
    ['/agent-profiles', { id: 'profile-old', name: 'P', callControlsConfig: { dial: true }, ...extra }, { name: 'P2' }, 'newAgentProfile', 'updateAgentProfile', 'deleteAgentProfile'],
    ['/scripts', { id: 'script-old', name: 'S', pages: [{ id: 'p', name: 'P', blocks: [] }], startPageId: 'p', backgroundColor: '#fff', ...extra }, { name: 'S2' }, 'newScript', 'updateScript', 'deleteScript'],
    ['/ivr-flows', { id: 'ivr-old', name: 'I', nodes: [], connections: [], ...extra }, { name: 'I2' }, 'newIvrFlow', 'updateIvrFlow', 'deleteIvrFlow'],
    ['/qualifications', { id: 'qual-old', code: '300', description: 'Q', type: 'positive', isRecyclable: false, ...extra }, { description: 'Q2' }, 'newQualification', 'updateQualification', 'deleteQualification'],
    ['/qualification-groups/groups', { id: 'qg-old', name: 'QG', ...extra }, { name: 'QG2' }, 'newQualificationGroup', 'updateQualificationGroup', 'deleteQualificationGroup'],
    ['/campaigns', { id: 'campaign-short', name: 'Brève', description: '', callerId: '+33140000009', isActive: false, assignedUserIds: [], dialingMode: 'MANUAL', retryOnStatus: ['BUSY', 'NO_ANSWER'], ...extra },
      { name: 'Brève 2' }, 'campaignUpdate', 'campaignUpdate', 'deleteCampaign'],
    ['/users', { id: 'user-old', loginId: '3000', firstName: 'O', lastName: 'C', role: 'Agent', isActive: true, campaignIds: [], password: 'ancien-client', ...extra }, { firstName: 'O2', isActive: false }, 'newUser', 'updateUser', 'deleteUser'],
  ];
  for (const [path, body, change, made, changed, gone] of steps) {
    const created = await admin.raw('POST', path, body);
    assert.equal(created.status, 201, `${path} ${JSON.stringify(created.body)}`);
    await board.waitFor(made, (one) => one.id === body.id);
    const saved = await admin.raw('PUT', `${path}/${body.id}`, { ...created.body, ...change });
    assert.equal(saved.status, 200, `${path} ${JSON.stringify(saved.body)}`);
    await board.waitFor(changed, (one) => one.id === body.id);
    const all = await admin.get(path);
    assert.ok(all.some((one) => one.id === body.id), `${path} is a list`);
  }
  for (const path of ['/scripts/script-old', '/ivr-flows/ivr-old']) {
    const copy = await admin.raw('POST', `${path}/duplicate`);
    assert.equal(copy.status, 201);
    assert.notEqual(copy.body.id, path.split('/')[2]);
  }
  for (const [path, body, , , , gone] of steps.reverse()) {
    assert.equal((await admin.raw('DELETE', `${path}/${body.id}`)).status, 204, path);
    assert.deepEqual((await board.waitFor(gone, (one) => one.id === body.id)).payload, { id: body.id });
  }
});

step(tests.bulk, {}, async () => {
  const said = await admin.raw('POST', '/users/bulk', { users: [{ loginId: '3101', firstName: 'A', lastName: 'B', role: 'Agent', password: 'ancien-client', ...extra }, { loginId: '1001', role: 'Agent' }] });
  assert.equal(said.status, 200, JSON.stringify(said.body));
  assert.deepEqual([said.body.created, said.body.failed], [1, 1]);
  await board.waitFor('usersBulkUpdate');
});

step(tests.audio, {}, async () => {
  const path = join(evs.folder, 'accueil.wav');
  execFileSync('sox', ['-n', '-r', '44100', '-c', '2', '-b', '16', path, 'synth', '1', 'sine', '440']);
  const form = new FormData();
  form.set('name', 'Accueil');
  form.set('audioFile', new Blob([readFileSync(path)], { type: 'audio/wav' }), 'accueil été.wav');
  const answer = await send(admin, 'POST', '/audio-files', form);
  const sound = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(sound));
  assert.deepEqual([sound.name, sound.fileName], ['Accueil', 'accueil été.wav']);
  assert.ok(Math.abs(sound.duration - 1) < 0.1);
  assert.ok(sound.size > 0 && Date.parse(sound.uploadDate));
  assert.deepEqual((await board.waitFor('newAudioFile', (one) => one.id === sound.id)).payload, sound);
  assert.ok((await admin.get('/audio-files')).some((one) => one.id === sound.id));
  assert.ok((await admin.get('/application-data')).audioFiles.some((one) => one.id === sound.id));
  const heard = await send(admin, 'GET', `/media/audio-files/${sound.id}.wav`);
  assert.equal(Buffer.from(await heard.arrayBuffer()).subarray(0, 4).toString(), 'RIFF');
  const saved = await admin.raw('PUT', `/audio-files/${sound.id}`, { ...sound, name: 'Accueil 2', ...extra });
  assert.equal(saved.status, 200, JSON.stringify(saved.body));
  await board.waitFor('updateAudioFile', (one) => one.id === sound.id && one.name === 'Accueil 2');
  assert.equal((await admin.raw('DELETE', `/audio-files/${sound.id}`)).status, 204);
  assert.deepEqual((await board.waitFor('deleteAudioFile', (one) => one.id === sound.id)).payload, { id: sound.id });
});

step(tests.planning, {}, async () => {
  const day = (hour) => `2026-03-02T${hour}:00:00.000Z`;
  const planned = { eventData: { activityId: 'activity-disponible', startDate: day('08'), endDate: day('16'), rrule: 'FREQ=WEEKLY;BYDAY=MO,TU', ...extra }, targetIds: ['user-1001', 'user-1002'] };
  const made = await admin.raw('POST', '/planning-events', planned);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await board.waitFor('planningUpdated');
  let all = await admin.get('/planning-events?start=2026-03-01T00:00:00.000Z&end=2026-03-08T00:00:00.000Z');
  assert.equal(all.length, 2);
  const saved = await admin.raw('PUT', `/planning-events/${all[0].id}`, { ...all[0], endDate: day('15'), ...extra });
  assert.equal(saved.status, 200, JSON.stringify(saved.body));
  assert.ok((await admin.raw('DELETE', `/planning-events/${all[0].id}`)).ok);
  assert.ok((await admin.raw('POST', '/planning-events/bulk-delete', { eventIds: [all[1].id] })).ok);
  assert.ok((await admin.raw('POST', '/planning-events', planned)).ok);
  assert.ok((await admin.raw('DELETE', '/planning-events/all')).ok);
  all = await admin.get('/planning-events');
  assert.deepEqual(all, []);
});

step(tests.system, {}, async () => {
  assert.ok((await admin.get('/system/stats')).ram.total > 0);
  assert.ok(Array.isArray(await admin.get('/system/logs')));
  assert.ok((await admin.get('/system/db-schema')).api_users);
  assert.deepEqual((await admin.post('/system/db-query', { query: 'select id from api_sites order by id' })).columns, ['id']);
  assert.match((await admin.post('/system/test-db', {})).message, /PostgreSQL/);
  const env = services();
  const ami = { amiHost: env.EVS_AMI_HOST, amiPort: Number(env.EVS_AMI_PORT), amiUser: env.EVS_AMI_USER, amiPassword: env.EVS_AMI_SECRET };
  assert.ok((await admin.raw('POST', '/system/test-ami', ami)).ok);
  const [{ target }] = (await admin.get('/application-data')).connectivityServices;
  assert.equal((await admin.post('/system/ping', { target })).ok, true);
  const sink = await new SmtpSink({}).start();
  try {
    const smtp = await admin.raw('PUT', '/system/smtp-settings', { server: '127.0.0.1', port: sink.port, auth: false, secure: false, from: 'centre@exemple.fr', ...extra });
    assert.equal(smtp.status, 200, JSON.stringify(smtp.body));
    const mailed = await admin.raw('POST', '/system/test-email', { to: 'chef@exemple.fr' });
    assert.equal(mailed.status, 200, JSON.stringify(mailed.body));
    assert.equal(sink.mails.length, 1);
  } finally {
    await sink.stop();
  }
  for (const [path, body, part] of [['app-settings', { appName: 'Ancien', colorPalette: 'ocean' }, 'appSettings'], ['module-visibility', { categories: { Agent: true }, features: {} }, 'moduleVisibility'],
    ['backup-schedule', { frequency: 'daily', time: '04:15' }, 'backupSchedule']]) {
    const saved = await admin.raw('PUT', `/system/${path}`, { ...body, ...extra });
    assert.equal(saved.status, 200, `${path} ${JSON.stringify(saved.body)}`);
    await board.waitFor('settingsUpdate', (one) => one[part]);
  }
  const { systemConnectionSettings } = await admin.get('/application-data');
  assert.equal((await admin.raw('POST', '/system-connection', systemConnectionSettings)).status, 200);
});

step(tests.campaign, {}, async () => {
  const campaign = { id: 'campaign-old', name: 'Vieille', description: '', callerId: '+33140000009', isActive: true, assignedUserIds: ['user-1001'],
    dialingMode: 'MANUAL', qualificationGroupId: null, scriptId: null, wrapUpTime: 1, ...extra };
  assert.equal((await admin.raw('POST', '/campaigns', campaign)).status, 201);
  await board.waitFor('campaignUpdate', (one) => one.id === 'campaign-old');
  const filled = await admin.raw('POST', '/campaigns/campaign-old/contacts', { contacts: [
    { firstName: 'Ada', lastName: 'Byron', phoneNumber: '06 12 36 50 01', postalCode: '75001' },
    { firstName: 'Ada', lastName: 'Byron', phoneNumber: '0612365001', postalCode: '75001' },
    { firstName: 'Alan', lastName: 'Turing', phoneNumber: '+33612365002', postalCode: '69001' }],
  deduplicationConfig: { enabled: true, fieldIds: ['phoneNumber'] } });
  assert.ok(filled.ok, JSON.stringify(filled.body));

  crew.agent('1001').session = await signIn('1001');
  const agent = crew.agent('1001').session;
  await crew.rest(['1001']);
  const { contact, campaign: of } = await agent.post('/campaigns/next-contact', { agentId: 'user-1001', activeCampaignId: 'campaign-old' });
  assert.equal(of.id, 'campaign-old');
  assert.equal(contact.lastName, 'Byron');
  const second = await agent.raw('POST', `/contacts/${contact.id}/lock`, { agentId: 'user-1001' });
  assert.ok(second.ok, JSON.stringify(second.body));
  const foreign = await (await evs.login('1000')).raw('POST', `/contacts/${contact.id}/lock`, {});
  assert.equal(foreign.status, 409);
  assert.match(foreign.body.error, /en cours d'édition par l'agent/);

  const { callId } = await agent.post('/call/originate', { agentId: 'user-1001', destination: contact.phoneNumber, contactId: contact.id, campaignId: 'campaign-old' });
  await board.waitFor('callHangup', (one) => one.callId === callId, { timeout: 30_000 }).catch(async () => {
    await agent.post(`/call/${callId}/hangup`);
    await board.waitFor('callHangup', (one) => one.callId === callId);
  });
  const saved = await agent.raw('PUT', `/contacts/${contact.id}`, { ...contact, firstName: 'Augusta' });
  assert.ok(saved.ok, JSON.stringify(saved.body));
  assert.ok((await agent.raw('POST', `/contacts/${contact.id}/notes`, { agentId: 'user-1001', campaignId: 'campaign-old', note: 'Rappelle demain.' })).ok);
  const done = await agent.raw('POST', `/contacts/${contact.id}/qualify`, { qualificationId: 'qual-92', campaignId: 'campaign-old', agentId: 'user-1001' });
  assert.ok(done.ok, JSON.stringify(done.body));
  assert.ok((await agent.raw('GET', `/contacts/${contact.id}/history`)).ok);
  assert.ok((await admin.raw('GET', '/campaigns/campaign-old/history')).ok);
  const calls = await admin.get('/supervisor/call-history?page=1&limit=10');
  assert.deepEqual(Object.keys(calls).sort(), ['currentPage', 'hasNextPage', 'records', 'totalRecords']);
  const out = await agent.raw('POST', '/auth/logout');
  assert.equal(out.status, 200);
  assert.equal((await agent.raw('GET', '/auth/me')).status, 401);
});

step(tests.contacts, {}, async () => {
  const agent = await signIn('1001');
  const made = await agent.raw('POST', '/contacts', { campaignId: 'campaign-old', firstName: 'Grace', lastName: 'Hopper', phoneNumber: '0612365003', postalCode: 75002, ...extra });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  assert.ok((await agent.raw('POST', `/contacts/${id}/lock`, { agentId: 'user-1001' })).ok);
  assert.ok((await agent.raw('POST', `/contacts/${id}/unlock`, { agentId: 'user-1001' })).ok);
  const called = await agent.raw('POST', `/contacts/${id}/schedule-callback`, { agentId: 'user-1001', campaignId: 'campaign-old', contactName: 'Grace Hopper', contactNumber: '0612365003',
    scheduledTime: new Date(Date.now() + 3_600_000).toISOString(), notes: 'Le matin.' });
  assert.equal(called.status, 201, JSON.stringify(called.body));
  await board.waitFor('callbackUpdate', (one) => one.id === called.body.id);
  assert.equal((await agent.put(`/planning-events/callbacks/${called.body.id}`, { ...called.body, status: 'completed' })).status, 'completed');
  const recycled = await admin.raw('POST', '/campaigns/campaign-old/recycle', { qualificationId: 'qual-92' });
  assert.ok(recycled.ok, JSON.stringify(recycled.body));
  assert.equal((await admin.post('/contacts/bulk-delete', { contactIds: [id] })).deleted, 1);
});

// The last one that asks: it ends every session.
step(tests.backup, { timeout: 60_000 }, async () => {
  const made = await admin.raw('POST', '/system/backups', {});
  assert.ok(made.ok, JSON.stringify(made.body));
  const { fileName } = await waitFor('the backup', async () => (await admin.get('/system/backups')).items.find((one) => one.status === 'success'));
  await admin.put('/sites/site-lyon', { name: 'Après' });
  const restored = await admin.raw('POST', '/system/backups/restore', { fileName });
  assert.ok(restored.ok, JSON.stringify(restored.body));
  await waitFor('the restore', async () => (await evs.query("select name from sites where id = 'site-lyon'"))[0].name !== 'Après');
  await waitFor('the end of the sign-ins', async () => (await admin.raw('GET', '/sites')).status === 401);
  admin = await signIn('9999');
  assert.ok((await admin.raw('DELETE', `/system/backups/${fileName}`)).ok);
});

test('every starred path that exists was answered, in the test that the table names', () => {
  const missing = Object.entries(starred).filter(([path, name]) => !seen.get(path)?.has(name)).map(([path, name]) => `${path} (${name})`);
  assert.deepEqual(missing, []);
});
