// What the benchmarks that Python runs share: the program that measures, a process that answers in lines of JSON, and
// the options that choose what.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The option's text as a whole number above 0. */
export function count(option, text) {
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`--${option}: expected a whole number, got '${text}'`);
  return Number(text);
}

/** Of `rows` those that `list`, 'F4,P8', names; all of them without one. */
export function rowsNamed(rows, list) {
  if (list === undefined) return rows;
  return list.split(',').map((name) => {
    const row = rows.find(({ id }) => id === name);
    if (!row)
      throw new RangeError(`--rows: expected some of ${rows.map(({ id }) => id).join()}, got '${name}'`);
    return row;
  });
}

/** A benchmark that cannot go on, for a reason that its user can mend: one line, no stack trace. */
export class BenchmarkError extends Error {}

/** Of a Python program that loads models. */
export const pythonEnvironment = (threads) => ({
  OMP_NUM_THREADS: String(threads),
  HF_HUB_OFFLINE: '1',
  PYTHONDONTWRITEBYTECODE: '1',
});

export const python = () => process.env.EARSIGHT_PYTHON || 'python3';

/** Why Python cannot run our operators beside PyTorch's: null when it can. `torch`: the version that they are built for. */
export function reasonWithoutTorch(torch) {
  const code = "import importlib.metadata as m; print(m.version('torch'))";
  const { error, status, stdout } = spawnSync(python(), ['-c', code], { encoding: 'utf8' });
  const wanted = `EARSIGHT_PYTHON must name a Python with torch ${torch}`;
  if (error) return `${python()} does not run; ${wanted}`;
  if (status !== 0) return `${python()} has no torch; ${wanted}`;
  return stdout.trim() === torch ? null : `${python()} has torch ${stdout.trim()}; ${wanted}`;
}

/** What the script answers to `job`, line by line as it comes. `name`: the benchmark, for its errors. */
export async function* linesOf(script, { name, job, env = process.env }) {
  const child = spawn(python(), [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const ended = once(child, 'close');
  child.stdin.on('error', () => {}); // a Python that ends at once leaves nobody to read; its exit code tells
  child.stdin.end(JSON.stringify(job));
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
  const [code, signal] = await ended;
  if (code !== 0) throw new BenchmarkError(`${name}: ${python()} ended with ${signal ?? code}`);
}
