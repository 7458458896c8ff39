/** completions/completions_N.parquet: TRL's columns and ours, read by another implementation of the format. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { type GRPOConfigInput, GRPOTrainer, readCompletions } from '../../lib/train/index.js';
import { temporaryFolder } from './folder.js';
import { samples, tinyModel } from './tiny-model.js';

const folder = temporaryFolder();
const outputDir = () => join(folder.path, 'run');
const tables = () => readdirSync(join(outputDir(), 'completions')).sort();

function trainer(rewardFuncs: RewardFunc[], config: GRPOConfigInput = {}) {
  const model = tinyModel();
  return new GRPOTrainer({
    model: {
      ...model,
      samplePrompts: async (...args) => {
        const groups = await model.samplePrompts(...args);
        return groups.map((group) =>
          group.map((completion, i) => ({
            ...completion,
            text: i === 0 ? '<time>1-2</time><caption>\u266b</caption><answer>B</answer>' : completion.text,
          })),
        );
      },
    },
    rewardFuncs,
    trainDataset: samples,
    config: {
      outputDir: outputDir(),
      numGenerations: 4,
      maxCompletionLength: 3,
      maxSteps: 4,
      loggingSteps: 2,
      saveSteps: 1,
      logCompletions: true,
      logCompletionsParquet: true,
      ...config,
    },
  });
}

function arrayBuffer(file: string): ArrayBuffer {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

const right: RewardFunc = ({ completions }) => completions.map((_, i) => [1, 0, 0.5, Number.NaN][i % 4]);
const answer: RewardFunc = ({ completions }) => completions.map(() => null);
answer.views = ['v'];

test('a table a logged step: the columns of TRL first, then those of completions.jsonl', async () => {
  await trainer([right, answer]).train();
  expect(tables()).toEqual(['completions_00002.parquet', 'completions_00004.parquet']);
  const file = arrayBuffer(join(outputDir(), 'completions', 'completions_00004.parquet'));
  const { schema } = parquetMetadata(file);
  expect(
    schema.filter(({ name }) => !['root', 'list', 'element'].includes(name)).map(({ name }) => name),
  ).toEqual(
    'step prompt completion right answer advantage sample occurrence index view tokens finish_reason spans captions thinking_text answer_text failed reward in_loss'.split(
      ' ',
    ),
  );
  const rows = await parquetReadObjects({ file });
  const records = [...readCompletions(join(outputDir(), 'completions.jsonl'))].filter(
    ({ step }) => step === 4,
  );
  expect(rows).toHaveLength(records.length);
  const questions = new Map(samples.map(({ id, question }) => [id, question]));
  expect(rows).toEqual(
    records.map((record) => ({
      step: 4n,
      prompt: questions.get(record.sample),
      completion: record.completion,
      right: record.rewards.right ?? null,
      answer: null,
      advantage: record.advantage,
      sample: record.sample,
      occurrence: BigInt(record.occurrence),
      index: BigInt(record.index),
      view: record.view,
      tokens: BigInt(record.tokens),
      finish_reason: record.finishReason,
      spans: record.index === 0 ? [[1, 2]] : [],
      captions: record.index === 0 ? ['\u266b'] : [],
      thinking_text: null,
      answer_text: record.index === 0 ? 'B' : null,
      failed: record.view === 'av' && record.index === 3 ? ['right'] : [],
      reward: record.reward,
      in_loss: record.inLoss,
    })),
  );
  expect(rows.map((row) => row.view)).toContain('v');
});

test('a resume drops the tables after its checkpoint, and other files stay', async () => {
  await trainer([right]).train();
  writeFileSync(join(outputDir(), 'completions', 'notes.parquet'), '');
  const later = join(outputDir(), 'completions', 'completions_00004.parquet');
  const before = readFileSync(later);
  writeFileSync(later, 'of a training that is not continued');
  await trainer([right], { maxSteps: 3 }).train({ resumeFrom: join(outputDir(), 'checkpoint-3') });
  expect(tables()).toEqual(['completions_00002.parquet', 'notes.parquet']);
  await trainer([right]).train({ resumeFrom: join(outputDir(), 'checkpoint-3') });
  expect(readFileSync(later).equals(before)).toBe(true);
});

test('settings that do not fit are refused by name', () => {
  expect(() => trainer([right], { logCompletions: false })).toThrow(
    'logCompletionsParquet: writes what logCompletions writes: set logCompletions too (got true)',
  );
  const tokens: RewardFunc = ({ completions }) => completions.map(() => 1);
  expect(() => trainer([right, tokens])).toThrow(
    "logCompletionsParquet: a reward is named 'tokens', which is another column of the table; rename its function",
  );
});
