// npm run bench [-- NAME...] [--write] [options of the benchmark]
//
// Runs the benchmarks named (all of them by default). With --write the results also go to docs/results.

import { parseArgs } from 'node:util';

const benchmarks = ['dispatch', 'attention', 'attention-gpu', 'policy', 'training'];

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('-'));
const names = firstOption < 0 ? args : args.slice(0, firstOption);
const unknown = names.find((name) => !benchmarks.includes(name));
if (unknown !== undefined) fail(`unknown benchmark '${unknown}': expected ${benchmarks.join(', ')}`);

const chosen = [];
for (const name of names.length > 0 ? names : benchmarks) chosen.push(await import(`./${name}.mjs`));
// The options of one benchmark mean nothing to another.
const options = { write: { type: 'boolean' }, ...(chosen.length === 1 ? chosen[0].options : {}) };
let values;
try {
  ({ values } = parseArgs({ args: args.slice(names.length), options }));
} catch (error) {
  fail(error.message);
}
for (const { run } of chosen) {
  try {
    await run(values);
  } catch (error) {
    if (error instanceof RangeError) fail(error.message);
    throw error;
  }
}
