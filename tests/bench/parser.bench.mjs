// Micro benchmark of the AMI parser (google-benchmark): items_per_second = AMI events parsed a second on one core.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { common, options } from './driver/options.mjs';

const { programs } = options(common);
const { status, error } = spawnSync(path.join(programs, 'micro/bench_ami_parser'), [], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? 1;
