// Handing out contacts through the node: who may ask, what a logout, a failed call and a crash leave behind, who hears of it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

const CREW = Array.from({ length: 16 }, (_, i) => String(1001 + i));
const campaignId = 'campaign-demo';

let evs;
let supervisor;
let board;
const agents = {};

before(async () => {
  evs = await startInstance({ config: { limits: { requests_per_second: 10_000, request_burst: 10_000 } } });
  supervisor = await evs.login('1000');
  board = await evs.live(supervisor);
  for (const login of CREW) agents[login] = await evs.login(login);
}, { timeout: 60_000 });
after(() => evs?.close());

const ready = async (...logins) => {
  for (const login of logins) await agents[login].post(`/agents/user-${login}/status`, { status: 'En Attente' });
};
const next = (login) => agents[login].post('/campaigns/next-contact', { agentId: `user-${login}`, activeCampaignId: campaignId });
const list = async (count) => {
  await evs.query('delete from contact_locks');
  await evs.query('delete from contacts');
  await evs.query(`insert into contacts (id, campaign_id, first_name, last_name, phone_number)
    select 'c-' || n, '${campaignId}', 'Prénom' || n, 'Nom' || n, '06' || lpad(n::text, 8, '0') from generate_series(1, ${count}) n order by n`);
};
const owners = async () => Object.fromEntries((await evs.query('select contact_id, owner_id from contact_locks')).map((l) => [l.contact_id, l.owner_id]));

beforeEach(() => list(40));

test('only an agent who waits for work is handed a contact, with its campaign and the token of his lock', async () => {
  const refused = await agents[1001].raw('POST', '/campaigns/next-contact', { agentId: 'user-1001', activeCampaignId: campaignId });
  assert.equal(refused.status, 409, JSON.stringify(refused.body));
  assert.match(refused.body.error, /En Attente/);
  await ready('1001', '1002');
  const { contact, campaign } = await next('1001');
  assert.equal(contact.id, 'c-1');
  assert.equal(contact.lockedBy, 'user-1001');
  assert.ok(contact.lockToken);
  assert.equal(campaign.id, campaignId);
  assert.deepEqual(campaign.contacts, []);
  assert.equal(campaign.contactStats.total, 40);
  assert.equal((await next('1002')).contact.id, 'c-2');
  assert.equal((await agents[1002].raw('POST', '/campaigns/next-contact', { agentId: 'user-1001', activeCampaignId: campaignId })).status, 403);
  const held = await agents[1002].raw('POST', '/contacts/c-1/lock', {});
  assert.equal(held.status, 409);
  assert.match(held.body.error, /^Cette fiche est actuellement en cours d'édition par l'agent Camille Martin/);
  const { payload } = await board.waitFor('contactUpdate', (c) => c.id === 'c-1' && c.lockedBy === 'user-1001');
  assert.equal(payload.lockToken, undefined);
  await agents[1001].post('/contacts/c-1/qualify', { qualificationId: 'qual-90', campaignId, agentId: 'user-1001' });
  await board.waitFor('contactUpdate', (c) => c.id === 'c-1' && c.status === 'qualified');
  await board.waitFor('campaignUpdate', (c) => c.contactStats.qualified === 1, { timeout: 5000 });
});

test('every request of an old client, and what is wrong with it', async () => {
  await ready('1001');
  const { contact } = await next('1001');
  const note = await agents[1001].raw('POST', `/contacts/${contact.id}/notes`, { agentId: 'user-1001', campaignId, note: 'rappeler', old: 'field' });
  assert.equal(note.status, 201);
  assert.equal(note.body.note, 'rappeler');
  const saved = await agents[1001].put(`/contacts/${contact.id}`, { ...contact, firstName: 'Zoé', customFields: { ville: 'Paris' }, status: 'qualified' });
  assert.deepEqual([saved.firstName, saved.customFields, saved.status], ['Zoé', { ville: 'Paris' }, 'pending']);
  const history = await agents[1001].get(`/contacts/${contact.id}/history`);
  assert.equal(history.contactNotes.length, 1);
  assert.deepEqual(history.callHistory, []);
  const found = await agents[1001].get('/contacts?q=nom1');
  assert.ok(found.some((c) => c.id === 'c-1') && found.some((c) => c.id === 'c-10'));
  const made = await agents[1001].raw('POST', '/contacts', { campaignId, firstName: 'Neuf', phoneNumber: '0611223344' });
  assert.equal(made.status, 201);
  assert.equal((await agents[1001].raw('POST', '/contacts', { campaignId, phoneNumber: 'x' })).status, 400);
  for (const [path, body] of [['/contacts/nothing/lock', {}], ['/contacts/nothing/notes', { note: 'x' }], ["/contacts/'%20or%20true--/lock", {}],
    ['/contacts/nothing/qualify', { qualificationId: 'qual-90' }]])
    assert.equal((await agents[1001].raw('POST', path, body)).status, 404, path);
  assert.equal((await agents[1001].raw('POST', `/contacts/${contact.id}/qualify`, { campaignId })).body.fields.qualificationId, 'Champ obligatoire.');
  assert.equal((await agents[1001].raw('POST', `/campaigns/${campaignId}/recycle`, { qualificationId: 'qual-90' })).status, 403);
  assert.equal((await supervisor.raw('POST', '/contacts/bulk-delete', { contactIds: ['c-40'] })).status, 403);
  const admin = await evs.login('9000');
  assert.equal((await admin.post('/contacts/bulk-delete', { contactIds: ['c-40', contact.id] })).deleted, 1);
  const page = await supervisor.get(`/campaigns/${campaignId}/contacts?limit=5&status=pending`);
  assert.equal(page.items.length, 5);
  assert.ok(page.nextCursor);
  assert.deepEqual(await supervisor.get(`/campaigns/${campaignId}/history`), []);
  const data = await agents[1001].get('/application-data');
  assert.equal(data.contactNotes.length, 1);
  assert.equal((await agents[1002].get('/application-data')).contactNotes.length, 0);
});

test('a callback reminds its agent on his own screen', async () => {
  await ready('1003');
  const { contact } = await next('1003');
  const own = await evs.live(agents[1003]);
  const other = await evs.live(agents[1004]);
  const made = await agents[1003].raw('POST', `/contacts/${contact.id}/schedule-callback`, { agentId: 'user-1003', campaignId, contactName: 'Nom',
    contactNumber: '0611', scheduledTime: new Date(Date.now() + 1500).toISOString(), notes: '' });
  assert.equal(made.status, 201);
  await own.waitFor('callbackUpdate', (c) => c.id === made.body.id && !c.due);
  await board.waitFor('callbackUpdate', (c) => c.id === made.body.id);
  await own.waitFor('callbackUpdate', (c) => c.id === made.body.id && c.due === true, { timeout: 6000 });
  assert.equal((await agents[1003].get('/application-data')).personalCallbacks.length, 1);
  assert.equal((await agents[1003].put(`/planning-events/callbacks/${made.body.id}`, { status: 'completed' })).status, 'completed');
  await own.waitFor('callbackUpdate', (c) => c.id === made.body.id && c.status === 'completed');
  assert.equal(other.of('callbackUpdate').length, 0);
  own.socket.close();
  other.socket.close();
});

test('a call that does not come about gives the contact back, with the reason; a logout too', async () => {
  await ready('1005', '1006');
  const { contact } = await next('1005');
  // Nobody has a phone here.
  const refused = await agents[1005].raw('POST', '/call/originate', { agentId: 'user-1005', destination: contact.phoneNumber, contactId: contact.id, campaignId });
  assert.equal(refused.ok, false);
  const [row] = await evs.query('select status from contacts where id = $1', [contact.id]);
  assert.equal(row.status, 'pending');
  const [story] = await evs.query("select reason from contact_history where contact_id = $1 and kind = 'dial_failed'", [contact.id]);
  assert.equal(story.reason, refused.body.error);
  assert.equal((await next('1006')).contact.id, contact.id);
  const other = await agents[1005].raw('POST', '/call/originate', { agentId: 'user-1005', destination: contact.phoneNumber, contactId: contact.id, campaignId });
  assert.equal(other.status, 409);
  assert.match(other.body.error, /en cours d'édition/);
  // As if the call had been made.
  await evs.query("update contacts set status = 'called' where id = $1", [contact.id]);
  await evs.query('update contact_locks set dialled_at = now() where contact_id = $1', [contact.id]);
  await agents[1006].post('/auth/logout');
  await waitFor('code 101', async () => (await evs.query("select 1 from contacts where id = $1 and qualification_id = 'qual-101'", [contact.id])).length === 1);
  assert.deepEqual(await owners(), {});
  agents[1006] = await evs.login('1006');
});

test('sixteen askers and kill -9 of the node: no contact twice, none lost', { timeout: 120_000 }, async () => {
  await list(400);
  await ready(...CREW);
  const worked = new Map(); // contact -> how often somebody finished it
  let asking = true;
  let crashes = 0;
  const holders = new Map();
  const problems = [];
  const work = async (login) => {
    while (asking) {
      let contact;
      try {
        ({ contact } = await next(login));
      } catch (error) {
        // Away, or back and not yet told that he waits.
        if (error.status === 409) await agents[login].raw('POST', `/agents/user-${login}/status`, { status: 'En Attente' }).catch(() => {});
        else await new Promise((done) => setTimeout(done, 50));
        continue;
      }
      if (!contact) return;
      const holder = holders.get(contact.id);
      if (holder && holder !== login) problems.push(`${contact.id} is with ${holder} and ${login}`);
      if (worked.has(contact.id)) problems.push(`${contact.id} was finished by ${worked.get(contact.id)} and comes again`);
      holders.set(contact.id, login);
      try {
        await agents[login].post(`/contacts/${contact.id}/qualify`, { qualificationId: 'qual-90', campaignId, agentId: `user-${login}` });
        worked.set(contact.id, login);
      } catch (error) {
        if (error.status) problems.push(`${login} could not qualify ${contact.id}: ${error.message}`);
        // No answer: it was done, or he is handed the same contact again.
      }
      holders.delete(contact.id);
    }
  };
  const everybody = CREW.map(work);
  for (; crashes < 3; ++crashes) {
    await new Promise((done) => setTimeout(done, 250 + Math.random() * 250));
    await evs.kill9();
    await evs.start();
  }
  await Promise.all(everybody);
  asking = false;
  assert.deepEqual(problems, []);
  const [{ left, pool, locks }] = await evs.query(`select (select count(*) from contacts where status = 'pending')::int as left,
    (select count(*) from contact_pool)::int as pool, (select count(*) from contact_locks)::int as locks`);
  assert.deepEqual({ left, pool, locks }, { left: 0, pool: 0, locks: 0 });
  const [{ stats }] = await evs.query(`select contact_stats('${campaignId}') as stats`);
  assert.deepEqual(stats, { total: 400, pending: 0, called: 0, qualified: 400, locked: 0 });
});

test('kill -9 in the middle of recycling a long list: the next start goes on to its end', { timeout: 120_000 }, async () => {
  const total = 60_000;
  await evs.query('delete from contact_locks');
  await evs.query('delete from contacts');
  await evs.query(`insert into contacts (id, campaign_id, last_name, phone_number, status, qualification_id)
    select 'r-' || n, '${campaignId}', 'Nom', '06' || lpad(n::text, 8, '0'), 'qualified', 'qual-92' from generate_series(1, ${total}) n`);
  const left = async () => (await evs.query("select count(*)::int as n from contacts where qualification_id = 'qual-92'"))[0].n;
  const asked = supervisor.raw('POST', `/campaigns/${campaignId}/recycle`, { qualificationId: 'qual-92' }).catch(() => 'cut');
  await waitFor('the first pieces', async () => (await left()) < total, { every: 5 });
  await evs.kill9();
  assert.equal(await asked, 'cut', 'it was killed before it had answered');
  const rest = await left();
  assert.ok(rest > 0, 'it was killed in the middle');
  await evs.start();
  await waitFor('the rest', async () => (await left()) === 0, { timeout: 60_000 });
  const [{ noted }] = await evs.query('select count(*)::int as noted from contact_recycles');
  assert.equal(noted, 0);
});
