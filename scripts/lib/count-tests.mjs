// Reads what a test runner reported and prints "PASSED FAILED SKIPPED". What failed, and the first lines of why, is added to the file
// that EVS_FAILED_TESTS names: a summary repeats it where the whole output is long gone.
//   count-tests.mjs ctest JUNIT_FILE GTEST_XML_FOLDER   (a GoogleTest program counts as its cases)
//   count-tests.mjs tap FILE                            (node --test)
//   count-tests.mjs vitest JSON_FILE
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const attribute = (text, name) => text.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const plain = (xml) => xml.replace(/<!\[CDATA\[([^]*?)\]\]>/g, '$1').replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name]).replace(/&#x?[0-9A-Fa-f]+;/g, ' ');

function tell(name, why = '') {
  if (!process.env.EVS_FAILED_TESTS) return;
  const lines = why.split('\n').map((line) => line.trimEnd()).filter(Boolean).slice(0, 12);
  appendFileSync(process.env.EVS_FAILED_TESTS, [name, ...lines.map((line) => `    ${line.slice(0, 240)}`), ''].join('\n'));
}

/** Each failed case of a GoogleTest program; false: it names none. */
function tellCases(program, xml) {
  let any = false;
  for (const [, head, body] of xml.matchAll(/<testcase ([^>]*[^/])>([^]*?)<\/testcase>/g)) {
    const why = body.match(/<failure[^>]*>([^]*?)<\/failure>/);
    if (!why) continue;
    any = true;
    tell(`${program}: ${attribute(head, 'classname')}.${attribute(head, 'name')}`, plain(why[1]));
  }
  return any;
}

function ctest(junit, folder) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, head, body = ''] of readFileSync(junit, 'utf8').matchAll(/<testcase ([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g)) {
    const name = attribute(head, 'name');
    const ok = attribute(head, 'status') === 'run';
    const report = join(folder, `${name}.xml`);
    const told = existsSync(report) && tellCases(name, readFileSync(report, 'utf8'));
    // The end of what it printed: a crash, or a leak that was found after the last case.
    if (!ok && !told) tell(name, plain(body).split('\n').slice(-12).join('\n'));
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
  // Innermost tests only: a suite fails with what is in it.
  for (const [, indent, name, why] of text.matchAll(/^( *)not ok \d+ - (.*)\n\1  ---\n([^]*?)\n\1  \.\.\./gm))
    if (!/failureType: 'subtestsFailed'/.test(why) && !/# (SKIP|TODO)/.test(name))
      tell(name, why.split('\n').filter((line) => !/^ *(duration_ms|type|code|name|stack|failureType):/.test(line)).map((line) => line.slice(indent.length)).join('\n'));
  const last = (word) => Number([...text.matchAll(new RegExp(`^# ${word} (\\d+)`, 'gm'))].pop()?.[1] ?? 0);
  return { passed: last('pass'), failed: last('fail') + last('cancelled'), skipped: last('skipped') + last('todo') };
}

function vitest(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  for (const { assertionResults } of report.testResults)
    for (const one of assertionResults) if (one.status === 'failed') tell(one.fullName, one.failureMessages.join('\n'));
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
}

const [kind, ...rest] = process.argv.slice(2);
const { passed, failed, skipped } = { ctest, tap, vitest }[kind](...rest);
console.log(passed, failed, skipped);
