// What a benchmark may be told: --name value on the command line, or EVS_BENCH_NAME in the environment.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

export function options(defaults) {
  const result = { ...defaults };
  const args = process.argv.slice(2);
  const known = (name) => {
    if (!(name in defaults)) throw new Error(`unknown option --${name}; there are: ${Object.keys(defaults).join(', ')}`);
  };
  const read = (name, text) => (typeof defaults[name] === 'number' ? Number(text) : text);
  for (const name of Object.keys(defaults)) {
    const text = process.env[`EVS_BENCH_${name.toUpperCase()}`];
    if (text !== undefined) result[name] = read(name, text);
  }
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i].replace(/^--/, '');
    known(name);
    result[name] = read(name, args[i + 1]);
  }
  return result;
}

/** Options that every benchmark has. */
export const common = {
  rounds: 3,
  servers: 'evscallpro,peer', // which of the two
  programs: path.join(root, 'build/release/tests/bench'), // where bench_ami_source and bench_dashboards are
};
