// A benchmark of steps beside TRL's: both sides are measured in turns after a check that they compute the same.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Progress } from './progress.mjs';
import { BenchmarkError, count, python, rowsNamed } from './python.mjs';

const results = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'results');
const leastTurns = 5;

export const options = {
  rows: { type: 'string' },
  threads: { type: 'string', default: '2,1' },
  turns: { type: 'string', default: String(leastTurns) },
};

/** What `--help` says. @param time how long it takes */
export function helpOf(title, rows, time) {
  return [
    title,
    '',
    '  --rows A,B     only these rows',
    '  --threads 2,1  of both sides, one measurement each',
    '  --turns 5      turns of both sides',
    '  --write        record the results in docs/results',
    '',
    'rows:',
    ...rows.map(({ id, title: text }) => `  ${id.padEnd(4)} ${text}`),
    '',
    `${time} The other side needs a Python with torch and trl 1.13 or`,
    'newer: EARSIGHT_PYTHON, else python3.',
  ].join('\n');
}

const say = (line) => process.stdout.write(`${line}\n`);

/**
 * The `run` of a benchmark.
 * @param file in docs/results, without its ending
 * @param measureRow both sides of a row
 * @param report what becomes of it
 */
export function trlBenchmark({ name, file, rows, measureRow, report }) {
  return async ({ write, ...given }) => {
    const threads = (given.threads ?? options.threads.default)
      .split(',')
      .map((text) => count('threads', text));
    const turns = count('turns', given.turns ?? options.turns.default);
    const chosen = rowsNamed(rows, given.rows);
    if (write && turns < leastTurns)
      throw new RangeError(`--write: results stand on at least ${leastTurns} turns`);
    const folder = mkdtempSync(join(tmpdir(), `earsight-${name}-`));
    try {
      const progress = new Progress(chosen);
      const result = { cpu: cpus()[0].model, node: process.version, peer: null, rows: [] };
      for (const row of chosen) {
        progress.next();
        const onCase = (it) => say(report.caseLine(row, it));
        const { peer, ...measured } = await measureRow(row, { folder, threads, turns, onCase });
        result.peer = peer;
        if (peer === null) continue;
        say(report.agreementLine(row, measured.agreement));
        result.rows.push({ id: row.id, started: new Date().toISOString(), ...measured });
      }
      if (result.peer === null) {
        say(
          `${name}: only earsight, nothing to compare it with: ${python()} has no TRL that runs; ${wanted}`,
        );
        return;
      }
      const failed = result.rows.filter(({ agreement }) => !agreement.ok).map(({ id }) => id);
      if (failed.length > 0)
        throw new BenchmarkError(`${name}: the sides do not agree in ${failed.join(', ')}`);
      if (write) record(file, result, report);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

const wanted = 'EARSIGHT_PYTHON must name a Python with torch and trl (pip install torch trl)';

function record(name, result, { withEarlier, page }) {
  const file = join(results, `${name}.json`);
  const earlier = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const recorded = withEarlier(result, earlier);
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(join(results, `${name}.md`), page(recorded));
}
