// Reports and history on 5 M calls: what a supervisor waits for, and what keeping the figures of each hour costs.
//   --calls 5000000  --rounds 5
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { common, options } from './driver/options.mjs';
import { startServices, stopServices } from './driver/stage.mjs';

const o = options({ ...common, calls: 5_000_000, rounds: 5 });
const env = startServices();
try {
  const { status, error } = spawnSync(path.join(o.programs, 'bench_reports'), [String(o.calls), String(o.rounds)],
    { stdio: 'inherit', env: { ...process.env, EVS_PG_URL: env.EVS_PG_URL } });
  if (error) throw error;
  process.exitCode = status ?? 1;
} finally {
  stopServices();
}
