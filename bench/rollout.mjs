// Sampling beside its peers: Hugging Face generate, llama-cpp-python, a probe of the memory, and the commit before the packed
// decoder. Same weights on both sides, a process each, in turns: rollout/rows.cjs has the rows.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Progress } from './progress.mjs';
import { BenchmarkError, count, rowsNamed } from './python.mjs';
import { measureBeforeRow } from './rollout/before-row.mjs';
import { readProbe } from './rollout/machine.mjs';
import { MissingPeer } from './rollout/programs.mjs';
import { caseLine, failedChecks, page, withEarlier } from './rollout/report.cjs';
import { quickRow, rows } from './rollout/rows.cjs';
import { measureTextRow } from './rollout/text-row.mjs';

const results = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs', 'results');

export const options = {
  rows: { type: 'string' },
  threads: { type: 'string', default: '2' },
  llama: { type: 'string' },
  quick: { type: 'boolean' },
};

export const help = [
  'Sampling beside Hugging Face generate, llama.cpp, the memory and the commit before the packed decoder.',
  '',
  '  --rows A,B     only these rows',
  '  --threads 2    of both sides',
  '  --llama PYTHON with llama-cpp-python built from source, and gguf: for R4',
  '  --quick        fewer tokens, to look round',
  '  --write        record the results in docs/results',
  '',
  'rows:',
  ...rows.map(({ id, title }) => `  ${id.padEnd(4)} ${title}`),
  '',
  'About 15 minutes on 2 quiet cores, 10 with --quick; 16 GB of memory. The first time R1 and R7 build commit 850d9e6, which takes',
  'minutes more. R2 to R5 need a Python with torch and transformers: EARSIGHT_PYTHON, else python3.',
].join('\n');

const kinds = { text: measureTextRow, before: measureBeforeRow };
const say = (line) => process.stdout.write(`${line}\n`);

/** What came of a row: its cases and checks, or why it was skipped. */
async function measure(row, context) {
  const onCase = (it) => say(caseLine(row, it));
  try {
    const measured = await kinds[row.kind](row, { ...context, onCase });
    for (const { text } of measured.checks) say(`${row.id}; ${text}`);
    return { id: row.id, ...measured };
  } catch (error) {
    if (!(error instanceof MissingPeer)) throw error;
    say(`${row.id}; SKIPPED: ${error.message}`);
    return { id: row.id, skipped: error.message };
  }
}

export async function run({ write, quick = false, ...given }) {
  const threads = count('threads', given.threads ?? options.threads.default);
  const chosen = rowsNamed(rows, given.rows);
  if (write && quick) throw new RangeError('--write: results stand on whole calls, without --quick');
  const folder = mkdtempSync(join(tmpdir(), 'earsight-rollout-'));
  endOnSignals(folder);
  try {
    const context = { folder, threads, quick, llama: given.llama, probe: readProbe(folder, threads) };
    const progress = new Progress(chosen);
    const result = { cpu: cpus()[0].model, threads, node: process.version, rows: [] };
    for (const row of chosen) {
      progress.next();
      const measured = await measure(quick ? quickRow(row) : row, context);
      result.rows.push({ ...measured, started: new Date().toISOString() });
    }
    const failed = failedChecks(result.rows);
    if (write && failed.length === 0) record(result);
    if (failed.length > 0) throw new BenchmarkError(`rollout: failed: ${failed.join('; ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The models take gigabytes. */
function endOnSignals(folder) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(code);
    });
}

function record(result) {
  const file = join(results, 'rollout.json');
  const earlier = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  const recorded = withEarlier(result, earlier);
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(join(results, 'rollout.md'), page(recorded));
}
