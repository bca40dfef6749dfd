// How long a list of contacts takes from the end of its upload until it can be called: N rows with de-duplication by telephone number, into
// an empty campaign and then, the same list again, into the full one. The node's memory is watched all the time.
//   --contacts 1000000  --rounds 3  --columns 5 (more: custom fields)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { common, options } from './driver/options.mjs';
import { cpuSeconds, pause, rssKb } from './driver/processes.mjs';
import { count, fixed, medians, save, table } from './driver/report.mjs';
import { evscallpro } from './driver/servers.mjs';
import { onStage, startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, contacts: 1_000_000, columns: 5 });

/** Numbers repeat where the plan of numbers is small: a few thousand doubles among a million. */
function listOf(rows, columns) {
  const file = path.join(os.tmpdir(), `evs-list-${process.pid}.csv`);
  const out = fs.openSync(file, 'w');
  let seed = 20261122;
  const random = (below) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return Math.floor((seed / 2 ** 32) * below); };
  const two = (n) => String(n).padStart(2, '0');
  const extra = Array.from({ length: Math.max(0, columns - 5) }, (_, i) => `Champ ${i + 1}`);
  let text = ['Prénom', 'Nom', 'Téléphone', 'Code postal', 'Ville', ...extra].join(';') + '\r\n';
  for (let i = 0; i < rows; i++) {
    const number = `0${1 + random(5)} ${two(random(80) + 10)} ${two(random(100))} ${two(random(100))} ${two(random(100))}`;
    text += [`Prénom${random(500)}`, `Nom${random(50_000)}`, number, String(1000 + random(95_000)).padStart(5, '0'), `Ville ${random(36_000)}`,
      ...extra.map(() => `valeur ${random(1000)}`)].join(';') + '\r\n';
    if (text.length > 1 << 20) { fs.writeSync(out, text); text = ''; }
  }
  fs.writeSync(out, text);
  fs.closeSync(out);
  return file;
}

async function importOnce(stage, session, campaign, content) {
  const call = async (method, url, body) => {
    const answer = await fetch(`http://127.0.0.1:${stage.env.EVS_HTTP_PORT}/api${url}`, { method, body, headers: { authorization: `Bearer ${session}` } });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const form = new FormData();
  form.append('deduplicationConfig', JSON.stringify({ enabled: true, fieldIds: ['phoneNumber'] }));
  form.append('file', new Blob([content]), 'liste.csv');
  const used = () => ({ node: cpuSeconds(stage.program.pid), postgres: stage.env.PG_PID ? cpuSeconds(Number(stage.env.PG_PID), true) : 0 });
  const rssBefore = rssKb(stage.program.pid);
  let peak = rssBefore;
  const watch = setInterval(() => { peak = Math.max(peak, rssKb(stage.program.pid)); }, 50);
  try {
    const begun = performance.now();
    const { jobId } = await call('POST', `/campaigns/${campaign}/contacts/import`, form);
    const uploaded = performance.now();
    const before = used();
    // The database's process for the import is gone when the job has ended: what it used is read while it runs.
    let after = before;
    for (;;) {
      const now = used();
      after = { node: now.node, postgres: Math.max(after.postgres, now.postgres) };
      const job = await call('GET', `/jobs/${jobId}`);
      if (job.state === 'failed') throw new Error(job.reason);
      if (job.state === 'done')
        return { uploadS: (uploaded - begun) / 1000, importS: (performance.now() - uploaded) / 1000, ...job.result, rssBeforeMb: rssBefore / 1024, peakMb: peak / 1024,
          nodeCpuS: after.node - before.node, postgresCpuS: after.postgres - before.postgres };
      await pause(100);
    }
  } finally {
    clearInterval(watch);
  }
}

async function signIn(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/auth/login`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ loginId: '9000', password: '9000' }) });
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
  return (await answer.json()).accessToken;
}

const env = startServices();
const file = listOf(o.contacts, o.columns);
const content = fs.readFileSync(file);
const rounds = { empty: [], again: [] };
try {
  for (let round = 1; round <= o.rounds; ++round)
    await onStage(evscallpro, env, o.programs, { capacity: 1000 }, async (stage) => {
      const session = await signIn(stage.env.EVS_HTTP_PORT);
      for (const kind of ['empty', 'again']) {
        const r = await importOnce(stage, session, 'campaign-demo', content);
        rounds[kind].push(r);
        console.log(`  round ${round} ${kind}: ${fixed(r.importS, 1)} s, ${count(r.valid)} of ${count(r.total)} taken, peak ${fixed(r.peakMb, 0)} MB`);
      }
    });
} finally {
  fs.rmSync(file, { force: true });
  stopServices();
}

console.log('');
const results = Object.entries(rounds).map(([kind, all]) => ({ kind, median: medians(all), rounds: all }));
table([
  ['campaign', 'rows', 'taken', 'upload s', 'import s', 'node CPU s', 'pg CPU s', 'node MB before', 'node MB peak'],
  ...results.map(({ kind, median: m }) => [kind === 'empty' ? 'empty' : 'has the list', count(m.total), count(m.valid), fixed(m.uploadS, 1), fixed(m.importS, 1),
    fixed(m.nodeCpuS, 1), fixed(m.postgresCpuS, 1), fixed(m.rssBeforeMb, 0), fixed(m.peakMb, 0)]),
]);
console.log(`${count(content.length)} bytes of CSV; the time is from the answer to the upload until the job is done`);
save('import', { options: o, bytes: content.length, results });
