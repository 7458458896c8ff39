// Our side of a benchmark whose other side needs a Python that is not there: times from Node, nothing to compare with.

import { Progress } from './progress.mjs';
import results from './results-page.cjs';

/**
 * Times each row and prints it. `module`: attention/alone.mjs or policy/alone.mjs, with partsOf(row) and lineOf(row,
 * seconds of each part); it loads the package, so EARSIGHT_ISA must be set before.
 */
export async function runAlone(module, rows, { pairs, seconds, threads }) {
  const { default: earsight } = await import('../dist/index.js');
  const { partsOf, lineOf } = await import(module);
  earsight.torch.setNumThreads(threads);
  const progress = new Progress(rows);
  for (const row of rows) {
    progress.next();
    const times = earsight.scope(() => measure(earsight, partsOf(row), pairs, seconds));
    const medians = Object.entries(times).map(([part, samples]) => [part, results.median(samples)]);
    process.stdout.write(`${lineOf(row, Object.fromEntries(medians))}\n`);
    await new Promise(setImmediate);
  }
}

/** Seconds of each part, a sample a turn, after a turn that is not timed. */
function measure({ scope }, parts, pairs, limit) {
  const times = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
  const started = performance.now();
  for (let turn = -1; turn < pairs; turn += 1) {
    scope(() => {
      let value;
      for (const [name, part] of Object.entries(parts)) {
        const start = performance.now();
        value = part(value);
        if (turn >= 0) times[name].push((performance.now() - start) / 1e3);
      }
    });
    if (turn >= 0 && performance.now() - started > 1e3 * limit) break;
  }
  return times;
}
