// The two servers that are compared. Each is started afresh for every measurement, with its stock settings.
import fs from 'node:fs';
import path from 'node:path';
import { Program, run, until } from './processes.mjs';
import { root } from './options.mjs';

const ready = async (url) => {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    return false;
  }
};

/** Our node, on an empty database with the demo seed; its dashboards use the native door. */
export const evscallpro = {
  name: 'evscallpro',
  door: 'native',
  async start(env, folder) {
    await this.prepare(env, folder);
    return this.launch(env, folder);
  },
  /** An empty database and Redis, then the demo seed. */
  async prepare(env, folder) {
    const { binary, config } = configured(env, folder);
    run(path.join(root, 'tests/bench/driver/services.sh'), ['clean']);
    run(binary, ['migrate', '--config', config]);
    run(binary, ['seed', '--config', config, '--demo']);
    // The load is heavier than the seeded sites' lines.
    run('psql', [env.EVS_PG_URL, '-qc', 'update trunks set channel_limit = 100000, calls_per_second = 90000']);
  },
  /** On the database as it is. */
  async launch(env, folder) {
    const { binary, config } = configured(env, folder);
    const program = new Program('evscallpro', binary, ['run', '--config', config], { logFolder: folder });
    await program.listening(Number(env.EVS_HTTP_PORT), 20);
    await until('evscallpro to be ready', 20, () => ready(`http://127.0.0.1:${env.EVS_HTTP_PORT}/readyz`));
    return program;
  },
};

function configured(env, folder) {
  const binary = env.EVS_BINARY ?? path.join(root, 'build/release/app/evscallpro');
  if (!fs.existsSync(binary)) throw new Error(`${binary} is not built: ./evs build`);
  if (env.EVS_PRIVATE_PG === 'no' && process.env.EVS_BENCH_EXTERNAL !== 'yes')
    throw new Error('EVS_PG_URL is not ours and a benchmark writes demo accounts and calls into it; EVS_BENCH_EXTERNAL=yes allows that');
  const config = path.join(folder, 'evscallpro.yaml');
  fs.writeFileSync(config, configText(env, folder), { mode: 0o600 });
  return { binary, config };
}

const configText = (env, folder) => {
  const redis = new URL(env.EVS_REDIS_URL);
  return `# Written by tests/bench; only what differs from config/evscallpro.yaml.
http:
  port: ${env.EVS_HTTP_PORT}
  static_dir: ""
storage:
  data_dir: ${folder}/data
auth:
  jwt_secret: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
database:
  url: "${env.EVS_PG_URL}"
redis:
  host: ${redis.hostname}
  port: ${redis.port || 6379}
  password: "${decodeURIComponent(redis.password)}"
asterisk:
  - name: bench
    host: 127.0.0.1
    port: ${env.EVS_AMI_PORT}
    username: evs
    secret: ${env.secret}
limits:
  requests_per_second: 100000
  request_burst: 100000
`;
};

/** The server of the usual kind, tests/bench/peer. */
export const peer = {
  name: 'peer',
  door: 'compat',
  async start(env, folder) {
    const program = new Program('peer', process.execPath, ['server.js'], {
      logFolder: folder,
      cwd: path.join(root, 'tests/bench/peer'),
      env: {
        NODE_ENV: 'production',
        PORT: env.EVS_HTTP_PORT,
        REDIS_URL: env.EVS_REDIS_URL,
        AMI_PORT: env.EVS_AMI_PORT,
        AMI_SECRET: env.secret,
        JWT_SECRET: 'bench',
        ...(env.peerDatabase ? { PG_URL: env.peerDatabase } : {}),
      },
    });
    await program.listening(Number(env.EVS_HTTP_PORT), 20);
    return program;
  },
};

export const serversOf = (names) =>
  names.split(',').map((name) => {
    const found = { evscallpro, peer }[name];
    if (!found) throw new Error(`no server "${name}"; there are evscallpro and peer`);
    return found;
  });
