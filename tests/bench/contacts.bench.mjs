// How long an agent waits for his next contact: N contacts in one campaign, sixteen agents who ask at once.
//   --contacts 1000000 (10000000 needs some 10 GB and a quarter of an hour)  --agents 16  --claims 200  --rounds 3
//   --pauses 0,100: mean pause of an agent before each ask in ms; 0 asks as fast as the machine can answer  --servers evscallpro,peer
import path from 'node:path';
import { common, options, root } from './driver/options.mjs';
import { run } from './driver/processes.mjs';
import { count, fixed, medians, save, table } from './driver/report.mjs';
import { startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, contacts: 1_000_000, agents: 16, claims: 200, pauses: '0,100' });
const program = path.join(o.programs, 'bench_claims');
const peer = path.join(root, 'tests/bench/peer/contacts.js');
const env = startServices();
const results = [];
try {
  if (env.EVS_PRIVATE_PG === 'no' && process.env.EVS_BENCH_EXTERNAL !== 'yes')
    throw new Error('EVS_PG_URL is not ours and a benchmark fills it; EVS_BENCH_EXTERNAL=yes allows that');
  run(path.join(root, 'tests/bench/driver/services.sh'), ['clean']);
  console.log(`filling ${count(o.contacts)} contacts ...`);
  run(program, ['fill', '--url', env.EVS_PG_URL, '--contacts', String(o.contacts)]);
  const servers = o.servers.split(',');
  if (servers.includes('peer')) run(process.execPath, [peer, 'fill', env.EVS_PG_URL]);
  const asked = {
    evscallpro: (pause) => run(program, ['run', '--url', env.EVS_PG_URL, '--agents', String(o.agents), '--claims', String(o.claims), '--pause', pause]),
    peer: (pause) => run(process.execPath, [peer, 'run', env.EVS_PG_URL, String(o.agents), String(o.claims), pause]),
  };
  for (const pause of String(o.pauses).split(',')) {
    const rounds = Object.fromEntries(servers.map((server) => [server, []]));
    for (let round = 0; round < o.rounds; ++round) for (const server of servers) rounds[server].push(JSON.parse(asked[server](pause).toString()));
    for (const server of servers) results.push({ server, pause: Number(pause), median: medians(rounds[server]), rounds: rounds[server] });
  }
} finally {
  stopServices();
}

table([
  ['server', 'pause ms', 'contacts', 'agents', 'asks/s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'twice'],
  ...results.map(({ server, pause, median: m }) => [server, pause, count(o.contacts), o.agents, fixed(m.perSecond, 0), fixed(m.p50, 2), fixed(m.p95, 2),
    fixed(m.p99, 2), fixed(m.max, 2), m.twice]),
]);
save('contacts', { options: o, results });
if (results.some(({ rounds }) => rounds.some((r) => r.twice > 0 || r.failed > 0))) process.exitCode = 1;
