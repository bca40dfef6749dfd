// Event -> dashboards: recorded calls at a steady pace, many dashboards, both servers in turn (A/B/A/B), medians.
//   --rounds 3  --seconds 10  --warmup 3  --hold 2000 (ms a call lasts)  --loads 200x100,400x500,100x2000  --servers evscallpro,peer
import { common, options } from './driver/options.mjs';
import { count, fixed, medians, ms, save, table } from './driver/report.mjs';
import { serversOf } from './driver/servers.mjs';
import { onStage, startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, seconds: 10, warmup: 3, hold: 2000, loads: '200x100,400x500,100x2000' });
const servers = serversOf(o.servers);
const loads = o.loads.split(',').map((text) => {
  const [rate, dashboards] = text.split('x').map(Number);
  return { text: `${rate} calls/s x ${dashboards}`, rate, dashboards };
});

const env = startServices();
const measure = (server, rate, dashboards) =>
  onStage(server, env, o.programs, { capacity: Math.ceil(rate * (o.seconds + o.warmup) * 1.1) + 1000 }, async (stage) => {
    const memory = await stage.connect(dashboards);
    const result = await stage.play(`steady ${rate} ${o.warmup * 1000} ${o.seconds * 1000} ${o.hold}`, 400);
    return { ...result, ...memory };
  });

const results = []; // { load, server, rounds: [...], alone: {...} }
const failures = [];
const attempt = async (what, body) => {
  try {
    await body();
  } catch (error) {
    failures.push(`${what}: ${error.message}`);
    console.error(`  ${failures.at(-1)}`);
  }
};
try {
  for (const load of loads) {
    const rounds = new Map(servers.map((s) => [s.name, []]));
    const alone = new Map();
    for (const server of servers) {
      // The same calls with one dashboard: what the calls themselves cost, to be taken off for the cost of a delivery.
      await attempt(`${load.text} alone`, async () => alone.set(server.name, await measure(server, load.rate, 1)));
    }
    for (let round = 1; round <= o.rounds; ++round)
      for (const server of servers)
        await attempt(`${load.text} round ${round}`, async () => {
          const r = await measure(server, load.rate, load.dashboards);
          rounds.get(server.name).push(r);
          console.log(`  ${load.text} round ${round} ${server.name}: p99 ${ms(r.p99Us)} ms, ${fixed(r.cpuUsPerDelivery, 2)} us/delivery, missing ${r.missing}`);
        });
    for (const server of servers) {
      const all = rounds.get(server.name);
      if (all.length > 0) results.push({ load: load.text, server: server.name, median: medians(all), rounds: all, alone: alone.get(server.name) });
    }
  }
} finally {
  stopServices();
}

/** CPU of one more delivery: the calls' own cost, scaled to the same number of events, taken off. */
function marginalUs({ median: m, alone }) {
  if (!alone) return null;
  const own = alone.events > 0 ? (alone.cpu.server / alone.events) * m.events : 0;
  return m.deliveries > alone.deliveries ? (Math.max(0, m.cpu.server - own) * 1e6) / (m.deliveries - alone.deliveries) : null;
}

console.log('');
table([
  ['load', 'server', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'deliveries/s', 'us/delivery', 'us/delivery*', 'server CPU', 'redis CPU', 'pg CPU', 'client CPU', 'missing', 'doubled', 'closed', 'kB/conn', 'AMI blocked ms'],
  ...results.map((r) => {
    const m = r.median;
    const share = (name) => `${fixed((m.cpu[name] / m.seconds) * 100, 0)} %`;
    return [r.load, r.server, ms(m.p50Us), ms(m.p95Us), ms(m.p99Us), ms(m.maxUs), count(m.deliveries / m.seconds), fixed(m.cpuUsPerDelivery, 2),
      fixed(marginalUs(r), 2), share('server'), share('redis'), share('postgres'), share('client'), count(m.missing), count(m.doubled),
      count(m.lostConnections), fixed(m.kbPerConnection), fixed(m.blockedMaxMs, 0)];
  }),
]);
console.log('us/delivery: all CPU of the server by events delivered; us/delivery*: without what the same calls cost with one dashboard');
save('fanout', { options: o, results: results.map((r) => ({ ...r, marginalUsPerDelivery: marginalUs(r) })), failures });
if (failures.length > 0) process.exitCode = 1;
