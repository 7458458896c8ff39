// npm run bench [-- NAME...] [--write] [options of the benchmark]
//
// Runs the benchmarks named (all of them by default). With --write the results also go to docs/results.

import { parseArgs } from 'node:util';
import { BenchmarkError } from './python.mjs';

const benchmarks = [
  'dispatch',
  'attention',
  'attention-gpu',
  'policy',
  'training',
  'loading',
  'waiting',
  'rollout',
  'grpo',
  'preference',
  'engine',
  'judging',
  'expansion',
];
const usage = 'npm run bench -- [NAME...] [--write] [options of the benchmark]';

function fail(message, code = 2) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** What there is, one line each; of one benchmark all that its options do. */
function helpText(chosen, names) {
  if (names.length === 1) return `${usage.replace('[NAME...]', names[0])}\n\n${chosen[0].help}\n`;
  const lines = chosen.map(
    ({ help }, i) => `  ${(names[i] ?? benchmarks[i]).padEnd(14)} ${help.split('\n')[0]}`,
  );
  const more = 'npm run bench -- NAME --help tells the rows and options of one, and how long it takes.';
  return `${usage}\n\n${lines.join('\n')}\n\n${more}\n`;
}

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('-'));
const names = firstOption < 0 ? args : args.slice(0, firstOption);
const unknown = names.find((name) => !benchmarks.includes(name));
if (unknown !== undefined) fail(`unknown benchmark '${unknown}': expected ${benchmarks.join(', ')}`);

const chosen = [];
for (const name of names.length > 0 ? names : benchmarks) chosen.push(await import(`./${name}.mjs`));
// The options of one benchmark mean nothing to another.
const options = {
  write: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  ...(chosen.length === 1 ? chosen[0].options : {}),
};
let values;
try {
  ({ values } = parseArgs({ args: args.slice(names.length), options }));
} catch (error) {
  fail(error.message);
}
if (values.help) {
  process.stdout.write(helpText(chosen, names));
  process.exit();
}
for (const { run } of chosen) {
  try {
    await run(values);
  } catch (error) {
    if (error instanceof RangeError) fail(error.message);
    if (error instanceof BenchmarkError) fail(error.message, 1);
    throw error;
  }
}
