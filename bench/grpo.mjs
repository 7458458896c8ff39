// A GRPO step beside TRL's GRPOTrainer: the same weights, prompts, lengths and settings on both sides, a process each, which take
// steps in turns. First both sides take the same updates and are compared.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureRow } from './grpo/measure.mjs';
import { agreementLine, caseLine, page, withEarlier } from './grpo/report.cjs';
import { rows } from './grpo/rows.cjs';
import { Progress } from './progress.mjs';
import { BenchmarkError, count, python, rowsNamed } from './python.mjs';

const results = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'results');
const leastTurns = 5;

export const options = {
  rows: { type: 'string' },
  threads: { type: 'string', default: '2,1' },
  turns: { type: 'string', default: String(leastTurns) },
};

export const help = [
  "A GRPO step of text models beside TRL's GRPOTrainer, after a check that both compute the same.",
  '',
  '  --rows A,B     only these rows',
  '  --threads 2,1  of both sides, one measurement each',
  '  --turns 5      turns of both sides',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...rows.map(({ id, title }) => `  ${id.padEnd(4)} ${title}`),
  '',
  'About 8 minutes on 2 quiet cores, a minute for A alone; 3 GB of memory. The other side needs a Python with torch and trl 1.13 or',
  'newer: EARSIGHT_PYTHON, else python3.',
].join('\n');

const say = (line) => process.stdout.write(`${line}\n`);

export async function run({ write, ...given }) {
  const threads = (given.threads ?? options.threads.default).split(',').map((text) => count('threads', text));
  const turns = count('turns', given.turns ?? options.turns.default);
  const chosen = rowsNamed(rows, given.rows);
  if (write && turns < leastTurns)
    throw new RangeError(`--write: results stand on at least ${leastTurns} turns`);
  const folder = mkdtempSync(join(tmpdir(), 'earsight-grpo-'));
  try {
    const progress = new Progress(chosen);
    const result = { cpu: cpus()[0].model, node: process.version, peer: null, rows: [] };
    for (const row of chosen) {
      progress.next();
      const onCase = (it) => say(caseLine(row, it));
      const { peer, ...measured } = await measureRow(row, { folder, threads, turns, onCase });
      result.peer = peer;
      if (peer === null) continue;
      say(agreementLine(row, measured.agreement));
      result.rows.push({ id: row.id, started: new Date().toISOString(), ...measured });
    }
    if (result.peer === null) {
      say(`grpo: only earsight, nothing to compare it with: ${python()} has no TRL that runs; ${wanted}`);
      return;
    }
    const failed = result.rows.filter(({ agreement }) => !agreement.ok).map(({ id }) => id);
    if (failed.length > 0) throw new BenchmarkError(`grpo: the sides do not agree in ${failed.join(', ')}`);
    if (write) record(result);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = 'EARSIGHT_PYTHON must name a Python with torch and trl (pip install torch trl)';

function record(result) {
  const file = join(results, 'grpo-step.json');
  const earlier = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const recorded = withEarlier(result, earlier);
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(join(results, 'grpo-step.md'), page(recorded));
}
