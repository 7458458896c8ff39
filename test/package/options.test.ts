// Every public function that takes named options: a misspelt name is refused with the names that there are, and so is a
// value that would pass in silence and do something else than was meant.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nn, optim, rollout, torch, train } from '../../lib/index.js';
import { tinyGraph } from '../models/tiny.js';
import { benchmarkEntries } from './options/benchmarks.js';
import { type Entry, negative, type Options } from './options/entry.js';
import { kernelEntries } from './options/kernels.js';
import { modelEntries } from './options/models.js';
import { nnEntries } from './options/nn.js';
import { otherEntries, pool } from './options/others.js';
import { processEntries } from './options/process.js';
import { tensorEntries } from './options/tensor.js';

const entries = [
  ...tensorEntries,
  ...nnEntries,
  ...kernelEntries,
  ...modelEntries,
  ...processEntries,
  ...benchmarkEntries,
  ...otherEntries,
];

/** An option's name, also as an operator's schema writes it. */
function named(name: string): RegExp {
  return new RegExp(`${name}|${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`);
}

/** What a call throws, at once or as a rejection. */
async function failure({ call, given }: Entry, options: Options): Promise<Error> {
  try {
    await call({ ...given, ...options } as never);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`accepted ${JSON.stringify(options)}`);
}

afterAll(() => pool.close());
const byName = entries.map((entry) => [entry.name, entry] as const);

test.each(byName)('%s refuses a misspelt option', async (_, entry) => {
  const misspelt = `x${entry.names[0]}x`;
  const error = await failure(entry, { [misspelt]: 1 });
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(misspelt.replace(/^xon/, 'onXon'));
  const word = /[A-Za-z_]\w*/g;
  const said = new Set(error.message.match(word));
  // One that is close is named; else all are.
  if (!error.message.includes('did you mean'))
    expect(entry.names.filter((name) => !said.has(name))).toEqual([]);
});

test.each(byName.filter(([, { wrong }]) => wrong !== undefined))(
  '%s refuses wrong values',
  async (_, entry) => {
    for (const [name, values] of Object.entries(entry.wrong as Record<string, unknown[]>)) {
      for (const value of values) {
        const error = await failure(entry, { [name]: value });
        expect([name, value, error.message]).toEqual([name, value, expect.stringMatching(named(name))]);
      }
    }
  },
);

test('a training setting is refused as a ConfigError that names it', async () => {
  for (const parse of [train.parseSFTConfig, train.parseGRPOConfig, train.parseDPOConfig]) {
    expect(() => parse({ learningRat: 1 })).toThrow(
      /learningRat: no such setting; did you mean learningRate\?/,
    );
    expect(() => parse({ zzzzzzzzzzzzz: 1 })).toThrow(
      /zzz: no such setting; expected .*warmupSteps.*learningRate/,
    );
  }
});

test('prompts may be more than what is needed of them, and not less', async () => {
  const prompt = {
    id: 'a',
    occurrence: 0,
    root: { spans: [], textIds: [] },
    question: [1],
    text: '',
    tokens: { text: 1, audio: 0, video: 0 },
    note: 'more than what a prompt has',
  };
  const params = {
    temperature: 1,
    topP: 1,
    topK: 0,
    minP: 0,
    repetitionPenalty: 1,
    numGenerations: 1,
    maxNewTokens: 1,
    seed: 0,
  };
  const options = { stopIds: [], decode: () => '' };
  await expect(rollout.sampleBatch(tinyGraph(), [prompt], params, options)).resolves.toHaveLength(1);
  for (const name of ['id', 'question']) {
    const renamed = { ...prompt, [name]: undefined } as never;
    await expect(rollout.sampleBatch(tinyGraph(), [renamed], params, options)).rejects.toThrow(
      `prompts[0].${name}: expected `,
    );
  }
});

test('numbers that stand alone', () => {
  const x = torch.ones([1]);
  const leaf = torch.ones([1], { requiresGrad: true });
  const optimizer = new optim.SGD([leaf]);
  for (const value of negative) {
    expect(() => optim.clipGradNorm([leaf], value as number)).toThrow(/maxNorm: expected a number >= 0/);
    expect(() => optimizer.scaleLr(value as number)).toThrow(/factor: expected a number >= 0/);
  }
  expect(() => nn.init.xavierUniform_(torch.zeros([2, 2]), Number.NaN)).toThrow(/gain/);
  expect(() => nn.init.calculateGain('rellu' as never)).toThrow(/nonlinearity: expected one of linear, /);
  expect(() => torch.save({ x }, 'never-written.safetensors', { epoch: 3 as never })).toThrow(
    /metadata.epoch/,
  );
  expect(() => torch.autograd.backward(leaf.sum() as never)).toThrow(/expected a list of Tensors/);
});

test('every exported type of options is in the table', () => {
  const lib = join(__dirname, '..', '..', 'lib');
  const rooms = [...readFileSync(join(lib, 'index.ts'), 'utf8').matchAll(/from '\.\/(\w+)\/index\.js'/g)];
  const exported = new Set(
    ['index.ts', 'nn/optim/index.ts', ...rooms.map(([, room]) => `${room}/index.ts`)].flatMap((file) => [
      ...(readFileSync(join(lib, file), 'utf8').match(/\b[A-Z]\w*(?:Options|Config|ConfigInput|Parts)\b/g) ??
        []),
    ]),
  );
  const elsewhere = [
    // Checked by a schema: the test of training settings above, and the whole of parseOmniConfig.
    ...[
      'SFTConfig',
      'SFTConfigInput',
      'GRPOConfig',
      'GRPOConfigInput',
      'DPOConfig',
      'DPOConfigInput',
      'ProcessDPOConfig',
      'ProcessDPOConfigInput',
      'PRMConfig',
      'PRMConfigInput',
      'TextConfig',
      'VisionConfig',
      'AudioConfig',
      'PositionsConfig',
      'ModelConfigInput',
    ],
    // Of a constructor that fromConfig and fromPretrained call, and one of its parts, which a schema checks in its file.
    ...['OmniModelParts', 'GenerationConfig'],
    // Variables of a template, which may have any names.
    'RenderOptions',
    // What the options of process DPO have in common.
    'SolutionOptions',
  ];
  const covered = new Set([...entries.map(({ type }) => type), ...elsewhere]);
  const internal = new Set(['ReadOptions', 'RunOptions', 'ErrorOptions']);
  expect(
    [...exported].filter((type) => !covered.has(type) && !internal.has(type) && /^[A-Z]/.test(type)),
  ).toEqual([]);
});
