// SFT on conversations: packing, cutting, what is refused, resuming. The losses stand in sft-parity.test.ts.

import { join } from 'node:path';
import type { Chat, ChatRow, Sample } from '../../lib/data/index.js';
import { scope, torch } from '../../lib/tensor/index.js';
import { readMetrics, type SFTConfigInput, SFTTrainer } from '../../lib/train/index.js';
import { packRows } from '../../lib/train/sft/packing.js';
import { textModel } from '../omni/text-model.js';
import { temporaryFolder } from './folder.js';
import { tinyModel, weights } from './tiny-model.js';

const folder = temporaryFolder();

const chats: Chat[] = Array.from({ length: 6 }, (_, i) => ({
  id: `chat ${i}`,
  messages: [
    { role: 'user', content: 'abc'.repeat(1 + i) },
    { role: 'assistant', content: 'xyz'.slice(i % 3) },
    { role: 'user', content: 'more' },
    { role: 'assistant', content: 'no' },
  ],
}));

function trainer(config: SFTConfigInput, rows: readonly (Sample | ChatRow)[] = chats, more: object = {}) {
  const model = textModel();
  const settings = {
    outputDir: null,
    loggingSteps: 1,
    learningRate: 1e-2,
    lrSchedulerType: 'constant' as const,
  };
  const losses: number[] = [];
  const callbacks = [
    { onLog: (_: unknown, __: unknown, { loss }: Record<string, number>) => void losses.push(loss) },
  ];
  const sft = new SFTTrainer({
    model,
    trainDataset: rows,
    config: { ...settings, ...config },
    callbacks,
    ...more,
  });
  return { model, losses, trainer: sft };
}

test('a packed sequence gives the gradient of its rows in a batch: none sees another', async () => {
  const run = async (config: SFTConfigInput) => {
    const {
      model,
      losses,
      trainer: sft,
    } = trainer({ maxSteps: 2, adamEpsilon: 1, assistantOnlyLoss: true, ...config });
    await sft.train();
    return { losses, weights: Object.values(weights(model)).flat(9) as number[] };
  };
  const rows = await run({ perDeviceTrainBatchSize: 6 });
  const packed = await run({ perDeviceTrainBatchSize: 1, packing: true, maxLength: 1024 });
  for (const [i, loss] of packed.losses.entries()) expect(loss).toBeCloseTo(rows.losses[i], 5);
  expect(Math.max(...packed.weights.map((weight, i) => Math.abs(weight - rows.weights[i])))).toBeLessThan(
    1e-6,
  );
  const start = Object.values(weights(textModel())).flat(9) as number[];
  expect(Math.max(...packed.weights.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-4);
});

test('sequences are filled by best fit, the longest rows first', () => {
  const rows = [5, 9, 3, 4, 2, 7].map((length) => ({ id: String(length), prompt: 'x', completion: 'y' }));
  // Room for 10: 9; 7 and then the 3 that fills it; 5 and 4; the 2 fits nowhere better than a sequence of its own.
  const packed = packRows(rows, ({ id }) => Number(id), 10);
  expect(packed.map(({ rows: members }) => members.map(({ id }) => id))).toEqual([
    ['9'],
    ['7', '3'],
    ['5', '4'],
    ['2'],
  ]);
  expect(packed[1].id).toBe('7 + 3');
});

test('an epoch has as many rows as packed sequences', () => {
  const { trainer: packed } = trainer({
    perDeviceTrainBatchSize: 1,
    packing: true,
    maxLength: 300,
    numTrainEpochs: 2,
  });
  const { trainer: rows } = trainer({ perDeviceTrainBatchSize: 1, numTrainEpochs: 2 });
  expect(rows.maxSteps).toBe(12);
  expect(packed.maxSteps).toBeLessThan(12);
  expect(packed.maxSteps % 2).toBe(0);
});

test('a row of which nothing is left to learn is no row of any step, and is named once', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const long = {
    id: 'long',
    messages: [
      { role: 'user', content: 'a'.repeat(200) },
      { role: 'assistant', content: 'b' },
    ],
  };
  const config = { perDeviceTrainBatchSize: 2, maxLength: 100, assistantOnlyLoss: true, numTrainEpochs: 2 };
  const { losses, trainer: sft } = trainer(config, [chats[0], long, ...chats.slice(1)]);
  const { state } = await sft.train();
  const { losses: without, trainer: other } = trainer(config);
  await other.train();
  expect(losses).toEqual(without);
  // Two epochs of six rows, two a step.
  expect(state.maxSteps).toBe(6);
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    "maxLength: 1 of 7 rows have nothing to learn within it (100 tokens) and are left out: 'long'; raise it, or set it to null",
  ]);
  warn.mockRestore();
});

test('a row that cannot be encoded is found before the first step', async () => {
  const open = { id: 'open', messages: [{ role: 'user', content: 'Who?' }] };
  const { trainer: sft, losses } = trainer(
    { maxSteps: 1, perDeviceTrainBatchSize: 1, completionOnlyLoss: true },
    [...chats, ...chats.map((row) => ({ ...row, id: `${row.id} again` })), open],
  );
  await expect(sft.train()).rejects.toThrow(/sample 'open': the completion begins with a message of user/);
  const evaluated = trainer({ maxSteps: 1, completionOnlyLoss: true, evalSteps: 1 }, chats, {
    evalDataset: [open],
  });
  await expect(evaluated.trainer.train()).rejects.toThrow(/sample 'open'/);
  expect([losses, evaluated.losses]).toEqual([[], []]);
});

test('a maxLength that leaves nothing to learn of any row is refused', async () => {
  const config = { maxSteps: 1, maxLength: 3, assistantOnlyLoss: true };
  const whole = chats.map(({ id }) => ({ id, prompt: 'abc', completion: 'd' }));
  await expect(trainer(config).trainer.train()).rejects.toThrow(
    'maxLength: no row has anything to learn within it (3 tokens); raise it, or set it to null',
  );
  const evaluated = trainer({ ...config, assistantOnlyLoss: false, evalSteps: 1 }, chats, {
    evalDataset: whole,
  });
  await expect(evaluated.trainer.train()).rejects.toThrow('maxLength: no row has anything');
});

test('conversations and samples may stand in one dataset, and be evaluated', async () => {
  const question: Sample = { id: 'q', question: 'One and one?', answer: 'two' };
  const evaluated: number[] = [];
  const { losses, trainer: sft } = trainer(
    { maxSteps: 30, perDeviceTrainBatchSize: 7, evalSteps: 30, assistantOnlyLoss: true },
    [...chats, question],
    {
      evalDataset: [chats[0], question],
      callbacks: [
        {
          onEvaluate: (_: unknown, __: unknown, { eval_loss }: Record<string, number>) =>
            void evaluated.push(eval_loss),
        },
      ],
    },
  );
  await sft.train();
  expect(losses).toEqual([]);
  expect(evaluated[0]).toBeLessThan(0.5);
});

test('a packed training is resumed to the same losses, and not with rows packed otherwise', async () => {
  const config = { packing: true, maxLength: 100, perDeviceTrainBatchSize: 1, saveSteps: 3, maxSteps: 6 };
  const lossesOf = (name: string) =>
    readMetrics(join(folder.path, name, 'metrics.jsonl')).map(({ loss }) => loss);
  await trainer({ ...config, outputDir: join(folder.path, 'whole') }).trainer.train();
  const outputDir = join(folder.path, 'parts');
  await trainer({ ...config, maxSteps: 3, outputDir }).trainer.train();
  const resumeFrom = join(outputDir, 'checkpoint-3');
  await expect(
    trainer({ ...config, maxLength: 200, outputDir }).trainer.train({ resumeFrom }),
  ).rejects.toThrow(/of another training: trainDataset/);
  await trainer({ ...config, outputDir }).trainer.train({ resumeFrom });
  expect(lossesOf('parts')).toEqual(lossesOf('whole'));
});

test('dft weights each token by its probability, which has no gradient', async () => {
  const { dftLoss } = await import('../../lib/algorithms/index.js');
  scope(() => {
    const logp = torch.tensor([Math.log(0.5), Math.log(0.25)], { requiresGrad: true });
    const loss = dftLoss(logp, 4);
    loss.backward();
    expect(loss.item()).toBeCloseTo(-(0.5 * Math.log(0.5) + 0.25 * Math.log(0.25)) / 4, 6);
    const gradient = logp.grad?.toArray() as number[];
    expect(gradient).toEqual([expect.closeTo(-0.5 / 4, 6), expect.closeTo(-0.25 / 4, 6)]);
  });
});

const sample: Sample = { id: 'q', question: 'One?', answer: 'two' };
test.each<[string, SFTConfigInput, readonly (Sample | ChatRow)[], RegExp]>([
  [
    'packing of samples',
    { packing: true },
    [...chats, sample],
    /^packing: trainDataset has the sample 'q': packs conversations/,
  ],
  [
    'the question of a sample',
    { completionOnlyLoss: false },
    [sample],
    /^completionOnlyLoss: trainDataset has the sample 'q': a sample teaches its completion alone/,
  ],
  [
    'packing without a length',
    { packing: true, maxLength: null },
    chats,
    /maxLength: must be a number of tokens where packing is on/,
  ],
  ['another strategy', { packingStrategy: 'wrapped' as 'bfd' }, chats, /packingStrategy: expected 'bfd'/],
  ['offloading', { activationOffloading: true as false }, chats, /activationOffloading: is not implemented/],
  [
    'a setting of TRL that is not there',
    { datasetTextField: 'text' } as SFTConfigInput,
    chats,
    /datasetTextField: no such setting/,
  ],
])('%s is refused by name', (_, config, rows, problem) => {
  expect(() => trainer(config, rows)).toThrow(problem);
});

test('a model that encodes no conversations says so', async () => {
  const sft = new SFTTrainer({
    model: tinyModel(),
    trainDataset: chats,
    config: { outputDir: null, maxSteps: 1 },
  });
  await expect(sft.train()).rejects.toThrow(/sample 'chat \d': the model has no encodeChat/);
});
