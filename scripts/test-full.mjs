// npm run test:full [-- --write] [arguments for jest]
//
// The whole of the tests, the large random suites in full (EARSIGHT_TEST_FULL). With --write the counts and times go to
// docs/results/test-full.md too; arguments that narrow the run are part of the command that stands there.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const given = args.filter((arg) => arg !== '--write');

const report = join(root, 'build', 'test-full.json');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
rmSync(report, { force: true }); // a run that ends early must not pass for the one before it
const { status } = spawnSync(process.execPath, [jest, '--json', `--outputFile=${report}`, ...given], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, EARSIGHT_TEST_FULL: '1' },
});

const text = pageOf(JSON.parse(readFileSync(report, 'utf8')));
process.stdout.write(text);
if (args.includes('--write')) {
  const results = join(root, 'docs', 'results');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'test-full.md'), text);
}
process.exitCode = status ?? 1;

function pageOf({ testResults }) {
  const folders = new Map();
  for (const { name, message, assertionResults, startTime, endTime } of testResults) {
    const folder = relative(join(root, 'test'), name).split(sep)[0];
    const sums = folders.get(folder) ?? { suites: 0, passed: 0, failed: 0, skipped: 0, seconds: 0 };
    const count = (...states) => assertionResults.filter((test) => states.includes(test.status)).length;
    sums.suites += 1;
    sums.passed += count('passed');
    // A suite that could not even start counts as one failure.
    sums.failed += assertionResults.length === 0 && message !== '' ? 1 : count('failed');
    sums.skipped += count('pending', 'skipped', 'todo');
    sums.seconds += duration({ startTime, endTime });
    folders.set(folder, sums);
  }
  const total = { suites: 0, passed: 0, failed: 0, skipped: 0, seconds: 0 };
  for (const sums of folders.values()) for (const key of Object.keys(total)) total[key] += sums[key];
  const line = (name, { suites, passed, failed, skipped, seconds }) =>
    `| ${[name, suites, passed, failed, skipped, seconds.toFixed(0)].join(' | ')} |`;
  const slowest = [...testResults].sort((a, b) => duration(b) - duration(a)).slice(0, 8);
  return [
    '# The whole of the tests',
    '',
    '| test/ | suites | passed | failed | skipped | seconds |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...folders].sort().map(([name, sums]) => line(name, sums)),
    line('all', total),
    '',
    `Slowest: ${slowest.map((suite) => `${relative(root, suite.name)} ${duration(suite).toFixed(0)} s`).join(', ')}.`,
    '',
    `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; seconds are of each suite, and suites overlap.`,
    `\`npm run test:full -- ${[...given, '--write'].join(' ')}\``,
    '',
  ].join('\n');
}

function duration({ startTime, endTime }) {
  return (endTime - startTime) / 1000;
}
