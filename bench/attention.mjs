// Our attention against PyTorch's: the shapes of attention/rows.cjs, measured from Python in one process, so that both
// sides share threads, allocator and moment. Needs a Python (EARSIGHT_PYTHON) with the torch that the library was built for.
//
//   --rows F4,P8   only these        --isa NAME     as EARSIGHT_ISA, one path of the kernels
//   --pairs 10     turns a row       --threads 2    of both sides        --quick    three pairs, to look round

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { leastPairs, lineOf, page, summarise } from './attention/report.cjs';
import { rows, specOf } from './attention/rows.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the kernels, ours and PyTorch's, are written for. */
const extensions = /^(fma|f16c|avx2|avx512f|avx512bw|avx512_bf16|avx512_fp16|amx_\w+|asimd\w*|sve\w*|bf16)$/;
const results = join(root, 'docs', 'results');

export const options = {
  rows: { type: 'string' },
  isa: { type: 'string' },
  pairs: { type: 'string', default: '10' },
  threads: { type: 'string', default: '2' },
  quick: { type: 'boolean' },
};

function count(option, text) {
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`--${option}: expected a whole number, got '${text}'`);
  return Number(text);
}

function rowsNamed(list) {
  if (list === undefined) return rows;
  return list.split(',').map((name) => {
    const row = rows.find(({ id }) => id === name);
    if (!row)
      throw new RangeError(`--rows: expected some of ${rows.map(({ id }) => id).join()}, got '${name}'`);
    return row;
  });
}

/** Lines of measure.py as they come. */
async function* measure(job, env) {
  const python = process.env.EARSIGHT_PYTHON ?? 'python3';
  const child = spawn(python, [join(root, 'bench', 'attention', 'measure.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: String(job.threads) },
  });
  const ended = once(child, 'close');
  child.stdin.on('error', () => {}); // a Python that ends at once leaves nobody to read; its exit code tells
  child.stdin.end(JSON.stringify(job));
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
  const [code] = await ended;
  if (code !== 0)
    throw new Error(
      `attention: ${python} ended with ${code}; EARSIGHT_PYTHON must name one with torch ${job.torch}`,
    );
}

export async function run({ write, quick, isa, ...given }) {
  const threads = count('threads', given.threads ?? options.threads.default);
  const pairs = quick ? 3 : count('pairs', given.pairs ?? options.pairs.default);
  const chosen = rowsNamed(given.rows);
  if (write && (pairs < leastPairs || threads !== 2))
    throw new RangeError(`--write: results stand on at least ${leastPairs} pairs and 2 threads`);

  const env = isa === undefined ? process.env : { ...process.env, EARSIGHT_ISA: isa };
  const describe = [join(root, 'dist', 'cli', 'main.js'), 'env', '--json'];
  const environment = JSON.parse(execFileSync(process.execPath, describe, { env, encoding: 'utf8' }));
  const { cpu, libtorch, addon } = environment;
  const suffix = process.platform === 'darwin' ? '.dylib' : '.so';
  const job = {
    library: join(addon, `libearsight_ops${suffix}`),
    torch: libtorch.builtAgainst,
    threads,
    pairs,
    rows: chosen.map(specOf),
  };

  const features = cpu.features.filter((feature) => extensions.test(feature));
  const result = { cpu: cpu.model, features, threads, rows: [] };
  for await (const { kind, ...fields } of measure(job, env)) {
    if (kind === 'row') {
      result.rows.push(summarise(fields));
      process.stdout.write(`${lineOf(result.rows.at(-1))}\n`);
    } else {
      Object.assign(result, fields);
    }
  }
  // The targets named AVX-512 are for machines with its bf16 products.
  const plain = result.isa === 'avx512' && !features.includes('avx512_bf16');
  const name = plain ? 'avx512 without bf16' : result.isa;
  result.command = [
    'npm run bench -- attention',
    given.rows && `--rows ${given.rows}`,
    isa && `--isa ${isa}`,
    '--write',
  ]
    .filter(Boolean)
    .join(' ');
  const file = join(results, 'attention.json');
  const recorded = write && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  recorded[name] = result;
  const text = page(recorded);
  process.stdout.write(`\n${text}`);
  if (!write) return;
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
  writeFileSync(join(results, 'attention.md'), text);
}
