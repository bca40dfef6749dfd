// A client of the generation before: the starred paths, their bodies and answers, and the compatibility WebSocket; nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Crew, brisk } from '../support/crew.mjs';
import { services } from '../support/instance.mjs';
import { Carrier } from '../support/lab/phones.mjs';
import { startInstance } from '../support/node.mjs';

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
  admin = await evs.login('9999');
  board = await evs.compat(admin);
});

after(async () => {
  await board?.close();
  await crew?.leave();
  await paris?.stop();
  await evs?.close();
});

/** As those clients do: everything they know goes into the body, fields of their own included. */
const extra = { contacts: [], _open: true, createdAt: '2024-01-01T00:00:00.000Z' };

test('loads its data', async () => {
  assert.ok((await evs.anonymous().get('/public-config')).appSettings.appName);
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

test('creates, changes and deletes each resource, with bodies of its own making', async () => {
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
    ['/users', { id: 'user-old', loginId: '3000', firstName: 'O', lastName: 'C', role: 'Agent', isActive: true, campaignIds: [], password: 'ancien-client', ...extra }, { firstName: 'O2', isActive: false }, 'newUser', 'updateUser', 'deleteUser'],
  ];
  for (const [path, body, change, made, changed, gone] of steps) {
    const created = await admin.raw('POST', path, body);
    assert.equal(created.status, 201, `${path} ${JSON.stringify(created.body)}`);
    await board.waitFor(made, (one) => one.id === body.id);
    const saved = await admin.raw('PUT', `${path}/${body.id}`, { ...created.body, ...change });
    assert.equal(saved.status, 200, `${path} ${JSON.stringify(saved.body)}`);
    await board.waitFor(changed, (one) => one.id === body.id);
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

test('fills a campaign, asks for a contact, calls, qualifies, and logs out', async () => {
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
  const out = await agent.raw('POST', '/auth/logout');
  assert.equal(out.status, 200);
  assert.equal((await agent.raw('GET', '/auth/me')).status, 401);
});
