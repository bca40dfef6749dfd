// Reads what a test runner reported and prints "PASSED FAILED SKIPPED".
//   count-tests.mjs ctest JUNIT_FILE GTEST_XML_FOLDER   (a GoogleTest program counts as its cases)
//   count-tests.mjs tap FILE                            (node --test)
//   count-tests.mjs vitest JSON_FILE
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const attribute = (text, name) => text.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];

function ctest(junit, folder) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, head] of readFileSync(junit, 'utf8').matchAll(/<testcase ([^>]*)>/g)) {
    const name = attribute(head, 'name');
    const ok = attribute(head, 'status') === 'run';
    const report = join(folder, `${name}.xml`);
    if (!existsSync(report)) { // it crashed before it could report, or is no GoogleTest program
      sum[ok ? 'passed' : 'failed'] += 1;
      continue;
    }
    const xml = readFileSync(report, 'utf8');
    const all = xml.match(/<testsuites ([^>]*)>/)?.[1] ?? '';
    const failed = Number(attribute(all, 'failures') ?? 0) + Number(attribute(all, 'errors') ?? 0);
    const skipped = (xml.match(/result="skipped"/g) ?? []).length;
    sum.passed += Number(attribute(all, 'tests') ?? 0) - failed - skipped - Number(attribute(all, 'disabled') ?? 0);
    sum.skipped += skipped;
    sum.failed += ok ? failed : Math.max(failed, 1); // e.g. a leak found after the last case
  }
  return sum;
}

function tap(file) {
  const text = readFileSync(file, 'utf8');
  const last = (word) => Number([...text.matchAll(new RegExp(`^# ${word} (\\d+)`, 'gm'))].pop()?.[1] ?? 0);
  return { passed: last('pass'), failed: last('fail') + last('cancelled'), skipped: last('skipped') + last('todo') };
}

function vitest(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
}

const [kind, ...rest] = process.argv.slice(2);
const { passed, failed, skipped } = { ctest, tap, vitest }[kind](...rest);
console.log(passed, failed, skipped);
