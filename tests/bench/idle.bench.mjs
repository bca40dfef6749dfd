// What a server costs while nothing happens: CPU without dashboards and with some, memory a WebSocket connection.
//   --rounds 1  --seconds 30  --dashboards 2000  --servers evscallpro,peer
import { common, options } from './driver/options.mjs';
import { fixed, medians, save, table } from './driver/report.mjs';
import { serversOf } from './driver/servers.mjs';
import { onStage, startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, rounds: 1, seconds: 30, dashboards: 2000 });
const env = startServices();
const results = [];
const failures = [];
try {
  for (const server of serversOf(o.servers)) {
    const rounds = [];
    for (let round = 1; round <= o.rounds; ++round)
      try {
        rounds.push(
          await onStage(server, env, o.programs, {}, async (stage) => {
            const idle = await stage.idle(o.seconds);
            const memory = await stage.connect(o.dashboards);
            return { idle, idleWithDashboards: await stage.idle(o.seconds), ...memory };
          }),
        );
      } catch (error) {
        failures.push(error.message);
        console.error(`  ${error.message}`);
      }
    if (rounds.length > 0) results.push({ server: server.name, median: medians(rounds), rounds });
  }
} finally {
  stopServices();
}

table([
  ['server', 'dashboards', 'CPU without', 'CPU with', 'kB/connection', 'RSS MB'],
  ...results.map(({ server, median: m }) => [server, o.dashboards, `${fixed(m.idle * 100, 2)} %`, `${fixed(m.idleWithDashboards * 100, 2)} %`,
    fixed(m.kbPerConnection), fixed(m.rssKb / 1024, 0)]),
]);
save('idle', { options: o, results, failures });
if (failures.length > 0) process.exitCode = 1;
