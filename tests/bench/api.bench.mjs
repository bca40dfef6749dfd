// The REST API of a full centre (500 users, 50 campaigns, N contacts), both servers in turn (A/B/A/B) on the same database, medians:
//   data   GET /api/application-data as administrator, supervisor and agent, one client and four at once
//   mixed  lists of 50, single ones and PUTs, 16 clients that never wait
//   saves  PUT -> event on 500 sessions; 50 more must not hear of it
//   flood  requests and events at a steady pace, without and with 1,000 sign-ins a second from many addresses
//   --contacts 1000000 (10000000: some 10 GB and half an hour)  --rounds 5  --seconds 5  --saves 200  --pace 5 (saves a second)
//   --sessions 500  --rate 1000 (sign-ins a second)  --flooding 10 (seconds)  --measures data,mixed,saves,flood  --servers evscallpro,peer
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { common, options, root } from './driver/options.mjs';
import { Program, pause, rssKb, run } from './driver/processes.mjs';
import { count, fixed, median, medians, ms, save, table } from './driver/report.mjs';
import { evscallpro, serversOf } from './driver/servers.mjs';
import { onStage, startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, rounds: 5, contacts: 1_000_000, seconds: 5, saves: 200, pace: 5, sessions: 500, rate: 1000, flooding: 10,
  measures: 'data,mixed,saves,flood' });

/** People of the plans: 0 administrator, 1 supervisor, then agents b1 to b20; the first ten are assigned to campaign-b1. */
const people = [{ login: '9000', password: '9000' }, { login: '1000', password: '1000' },
  ...Array.from({ length: 20 }, (_, i) => ({ login: `b${i + 1}`, password: '1001' }))];
const [administrator, supervisor, firstAgent] = [0, 1, 2];

function start(stage, command, plan) {
  const given = { port: Number(stage.env.EVS_HTTP_PORT), door: stage.server.door, people, ...plan };
  return new Program(`api-${command}`, path.join(stage.programs, 'bench_api'), [command, JSON.stringify(given)], { logFolder: stage.folder });
}

async function verdict(program, limitSeconds) {
  try {
    return JSON.parse(await program.line(/^\{/, limitSeconds));
  } finally {
    await program.stop();
  }
}

const client = (stage, command, plan, limitSeconds) => verdict(start(stage, command, plan), limitSeconds);

/** An answer that is no success makes a time worthless. */
function allWell(what, { statuses }) {
  const bad = Object.entries(statuses).filter(([status]) => !/^2/.test(status));
  if (bad.length > 0) throw new Error(`${what}: answers ${JSON.stringify(Object.fromEntries(bad))}`);
}

async function data(stage) {
  const out = {};
  const askers = [['administrator', administrator], ['supervisor', supervisor], ['agent', firstAgent]];
  // Warm means: every connection to the database has asked often enough to keep its plans.
  await client(stage, 'busy', { connections: 8, warmup: 0, seconds: 4,
    requests: askers.map(([name, person]) => ({ name, target: '/api/application-data', person })) }, 60);
  for (const [who, person] of askers)
    for (const connections of [1, 4]) {
      const said = await client(stage, 'busy', { connections, warmup: 1, seconds: o.seconds,
        requests: [{ name: 'data', target: '/api/application-data', person }] }, o.seconds + 60);
      allWell(`application-data as ${who}`, said.all);
      out[`${who} x ${connections}`] = { ...said.all, perSecond: said.perSecond, clientCpu: said.clientCpu };
    }
  return out;
}

async function mixed(stage) {
  const one = (n) => `/api/users/user-b${200 + n}`;
  const requests = [{ name: 'list', target: '/api/users?limit=50', weight: 8 },
    ...Array.from({ length: 8 }, (_, n) => ({ name: 'one', target: one(n), weight: 1 })),
    ...Array.from({ length: 8 }, (_, n) => ({ name: 'put', method: 'PUT', target: one(n), body: '{"lastName":"{mark}"}', weight: 1 }))];
  const said = await client(stage, 'busy', { connections: 16, warmup: 2, seconds: o.seconds, requests }, o.seconds + 60);
  allWell('mixed load', said.all);
  return said;
}

/** Sessions by group: administrators, supervisors, agents of campaign-b1, agents of other campaigns. */
function crowd(entitled) {
  const agents = Math.min(10, Math.max(1, Math.round(entitled / 50)));
  const each = Math.max(1, Math.round(entitled / 10 / agents));
  const staff = entitled - agents * each;
  const groups = [{ person: administrator, count: staff >> 1 }, { person: supervisor, count: staff - (staff >> 1) }];
  for (let i = 0; i < agents; ++i) groups.push({ person: firstAgent + i, count: each });
  const assigned = groups.map((_, i) => i);
  for (let i = 0; i < agents; ++i) groups.push({ person: firstAgent + 10 + i, count: each });
  return { groups, assigned, staff: [0, 1] };
}

/** Saves that are heard by whoever may read the thing: a campaign also by its agents, a skill by no agent. */
const savesOf = ({ assigned, staff }, rate) => [
  { name: 'save', method: 'PUT', target: '/api/campaigns/campaign-b1', body: '{"description":"{mark}"}', rate: rate / 2, heardBy: assigned },
  { name: 'save', method: 'PUT', target: '/api/skills/skill-b1', body: '{"name":"{mark}"}', rate: rate / 2, heardBy: staff },
];

async function saves(stage) {
  const listening = crowd(o.sessions);
  const seconds = o.saves / o.pace;
  const said = await client(stage, 'paced', { sessions: listening.groups, warmup: 2, seconds, requests: savesOf(listening, o.pace) }, seconds + 180);
  allWell('saves', said.kinds.save);
  return said;
}

async function flood(stage) {
  const listening = crowd(Math.min(100, o.sessions));
  const ordinary = { sessions: listening.groups, warmup: 1, seconds: o.flooding, requests: [
    { name: 'me', target: '/api/auth/me', rate: 50 }, { name: 'one', target: '/api/campaigns/campaign-b2', rate: 50 }, ...savesOf(listening, 10)] };
  const limit = o.flooding + 180;
  const before = rssKb(stage.program.pid);
  const quiet = await client(stage, 'paced', ordinary, limit);
  // The ordinary people are signed in before the flood begins; it ends after them.
  const steady = start(stage, 'paced', { ...ordinary, warmup: 3 });
  let peak = 0;
  const watch = setInterval(() => { peak = Math.max(peak, rssKb(stage.program.pid)); }, 50);
  try {
    await steady.line(/^ready/, 60);
    const attack = start(stage, 'flood', { rate: o.rate, seconds: o.flooding + 4, addresses: 4000, rightEvery: 100, knownEvery: 100,
      people: Array.from({ length: 300 }, (_, i) => ({ login: `b${101 + i}`, password: '1001' })) });
    const [flooded, attacked] = await Promise.all([verdict(steady, limit), verdict(attack, limit)]);
    await pause(1000);
    return { quiet, flooded, attack: attacked, rss: { beforeMb: before / 1024, peakMb: peak / 1024, afterMb: rssKb(stage.program.pid) / 1024 } };
  } finally {
    clearInterval(watch);
    await steady.stop();
  }
}

const measures = { data, mixed, saves, flood };
const wanted = o.measures.split(',');
for (const name of wanted) if (!measures[name]) throw new Error(`no measure "${name}"; there are ${Object.keys(measures).join(', ')}`);
const servers = serversOf(o.servers);
const rounds = Object.fromEntries(servers.map((server) => [server.name, []]));
const failures = [];
const env = startServices();
try {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'evs-bench-fill-'));
  try {
    await evscallpro.prepare(env, folder);
    console.log(`filling ${count(o.contacts)} contacts ...`);
    run('psql', [env.EVS_PG_URL, '-q', '-v', `contacts=${o.contacts}`, '-f', path.join(root, 'tests/bench/api/fill.sql')]);
    if (servers.some(({ name }) => name === 'peer')) run(process.execPath, [path.join(root, 'tests/bench/peer/rest.js'), 'fill', env.EVS_PG_URL]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  for (let round = 1; round <= o.rounds; ++round)
    for (const server of servers) {
      const kept = server.name === 'evscallpro' ? { ...server, start: server.launch } : server;
      try {
        rounds[server.name].push(await onStage(kept, { ...env, peerDatabase: env.EVS_PG_URL }, o.programs, {}, async (stage) => {
          const out = {};
          for (const name of wanted) {
            out[name] = await measures[name](stage);
            console.log(`  round ${round} ${server.name}: ${name}`);
          }
          return out;
        }));
      } catch (error) {
        failures.push(`round ${round} ${error.message}`);
        console.error(`  ${failures.at(-1)}`);
      }
    }
} finally {
  stopServices();
}

const results = servers.filter(({ name }) => rounds[name].length > 0).map(({ name }) => ({ server: name, median: medians(rounds[name]), rounds: rounds[name] }));
const percent = (share) => `${fixed(share * 100, 0)} %`;
const sum = (all, pick) => all.reduce((total, r) => total + pick(r), 0);
const rows = (body) => results.flatMap(({ server, median: m, rounds: all }) => body(server, m, all));

if (wanted.includes('data')) {
  console.log('\nGET /api/application-data');
  table([['server', 'who x clients', 'p50 ms', 'p99 ms', 'max ms', 'requests/s', 'kB'],
    ...rows((server, m) => Object.entries(m.data).map(([who, f]) => [server, who, ms(f.p50Us), ms(f.p99Us), ms(f.maxUs), fixed(f.perSecond, 0), fixed(f.bytes / 1000, 0)]))]);
}
if (wanted.includes('mixed')) {
  console.log('\n16 clients: lists of 50, single ones, PUTs');
  table([['server', 'request', 'p50 ms', 'p99 ms', 'max ms', 'requests/s', 'client CPU'],
    ...rows((server, { mixed: m }) => [['all', m.all], ...Object.entries(m.kinds)].map(([kind, f]) => [server, kind, ms(f.p50Us), ms(f.p99Us), ms(f.maxUs),
      kind === 'all' ? fixed(m.perSecond, 0) : fixed(f.count / m.seconds, 0), kind === 'all' ? percent(m.clientCpu) : '']))]);
}
if (wanted.includes('saves')) {
  console.log(`\na save, ${o.pace} a second, until its event is on the sessions (from the sending of the request)`);
  table([['server', 'until', 'p50 ms', 'p99 ms', 'max ms', 'saves', 'sessions', 'missing', 'doubled', 'foreign', 'client CPU'],
    ...rows((server, { saves: m }, all) => [['answer', m.kinds.save], ['each session', m.heard.each], ['last session', m.heard.last]].map(([until, f]) =>
      [server, until, ms(f.p50Us), ms(f.p99Us), ms(f.maxUs), m.heard.measured, m.sessions, 
        ...['missing', 'doubled', 'foreign'].map((how) => sum(all, (r) => r.saves.heard[how])), percent(m.clientCpu)]))]);
}
if (wanted.includes('flood')) {
  console.log(`\n${o.rate} sign-ins a second from 4 000 addresses, one in 100 with the right password on a new device, one in 100 on a known one (both come back when told to), beside steady requests and events`);
  const failed = ({ statuses }) => Object.entries(statuses).reduce((total, [status, times]) => total + (/^2/.test(status) ? 0 : times), 0);
  const astrayOf = (r) => r.heard.missing + r.heard.doubled + r.heard.foreign;
  // The last column counts over all rounds: answers that were no success; events that are missing, doubled or heard by others.
  const looks = [['GET me', (r) => r.kinds.me, (r) => failed(r.kinds.me)], ['GET one', (r) => r.kinds.one, (r) => failed(r.kinds.one)],
    ['PUT', (r) => r.kinds.save, (r) => failed(r.kinds.save)], ['event, last session', (r) => r.heard.last, astrayOf]];
  table([['server', 'what', 'p50 ms quiet', 'p50 ms flood', 'p99 ms quiet', 'p99 ms flood', 'p99 ratio', 'wrong quiet', 'wrong flood'],
    ...rows((server, { flood: m }, all) => looks.map(([what, pick, wrong]) => [server, what, ms(pick(m.quiet).p50Us), ms(pick(m.flooded).p50Us), ms(pick(m.quiet).p99Us),
      ms(pick(m.flooded).p99Us), fixed(median(all.map((r) => pick(r.flood.flooded).p99Us / pick(r.flood.quiet).p99Us)), 2),
      sum(all, (r) => wrong(r.flood.quiet)), sum(all, (r) => wrong(r.flood.flooded))]))]);
  for (const { server, rounds: all } of results)
    if (sum(all, (r) => r.flood.flooded.unanswered) > 0) console.log(`${server}: ${sum(all, (r) => r.flood.flooded.unanswered)} ordinary requests were not answered at all`);
  console.log('');
  table([['server', 'sign-ins', 'a second', 'p50 ms', 'p99 ms', 'let in', 'answers', 'unanswered', 'MB before', 'MB peak', 'MB after'],
    ...rows((server, { flood: m }) => [['wrong', m.attack.wrong], ['right, new', m.attack.right], ['right, known', m.attack.known]].map(([kind, f]) => [server, kind, fixed(f.count / m.attack.attempts * m.attack.perSecond, 0), ms(f.p50Us), ms(f.p99Us),
      percent((f.statuses['200'] ?? 0) / f.count),
      Object.entries(f.statuses).map(([status, times]) => `${status}: ${count(times)}`).join(', '), m.attack.unanswered,
      fixed(m.rss.beforeMb, 0), fixed(m.rss.peakMb, 0), fixed(m.rss.afterMb, 0)]))]);
}
save('api', { options: o, results, failures });
const astray = (heard) => heard.missing + heard.doubled + heard.foreign;
if (failures.length > 0 || results.some(({ server, rounds: all }) => server === 'evscallpro' && all.some((r) =>
  (r.saves && astray(r.saves.heard) > 0) || (r.flood && astray(r.flood.quiet.heard) + astray(r.flood.flooded.heard) > 0)))) process.exitCode = 1;
