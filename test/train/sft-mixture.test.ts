// SFT on a mixture of reasoning and direct answers.

import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import { type SFTConfigInput, SFTTrainer, type TrainableModel } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples as plain, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
const samples: Sample[] = Array.from({ length: 100 }, (_, i) => ({
  ...plain[i % plain.length],
  id: `s${i}`,
  steps: ['x'],
}));

interface Lesson {
  id: string;
  instruction?: string;
  taught: string;
}

/** A trainer on a model that notes which samples were prepared, and what was encoded for them. */
function noted(config: SFTConfigInput, trainDataset: readonly Sample[] = samples, protocol: object = {}) {
  const model = tinyModel();
  const lessons: Lesson[] = [];
  const asked: Sample[] = [];
  const noting: TrainableModel = {
    ...model,
    prepare(rows, options) {
      asked.push(...rows);
      return model.prepare(rows, options);
    },
    encodeCompletion(text) {
      const { id, instruction } = asked[lessons.length];
      lessons.push({ id, instruction, taught: text });
      return model.encodeCompletion(text);
    },
  };
  const trainer = new SFTTrainer({
    model: noting,
    trainDataset,
    protocol: { name: 'steps', ...protocol },
    formatCompletion: (_, { name }) => name,
    config: { learningRate: 1e-2, perDeviceTrainBatchSize: 10, outputDir: null, ...config },
  });
  return { trainer, model, lessons };
}

test('a fraction of the samples teach a direct answer, under a prompt that asks for it', async () => {
  const { trainer, lessons } = noted({ directFraction: 0.3, numTrainEpochs: 4 });
  await trainer.train();
  const direct = lessons.filter(({ taught }) => taught === 'direct');
  // 400 draws: within three standard deviations of 120.
  expect(Math.abs(direct.length - 120)).toBeLessThan(28);
  expect(new Set(direct.map(({ instruction }) => instruction))).toEqual(new Set(['Answer directly.']));
  const reasoned = lessons.filter(({ taught }) => taught === 'steps');
  expect(reasoned.length + direct.length).toBe(400);
  expect(new Set(reasoned.map(({ instruction }) => instruction))).toEqual(new Set([undefined]));
});

test('over the epochs a sample teaches both; seed, id and occurrence alone decide', async () => {
  const one = noted({ directFraction: 0.5, numTrainEpochs: 8 });
  await one.trainer.train();
  const kinds = (id: string) => new Set(one.lessons.filter((it) => it.id === id).map(({ taught }) => taught));
  // All eight alike: 2 in 256.
  expect(samples.filter(({ id }) => kinds(id).size === 2).length).toBeGreaterThan(90);
  const other = noted({ directFraction: 0.5, numTrainEpochs: 8, perDeviceTrainBatchSize: 7 }, [...samples]);
  await other.trainer.train();
  const ofSample = (lessons: Lesson[], id: string) =>
    lessons.filter((it) => it.id === id).map(({ taught }) => taught);
  for (const { id } of samples) {
    const [first, second] = [ofSample(one.lessons, id), ofSample(other.lessons, id)];
    // The last step of the other goes on into a further epoch.
    expect(second.slice(0, first.length)).toEqual(first);
  }
  const third = noted({ directFraction: 0.5, numTrainEpochs: 8, seed: 1 });
  await third.trainer.train();
  expect(samples.some(({ id }) => `${ofSample(third.lessons, id)}` !== `${ofSample(one.lessons, id)}`)).toBe(
    true,
  );
});

test('samples without steps teach their answer, captions are asked as they stand', async () => {
  const [row] = samples;
  const rows: Sample[] = [
    { ...row, id: 'bare', steps: undefined },
    { ...row, id: 'caption', answer: undefined },
  ];
  const { trainer, lessons } = noted(
    { directFraction: 0.01, maxSteps: 1, perDeviceTrainBatchSize: 2 },
    rows,
    {
      instruction: 'Think.',
      directInstruction: 'Say.',
    },
  );
  await trainer.train();
  const of = (id: string) => lessons.find((it) => it.id === id);
  expect(of('bare')).toMatchObject({ taught: 'direct', instruction: 'Say.' });
  expect(of('caption')).toMatchObject({ taught: 'steps', instruction: undefined });
});

test('a training that goes on ends with the same bits', async () => {
  const config = { directFraction: 0.5, maxSteps: 12, saveSteps: 5 };
  const whole = noted({ ...config, outputDir: join(folder.path, 'whole') });
  await whole.trainer.train();
  const half = noted({ ...config, outputDir: join(folder.path, 'whole'), overwriteOutputDir: true });
  await half.trainer.train({ resumeFrom: join(folder.path, 'whole', 'checkpoint-5') });
  expect(half.lessons).toEqual(whole.lessons.slice(50));
  expect(weights(half.model)).toEqual(weights(whole.model));
});

test.each<[object, RegExp]>([
  [{ name: 'direct' }, /directFraction: protocol 'direct' has no reasoning to mix with/],
  [{ instruction: 'Think.' }, /directFraction: the prompts have an instruction.*give directInstruction too/],
])('prompts that do not say which is wanted are refused: %j', (protocol, message) => {
  expect(() => noted({ directFraction: 0.5 }, samples, protocol)).toThrow(message);
});
