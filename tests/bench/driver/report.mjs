// Medians, tables, files.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './options.mjs';

export function median(values) {
  const sorted = values.filter((v) => typeof v === 'number' && Number.isFinite(v)).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of each number over several results; of the rest the first. */
export function medians(results) {
  return Object.fromEntries(
    Object.keys(results[0]).map((key) => {
      const values = results.map((r) => r[key]);
      if (typeof values[0] === 'number' || values[0] === null) return [key, median(values)];
      if (values[0] && typeof values[0] === 'object' && !Array.isArray(values[0]) && Object.keys(values[0]).length > 0)
        return [key, medians(values)];
      return [key, values[0]];
    }),
  );
}

export const ms = (us) => (us === null ? '-' : us >= 100_000 ? (us / 1000).toFixed(0) : (us / 1000).toFixed(1));
export const fixed = (value, digits = 1) => (value === null || value === undefined ? '-' : value.toFixed(digits));
export const count = (value) => (value === null ? '-' : Math.round(value).toLocaleString('en').replaceAll(',', ' '));

/** rows: arrays of texts; the first is the heading. */
export function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => String(r[i]).length)));
  const line = (r) => r.map((cell, i) => (i < 2 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join('  ');
  console.log(line(rows[0]));
  console.log(widths.map((w) => '-'.repeat(w)).join('  '));
  for (const row of rows.slice(1)) console.log(line(row));
}

/** Writes build/bench/<name>.json with the machine and the commit. */
export function save(name, content) {
  const folder = path.join(root, 'build/bench');
  fs.mkdirSync(folder, { recursive: true });
  const git = (...args) => {
    try {
      return execFileSync('git', ['-C', root, ...args]).toString().trim();
    } catch {
      return '';
    }
  };
  const cpus = os.cpus();
  const machine = { cores: cpus.length, model: cpus[0]?.model, memoryMb: Math.round(os.totalmem() / 1e6), node: process.version };
  const file = path.join(folder, `${name}.json`);
  const text = JSON.stringify({ name, at: new Date().toISOString(), commit: git('rev-parse', 'HEAD'), machine, ...content }, null, 2);
  fs.writeFileSync(file, `${text}\n`);
  console.log(`\nall numbers: ${path.relative(process.cwd(), file)}`);
}
