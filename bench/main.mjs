// npm run bench [-- NAME...] [-- --write]
//
// Runs the benchmarks named (all of them by default). With --write each result also goes to docs/results/NAME.md.

const benchmarks = ['dispatch'];

const args = process.argv.slice(2);
const write = args.includes('--write');
const names = args.filter((arg) => arg !== '--write');
const unknown = names.find((name) => !benchmarks.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`unknown benchmark '${unknown}': expected ${benchmarks.join(', ')}\n`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : benchmarks) {
  const { run } = await import(`./${name}.mjs`);
  await run({ write });
}
