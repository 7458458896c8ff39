// video-SALMONN-o1 on the synthetic clips: arms of equal steps from one SFT start, over seeds.
//   node recipes/video-salmonn-o1.mjs [--arm a,b] [--seed 0,1,2] [--size full] [--output folder] [--list] [--print] [--write]
// Does what is not finished, with what it needs, and prints the tables of all that is. An arm that was killed is begun anew, but
// for its finished files of records. --print trains nothing. --write records the results under docs/results. --size tiny shows in
// a minute that all arms run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { arms, needs, sizes } from './video-salmonn-o1/arms.mjs';
import { tablesText } from './video-salmonn-o1/table.mjs';

const { values } = parseArgs({
  options: {
    arm: { type: 'string', default: Object.keys(arms).join() },
    seed: { type: 'string', default: '0,1,2' },
    size: { type: 'string', default: 'full' },
    output: { type: 'string', default: 'runs/video-salmonn-o1' },
    list: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const wanted = values.arm.split(',');
for (const [option, given, known] of [
  ['--arm', wanted, arms],
  ['--size', [values.size], sizes],
]) {
  const unknown = given.find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) continue;
  console.error(`${option} ${unknown}: expected ${Object.keys(known).join(', ')}`);
  process.exit(2);
}
const seeds = values.seed.split(',');
const notNumber = seeds.find((seed) => !/^\d+$/.test(seed));
if (notNumber !== undefined) {
  console.error(`--seed ${notNumber}: expected integers from 0, with commas between them`);
  process.exit(2);
}
const resultOf = ({ arm, seed }) => join(values.output, values.size, seed, arm, 'result.json');
const isHere = (run) => existsSync(resultOf(run));

if (values.list) {
  for (const seed of seeds)
    for (const arm of wanted)
      console.log(`${arm}, seed ${seed}: ${isHere({ arm, seed }) ? 'finished' : 'open'}`);
  process.exit();
}
if (!values.print) for (const seed of seeds) for (const arm of wanted) await finish({ arm, seed });

/** Needed arms first. */
async function finish({ arm, seed }) {
  if (isHere({ arm, seed })) return;
  for (const needed of needs(arm)) await finish({ arm: needed, seed });
  const script = fileURLToPath(new URL('./video-salmonn-o1/run-arm.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, arm, seed, values.size, values.output], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exit(code ?? 1);
  console.log(`${arm}, seed ${seed}: finished`);
}

const files = fileURLToPath(new URL('../docs/results/video-salmonn-o1', import.meta.url));
const here = seeds.flatMap((seed) => Object.keys(arms).map((arm) => ({ arm, seed }))).filter(isHere);
if (values.write) {
  mkdirSync(files, { recursive: true });
  for (const run of here) copyFileSync(resultOf(run), join(files, `${run.arm}-seed${run.seed}.json`));
}
const recorded =
  values.size === 'full' && existsSync(files) ? readdirSync(files).map((file) => join(files, file)) : [];
/** A result that stands in the output folder comes before the one that is recorded. */
const results = new Map(
  [...recorded, ...here.map(resultOf)].map((file) => {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    return [`${result.arm} ${result.seed}`, result];
  }),
);
const text = tablesText([...results.values()]);
console.log(text);
if (values.write) {
  const page = `${files}.md`;
  const head = existsSync(page)
    ? readFileSync(page, 'utf8')
    : '# video-SALMONN-o1 on the synthetic clips\n\n```\n```\n';
  // What was written around the tables stays.
  writeFileSync(
    page,
    head.replace(/```\n[\s\S]*?```\n/, () => `\`\`\`\n${text}\n\`\`\`\n`),
  );
}
