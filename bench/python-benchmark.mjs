// A benchmark that Python runs: rows of ours against PyTorch's alternatives, measured in one process, so that both sides
// share threads, allocator and moment. Needs a Python (EARSIGHT_PYTHON) with the torch that the library was built for;
// without one our side runs alone, from Node.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAlone } from './alone.mjs';
import { Progress } from './progress.mjs';
import { count, linesOf, reasonWithoutTorch, rowsNamed } from './python.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the kernels, ours and PyTorch's, are written for. */
const extensions = /^(fma|f16c|avx2|avx512f|avx512bw|avx512_bf16|avx512_fp16|amx_\w+|asimd\w*|sve\w*|bf16)$/;
const results = join(root, 'docs', 'results');

export const options = {
  rows: { type: 'string' },
  isa: { type: 'string' },
  pairs: { type: 'string', default: '10' },
  seconds: { type: 'string', default: '10' },
  threads: { type: 'string', default: '2' },
  quick: { type: 'boolean' },
};

/** What `--help` says of a benchmark of this kind. */
export function helpOf(title, rows, time) {
  return [
    title,
    '',
    '  --rows A,B     only these rows',
    '  --isa NAME     as EARSIGHT_ISA: the kernels of a lower instruction set',
    '  --pairs 10     turns of both sides a row',
    '  --seconds 10   what the turns of a row may take; with --write as long as the pairs need',
    '  --threads 2    of both sides',
    '  --quick        three pairs, to look round',
    '  --write        record the results in docs/results; needs 10 pairs and 2 threads',
    '',
    'rows:',
    ...rows.map(({ id, title: text }) => `  ${id.padEnd(4)} ${text}`),
    '',
    time,
    'The other side needs a Python with the torch that the addon was built for: EARSIGHT_PYTHON, else python3.',
  ].join('\n');
}

/** Rows of an earlier run on the same machine stay beside those of this one. */
function withEarlier(result, earlier, order) {
  const same = ['cpu', 'torch', 'threads'].every((field) => earlier?.[field] === result[field]);
  const measured = new Set(result.rows.map(({ id }) => id));
  const kept = same ? earlier.rows.filter(({ id }) => !measured.has(id)) : [];
  const place = ({ id }) => order.findIndex((row) => row.id === id);
  return { ...result, rows: [...result.rows, ...kept].sort((a, b) => place(a) - place(b)) };
}

/**
 * The `run` of a benchmark. Beside this file `name`/measure.py measures `rows`; `specOf` is what it reads of a row, and
 * `report` what becomes of its lines.
 */
export function pythonBenchmark(name, { rows, specOf }, { leastPairs, lineOf, page, summarise }) {
  return (given) => runRows({ name, rows, specOf, leastPairs, lineOf, page, summarise }, given);
}

async function runRows(benchmark, { write, quick, isa, ...given }) {
  const { name, rows, specOf, leastPairs, lineOf, page, summarise } = benchmark;
  const threads = count('threads', given.threads ?? options.threads.default);
  const pairs = quick ? 3 : count('pairs', given.pairs ?? options.pairs.default);
  const chosen = rowsNamed(rows, given.rows);
  // Results stand on all their pairs, however long these take.
  const seconds = write ? null : count('seconds', given.seconds ?? options.seconds.default);
  if (write && (pairs < leastPairs || threads !== 2))
    throw new RangeError(`--write: results stand on at least ${leastPairs} pairs and 2 threads`);

  const env = isa === undefined ? process.env : { ...process.env, EARSIGHT_ISA: isa };
  const describe = [join(root, 'dist', 'cli', 'main.js'), 'env', '--json'];
  const environment = JSON.parse(execFileSync(process.execPath, describe, { env, encoding: 'utf8' }));
  if (environment.problem !== null) throw new Error(environment.problem);
  const { cpu, libtorch, addon } = environment;
  const reason = reasonWithoutTorch(libtorch.builtAgainst);
  if (reason !== null) {
    if (isa !== undefined) process.env.EARSIGHT_ISA = isa;
    await runAlone(`./${name}/alone.mjs`, chosen, { pairs, seconds: seconds ?? 10, threads });
    process.stdout.write(`${name}: only earsight, nothing to compare it with: ${reason}\n`);
    return;
  }
  const suffix = process.platform === 'darwin' ? '.dylib' : '.so';
  const job = {
    library: join(addon, `libearsight_ops${suffix}`),
    threads,
    pairs,
    seconds,
    rows: chosen.map(specOf),
  };

  const features = cpu.features.filter((feature) => extensions.test(feature));
  const result = { cpu: cpu.model, features, threads, rows: [] };
  const started = new Date().toISOString();
  const script = join(root, 'bench', name, 'measure.py');
  const measuring = linesOf(script, { name, job, env: { ...env, OMP_NUM_THREADS: String(threads) } });
  process.stderr.write(
    `${name}: first what this machine's matrix products can do, then ${chosen.length} rows\n`,
  );
  let progress;
  for await (const { kind, ...fields } of measuring) {
    if (kind === 'row') {
      result.rows.push(summarise(fields));
      process.stdout.write(`${lineOf(result.rows.at(-1))}\n`);
    } else {
      Object.assign(result, fields);
      progress ??= new Progress(chosen);
    }
    progress.next();
  }
  // Rows of earlier runs stay beside these: each says which run it is from, and what the machine gave then.
  const mmBfloat16 = Math.max(result.before.mmBfloat16, result.after.mmBfloat16);
  for (const row of result.rows) Object.assign(row, { started, mmBfloat16 });
  result.command = [
    `npm run bench -- ${name}`,
    given.rows && `--rows ${given.rows}`,
    isa && `--isa ${isa}`,
    '--write',
  ]
    .filter(Boolean)
    .join(' ');
  const file = join(results, `${name}.json`);
  const recorded = write && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  recorded[result.isa] = withEarlier(result, recorded[result.isa], rows);
  const text = page(recorded);
  process.stdout.write(`\n${text}`);
  if (!write) return;
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(join(results, `${name}.md`), text);
}
