// AMI -> one dashboard: how many events a second a server takes. First everything at once ("flood": the source sends as fast
// as it is read), then a ladder of steady rates for the latency.
//   --rounds 3  --calls 10000 (of the flood, 20 events each)  --rates 250,500,1000,2000 (calls/s)  --seconds 5  --servers evscallpro,peer
import { common, options } from './driver/options.mjs';
import { count, fixed, medians, ms, save, table } from './driver/report.mjs';
import { serversOf } from './driver/servers.mjs';
import { onStage, startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, calls: 10_000, concurrent: 500, rates: '250,500,1000,2000', seconds: 5, warmup: 2 });
const servers = serversOf(o.servers);
const flood = Math.floor(o.calls * 1.2);
const loads = [
  { text: 'flood', command: `flood ${flood} ${o.concurrent} ${flood - o.calls}`, calls: flood },
  ...o.rates.split(',').map(Number).map((rate) => ({
    text: `${rate * 20} events/s`,
    command: `steady ${rate} ${o.warmup * 1000} ${o.seconds * 1000} 1000`,
    calls: rate * (o.warmup + o.seconds),
  })),
];

const env = startServices();
const results = [];
const failures = [];
try {
  for (const load of loads) {
    const rounds = new Map(servers.map((s) => [s.name, []]));
    for (let round = 1; round <= o.rounds; ++round)
      for (const server of servers) {
        try {
          const r = await onStage(server, env, o.programs, { capacity: load.calls + 1000 }, async (stage) => {
            await stage.connect(1);
            return stage.play(load.command, 400);
          });
          rounds.get(server.name).push(r);
          console.log(`  ${load.text} round ${round} ${server.name}: ${count(r.events / r.seconds)} events/s, ${count(r.eventsPerCore)} a core, p99 ${ms(r.p99Us)} ms, missing ${r.missing}`);
        } catch (error) {
          failures.push(`${load.text} round ${round}: ${error.message}`);
          console.error(`  ${failures.at(-1)}`);
        }
      }
    for (const server of servers) {
      const all = rounds.get(server.name);
      if (all.length > 0) results.push({ load: load.text, server: server.name, median: medians(all), rounds: all });
    }
  }
} finally {
  stopServices();
}

console.log('');
table([
  ['load', 'server', 'events/s', 'events/s a core', 'p50 ms', 'p99 ms', 'max ms', 'server CPU', 'redis CPU', 'pg CPU', 'missing', 'AMI blocked ms', '> 100 ms', 'peak MB', 'source late ms'],
  ...results.map((r) => {
    const m = r.median;
    const share = (name) => `${fixed((m.cpu[name] / m.seconds) * 100, 0)} %`;
    return [r.load, r.server, count(m.events / m.seconds), count(m.eventsPerCore), ms(m.p50Us), ms(m.p99Us), ms(m.maxUs), share('server'),
      share('redis'), share('postgres'), count(m.missing), fixed(m.blockedMaxMs, 0), count(m.blockedCount), fixed(m.peakKb / 1024, 0), fixed(m.sourceLateMs, 0)];
  }),
]);
console.log('events/s counts until the last event has reached the dashboard; "AMI blocked": longest time the server read nothing (Asterisk cuts at 100 ms)');
save('ingest', { options: o, results, failures });
if (failures.length > 0) process.exitCode = 1;
