// Ways to hold MiB (the first argument), 32 times over, without yielding; prints the warnings that came of them.
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { keep, nn, scope, torch } = require('../../../dist/index.js');

const [mebibytes, ...wanted] = process.argv.slice(2);
const times = 32;
const elements = (Number(mebibytes) * 2 ** 20) / 4;
const make = () => torch.empty([elements]);
const held = [];
const repeat = (fn) => {
  for (let i = 0; i < times; i += 1) held.push(fn(i));
};

const ways = {
  dropped: () => {
    for (let i = 0; i < times; i += 1) make();
  },
  held: () => repeat(make),
  'out of scopes': () => repeat(() => scope(() => make())),
  'in a scope': () => scope(() => repeat(make)),
  disposed: () => repeat(() => make().dispose()),
  kept: () => repeat(() => keep(make())),
  'kept out of a scope': () => repeat(() => scope(() => keep(make()))),
  parameters: () => repeat(() => new nn.Linear(elements, 1, { bias: false })),
  gradients: () => {
    const weights = Array.from({ length: times }, () => nn.parameter(make()));
    repeat((i) => scope(() => weights[i].sum().backward()));
    repeat((i) => weights[i].grad);
  },
  'views of what is kept': () => {
    const whole = keep(torch.empty([times * elements]));
    repeat(() => whole.narrow(0, 0, 1));
  },
  mapped: () => {
    const folder = mkdtempSync(join(tmpdir(), 'earsight-unscoped-'));
    const file = join(folder, 'x.safetensors');
    scope(() => torch.save({ x: make() }, file));
    repeat(() => torch.load(file).x);
    rmSync(folder, { recursive: true });
  },
};

const warnings = [];
process.on('warning', ({ name, code, message }) => warnings.push({ name, code, message }));
for (const way of wanted) ways[way]();
setImmediate(() => process.stdout.write(JSON.stringify(warnings)));
