// OmniVideo-R1 on the synthetic clips: arms of equal minutes from one SFT start, over seeds.
//   node recipes/omnivideo-r1.mjs [--arm a,b] [--seed 0,1,2] [--minutes 8] [--jobs 1] [--output folder] [--list] [--print] [--write]
// Trains what is not finished, in the order of --list, and prints the tables of all that is. A run that was killed is begun
// anew. --print trains nothing. --write records the results under docs/results, from where they are printed again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { arms, runName } from './omnivideo-r1/arms.mjs';
import { tablesText } from './omnivideo-r1/table.mjs';

const { values } = parseArgs({
  options: {
    arm: { type: 'string', default: Object.keys(arms).join() },
    seed: { type: 'string', default: '0,1,2' },
    minutes: { type: 'string', default: '8' },
    jobs: { type: 'string', default: '1' },
    output: { type: 'string', default: 'runs/omnivideo-r1' },
    list: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const records = fileURLToPath(new URL('../docs/results/omnivideo-r1', import.meta.url));
const page = `${records}.md`;
const wanted = values.arm.split(',');
const unknown = wanted.find((name) => !Object.hasOwn(arms, name));
if (unknown !== undefined) {
  console.error(`--arm ${unknown}: expected ${Object.keys(arms).join(', ')}`);
  process.exit(2);
}
const seeds = values.seed.split(',');
const resultOf = ({ arm, seed }) => join(values.output, seed, runName(arm, values.minutes), 'result.json');
const recordOf = ({ arm, seed }) => join(records, `${runName(arm, values.minutes)}-seed${seed}.json`);
const isHere = (run) => existsSync(resultOf(run));
const isOpen = (run) => !isHere(run) && !existsSync(recordOf(run));
const runs = seeds.flatMap((seed) => wanted.map((arm) => ({ arm, seed })));

if (values.list) {
  for (const run of runs)
    console.log(
      `${run.arm}, seed ${run.seed}: ${isHere(run) ? 'finished' : isOpen(run) ? 'open' : 'recorded'}`,
    );
  process.exit();
}
if (!values.print) for (const seed of seeds) await trainSeed(seed);

/** Starts first, also those that are recorded but not here where an open arm begins from them. */
async function trainSeed(seed) {
  const open = wanted.filter((arm) => isOpen({ arm, seed }));
  const later = open.filter((arm) => arms[arm].from !== undefined);
  const starts = new Set([
    ...open.filter((arm) => !later.includes(arm)),
    ...later.map((arm) => arms[arm].from),
  ]);
  await trainAll(
    [...starts].filter((arm) => !isHere({ arm, seed })),
    seed,
  );
  await trainAll(later, seed);
}

async function trainAll(names, seed) {
  const waiting = [...names];
  const lane = async () => {
    for (let arm = waiting.shift(); arm !== undefined; arm = waiting.shift()) await train({ arm, seed });
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, lane));
}

async function train({ arm, seed }) {
  const script = fileURLToPath(new URL('./omnivideo-r1/run-arm.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, arm, seed, values.minutes, values.output], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exit(code ?? 1);
}

/** Of all arms: each is compared with its start. */
const here = seeds.flatMap((seed) => Object.keys(arms).map((arm) => ({ arm, seed }))).filter(isHere);
if (values.write) {
  mkdirSync(records, { recursive: true });
  for (const run of here) copyFileSync(resultOf(run), recordOf(run));
}
const recorded = existsSync(records) ? readdirSync(records).map((file) => join(records, file)) : [];
/** A result that stands in the output folder comes before the one that is recorded. */
const results = new Map(
  [...recorded, ...here.map(resultOf)].map((file) => {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return [`${runName(result.arm, result.minutes)} ${result.seed}`, result];
  }),
);
const text = tablesText([...results.values()]);
console.log(text);
if (values.write) {
  const head = existsSync(page)
    ? readFileSync(page, 'utf8')
    : '# OmniVideo-R1 on the synthetic clips\n\n```\n```\n';
  // What was written around the tables stays.
  writeFileSync(
    page,
    head.replace(/```\n[\s\S]*?```\n/, () => `\`\`\`\n${text}\n\`\`\`\n`),
  );
  console.log(`${page}, on ${cpus()[0].model}`);
}
