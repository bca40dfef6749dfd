// Lists of contacts: uploaded as they come, imported as jobs that everybody concerned can watch, with a report that says why each row
// was not taken; all of a list or nothing, whatever happens to the node.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../support/instance.mjs';
import { startInstance } from '../support/node.mjs';
import { waitFor } from '../support/wait.mjs';

const files = join(root, 'tests/unit/imports/files');
const mobile = (n) => `06${String(12_000_000 + n).padStart(8, '0')}`;
let evs;
let supervisor;
let admin;

before(async () => {
  evs = await startInstance({ config: { limits: { requests_per_second: 10_000, request_burst: 10_000 }, auth: { single_session: false } } });
  supervisor = await evs.login('1000');
  admin = await evs.login('9000');
});

after(() => evs?.close());

async function campaign(name, more = {}) {
  const made = await admin.post('/campaigns', { name, callerId: '+33140000009', dialingMode: 'MANUAL', assignedUserIds: ['user-1001'], ...more });
  return made.id;
}

/** Uploads a list; the answer whatever it is. */
async function upload(session, campaignId, content, { name = 'liste.csv', ...fields } = {}) {
  const form = new FormData();
  for (const [field, what] of Object.entries(fields)) form.append(field, JSON.stringify(what));
  form.append('file', new Blob([content]), name);
  const answer = await fetch(`${evs.base}/api/campaigns/${campaignId}/contacts/import`,
    { method: 'POST', headers: { authorization: `Bearer ${session.token}` }, body: form, signal: AbortSignal.timeout(60_000) });
  return { status: answer.status, body: await answer.json() };
}

const ended = (id, session = supervisor) => waitFor(`the end of ${id}`, async () => {
  const job = await session.get(`/jobs/${id}`);
  return ['done', 'failed'].includes(job.state) && job;
}, { timeout: 60_000 });

async function imported(campaignId, content, options) {
  const { status, body } = await upload(supervisor, campaignId, content, options);
  assert.equal(status, 202, JSON.stringify(body));
  return ended(body.jobId);
}

async function text(path) {
  const answer = await fetch(`${evs.base}/api${path}`, { headers: { authorization: `Bearer ${supervisor.token}` } });
  assert.equal(answer.status, 200);
  return { type: answer.headers.get('content-type'), name: answer.headers.get('content-disposition'), text: Buffer.from(await answer.arrayBuffer()).toString() };
}

test('an ugly list: what is taken is in the campaign, what is not has its line and its reason', async () => {
  const id = await campaign('Laide');
  const job = await imported(id, readFileSync(join(files, 'contacts.csv')), { deduplicationConfig: { enabled: true, fieldIds: ['phoneNumber'] } });
  assert.equal(job.state, 'done', job.reason);
  assert.deepEqual(job.result, { total: 10, valid: 6, invalid: 4, duplicates: 1 });
  assert.equal(job.description, 'CSV, séparateur « ; », UTF-8');
  assert.deepEqual(await evs.query(`select phone_e164 from contacts where campaign_id = '${id}' order by seq`).then((rows) => rows.map((r) => r.phone_e164)),
    ['+33612345678', '+33612345679', '+33612345680', '+33612345681', '+33612345682', '+33612345683']);
  const rejected = await text(`/jobs/${job.id}/rejected`);
  assert.match(rejected.type, /^text\/csv/);
  assert.match(rejected.name, /lignes-rejetees\.csv/);
  assert.equal(rejected.text, '\ufeffLigne;Motif;Prénom;Nom;Téléphone;Code postal;Ville\r\n'
    + '8;Numéro de téléphone invalide.;Tom;Noir;12;;\r\n'
    + '9;Numéro de téléphone manquant.;Léa;Vide;;;\r\n'
    + "10;Doublon détecté : même contact qu'à la ligne 2.;ZOÉ;MARTIN;'+33612345678;75012;Paris\r\n"
    + "12;La ligne a 6 cellules, l'en-tête en a 5.;Trop;De;0612345684;1;2;3\r\n");
});

test('a workbook of a real spreadsheet program, with a mapping', async () => {
  const id = await campaign('Classeur');
  const job = await imported(id, readFileSync(join(files, 'libreoffice.xlsx')),
    { name: 'liste.xlsx', mapping: { phoneNumber: 'Téléphone', lastName: 'Nom', firstName: 'Prénom', postalCode: 'Code postal', naissance: 'Né le' } });
  assert.equal(job.state, 'done', job.reason);
  assert.equal(job.description, 'XLSX, feuille « Contacts »');
  assert.deepEqual(await evs.query(`select first_name, last_name, phone_e164, postal_code, custom_fields from contacts where campaign_id = '${id}' order by seq`), [
    { first_name: 'Zoé', last_name: 'd’Aboville & Fils', phone_e164: '+33612345678', postal_code: '01000', custom_fields: { naissance: '1980-02-29' } },
    { first_name: 'Jean', last_name: 'Dupont', phone_e164: '+33612345679', postal_code: '75011', custom_fields: { naissance: '1955-07-14' } },
    { first_name: '', last_name: 'Deux\nlignes', phone_e164: '+33140000001', postal_code: '2A004', custom_fields: {} },
  ]);
});

test("numbers are read by the campaign's country", async () => {
  const id = await campaign('Bruxelles', { timezone: 'Europe/Brussels' });
  await imported(id, 'nom;tel\nA;0472 12 34 56\nB;0033612345678\n');
  assert.deepEqual((await evs.query(`select phone_e164 from contacts where campaign_id = '${id}' order by seq`)).map((r) => r.phone_e164),
    ['+32472123456', '+33612345678']);
});

test('progress reaches supervisors and nobody else; the campaign is told of once', async () => {
  const id = await campaign('Suivie');
  const board = await evs.live(supervisor);
  const agent = await evs.live(await evs.login('1001'));
  const rows = Array.from({ length: 120_000 }, (_, i) => `Nom${i};${mobile(i)}`);
  const since = board.events.length;
  const { body } = await upload(supervisor, id, `nom;tel\n${rows.join('\n')}\n`, { deduplicationConfig: { enabled: true, fieldIds: ['phoneNumber'] } });
  const last = await board.waitFor('jobUpdate', (job) => job.id === body.jobId && job.state === 'done', { timeout: 60_000, since });
  assert.deepEqual(last.payload.result, { total: 120_000, valid: 120_000, invalid: 0, duplicates: 0 });
  const seen = board.of('jobUpdate', (job) => job.id === body.jobId).map((e) => e.payload);
  assert.equal(seen[0].state, 'queued');
  assert.ok(seen.some((job) => job.state === 'running'), 'it was seen running');
  for (const [a, b] of seen.slice(1).map((job, i) => [seen[i], job]))
    if (a.phase === b.phase) assert.ok(b.done >= a.done, 'it only moves on');
  await board.waitFor('campaignUpdate', (c) => c.id === id && c.contactStats.total === 120_000, { since });
  assert.equal(board.of('campaignUpdate', (c) => c.id === id && c.contactStats.total > 0).length, 1);
  assert.equal(board.of('contactUpdate').length, 0, 'not an event a contact');
  assert.equal(agent.of('jobUpdate').length, 0);
  board.socket.terminate();
  agent.socket.terminate();
});

test('kill -9 in the middle: nothing or everything, and the list is taken up again', async () => {
  const id = await campaign('Tuée');
  const rows = Array.from({ length: 150_000 }, (_, i) => `Nom${i};${mobile(i)}`);
  const { body } = await upload(supervisor, id, `nom;tel\n${rows.join('\n')}\n`);
  await waitFor('the job at work', async () => (await supervisor.get(`/jobs/${body.jobId}`)).done >= 20_000, { every: 10 });
  await evs.kill9();
  const [{ n }] = await evs.query(`select count(*)::integer as n from contacts where campaign_id = '${id}'`);
  assert.ok(n === 0 || n === 150_000, `${n} contacts`);
  await evs.start();
  supervisor = await evs.login('1000');
  admin = await evs.login('9000');
  const job = await ended(body.jobId);
  assert.equal(job.state, 'done', job.reason);
  const [{ m }] = await evs.query(`select count(*)::integer as m from contacts where campaign_id = '${id}'`);
  assert.equal(m, 150_000);
});

test('hostile and hopeless files end as jobs that say why', async () => {
  const id = await campaign('Hostile');
  for (const [name, why] of [['bomb-sheet.xlsx', /zip bomb/], ['traversal.xlsx', /chemin interdit/], ['billion-laughs.xlsx', /type de document/],
    ['cut.xlsx', /endommagé/], ['old.xls', /ancien format/], ['only-blank.csv', /aucune ligne/]]) {
    const job = await imported(id, readFileSync(join(files, name)), { name: '../../etc/passwd' });
    assert.equal(job.state, 'failed', name);
    assert.match(job.reason, why, name);
    assert.equal(job.fileName, 'passwd');
  }
  const [{ n }] = await evs.query(`select count(*)::integer as n from contacts where campaign_id = '${id}'`);
  assert.equal(n, 0);
});

test('what is wrong with a request is said before anything is kept', async () => {
  const id = await campaign('Refusée');
  const refused = async (options, field) => {
    const { status, body } = await upload(supervisor, id, 'nom;tel\n', options);
    assert.equal(status, 400);
    assert.ok(body.fields[field], JSON.stringify(body));
  };
  await refused({ mapping: [] }, 'mapping');
  await refused({ mapping: { phoneNumber: {} } }, 'mapping.phoneNumber');
  await refused({ deduplicationConfig: { enabled: true, fieldIds: [] } }, 'deduplicationConfig.fieldIds');
  await refused({ deduplicationConfig: { enabled: 'oui' } }, 'deduplicationConfig.enabled');
  await refused({ options: { country: 'France' } }, 'options.country');
  await refused({ other: 1 }, 'other');
  assert.equal((await upload(supervisor, 'no-such', 'nom;tel\n')).status, 404);
  assert.equal((await upload(await evs.login('1001'), id, 'nom;tel\n')).status, 403);
  const none = await supervisor.raw('GET', '/jobs/no-such');
  assert.equal(none.status, 404);
});

test("older clients' way: contacts in the body, a report a row", async () => {
  const id = await campaign('Ancienne');
  const said = await supervisor.post(`/campaigns/${id}/contacts`, {
    contacts: [
      { id: 'contact-import-1', firstName: 'Zoé', lastName: 'Martin', phoneNumber: '0612345678', postalCode: '', status: 'pending', customFields: { ville: 'Paris' }, originalRow: { Tel: '06 12 34 56 78' } },
      { id: 'contact-import-2', phoneNumber: 'x', customFields: {}, originalRow: { Tel: 'x' } },
      { id: 'contact-import-3', phoneNumber: '+33612345678', customFields: {}, originalRow: { Tel: '+33612345678' } },
    ],
    deduplicationConfig: { enabled: true, fieldIds: ['phoneNumber'] }, whatever: true,
  });
  assert.deepEqual(said, { message: 'Import processed.', summary: { total: 3, valids: 1, invalids: 2 },
    invalids: [{ row: { Tel: 'x' }, line: 2, reason: 'Numéro de téléphone invalide.' }, { row: { Tel: '+33612345678' }, line: 3, reason: 'Doublon détecté.' }] });
});

test('the export is a CSV file that runs nothing', async () => {
  const id = await campaign('Sortie');
  await imported(id, "Prénom;Nom;Tél;Note\n=cmd|' /C calc'!A0;@SUM(A1);0612345678;-1+1\n");
  const { text: csv, type, name } = await text(`/campaigns/${id}/contacts/export`);
  assert.match(type, /^text\/csv/);
  assert.match(name, /contacts\.csv/);
  const [heading, row] = csv.slice(1).split('\r\n');
  assert.equal(heading, 'Prénom;Nom;Téléphone;Numéro international;Code postal;Statut;Qualification;À relancer le;Créé le;Note');
  assert.match(row, /^'=cmd\|' \/C calc'!A0;'@SUM\(A1\);0612345678;'\+33612345678;;À appeler;;;[^;]*;'-1\+1$/);
});
