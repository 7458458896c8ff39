// The self-check on a model that was trained for seconds: honest spans and captions earn more than others, on clips that it has
// not seen.

import type { Sample } from '../../lib/data/index.js';
import { selfCheck } from '../../lib/judges/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { completenessReward, consistencyReward, targetCaptions } from '../../lib/rewards/index.js';
import { torch } from '../../lib/tensor/index.js';
import { SFTTrainer } from '../../lib/train/index.js';
import { batchOf } from '../rewards/batch.js';
import { timed } from '../rewards/judged.js';
import { type Clip, colours, featuresOf, seconds, tones } from './memory-clips.js';

/** Every combination in which both are apart, in an order without a pattern. */
const combinations = Object.keys(colours).flatMap((colour) =>
  Object.keys(tones).flatMap((tone) =>
    [0, 1, 2, 3].flatMap((seen) =>
      [0, 1, 2, 3].flatMap((heard) => (seen === heard ? [] : [{ colour, tone, seen, heard } as Clip])),
    ),
  ),
);
const clips = combinations.map((_, i) => combinations[(i * 41) % combinations.length]);
const held = 24;

function question({ colour, tone }: Clip, i: number): Sample {
  const asked = 'Which colour is seen, and which tone is heard?';
  return { id: `q${i}`, video: `${i}`, question: asked, answer: `${colour} ${tone}`, duration: seconds };
}

/** What is in each second of a clip. */
function captions({ colour, tone, seen, heard }: Clip, i: number): Sample[] {
  return [0, 1, 2, 3].flatMap((start) =>
    [
      ['Seen', start === seen ? colour : 'nothing'],
      ['Heard', start === heard ? tone : 'nothing'],
    ].map(([word, caption]) => ({
      id: `${word}-${i}-${start}`,
      video: `${i}`,
      question: `${word} at ${start}.0?`,
      steps: [caption],
      spans: [[start, start + 1]],
    })),
  );
}

async function trained(): Promise<OmniModel> {
  const rows = clips.flatMap((clip, i) => (i < held ? [] : [question(clip, i), ...captions(clip, i)]));
  const features = clips.map(featuresOf);
  torch.manualSeed(0);
  const model = newSmallModel(rows, { config: { text: { layers: 2 } } });
  model.processor.features = async ({ video }) => features[Number(video)];
  const trainer = new SFTTrainer({
    model,
    trainDataset: rows,
    formatCompletion: (sample) =>
      sample.answer === undefined ? targetCaptions(sample) : `<answer>${sample.answer}</answer>`,
    config: {
      ...{ outputDir: null, maxSteps: 80, warmupSteps: 10, perDeviceTrainBatchSize: 32, seed: 0 },
      ...{ optim: 'muon', learningRate: 1e-3, muonLearningRate: 2e-3 },
    },
  });
  await trainer.train();
  return model;
}

const samples = clips.slice(0, held).map(question);
const second = (start: number, caption: string) => timed(`${start}.0-${start + 1}.0`, caption);
const twenty = (start: number, step: number, caption: (i: number) => string) =>
  Array.from({ length: 20 }, (_, i) => {
    const from = start + i * step;
    return timed(`${from.toFixed(2)}-${(from + step / 2).toFixed(3)}`, caption(i));
  }).join('');

const others: Record<string, (clip: Clip) => string> = {
  'the whole clip': ({ colour, tone }) => timed('0.0-4.0', `${colour} ${tone}`),
  'nearly the whole clip': ({ colour, tone }) => timed('0.0-3.5', `${colour} ${tone}`),
  'one caption for every span': ({ seen, heard, colour }) => second(seen, colour) + second(heard, colour),
  'the answer for every span': ({ seen, heard, colour, tone }) =>
    [seen, heard].map((start) => second(start, `${colour} ${tone}`)).join(''),
  '20 short spans over the clip': ({ colour, tone }) => twenty(0, 0.2, (i) => (i % 2 ? tone : colour)),
  '20 short spans in one event': ({ seen, colour }) => twenty(seen, 0.05, () => colour),
  'spans elsewhere': ({ seen, heard, colour, tone }) =>
    second((seen + 2) % seconds, colour) + second((heard + 2) % seconds, tone),
};

test('the reference spans and captions earn most', async () => {
  const model = await trained();
  const judge = selfCheck({ model });
  const rewards = [consistencyReward({ judge }), completenessReward({ judge })];
  const earned = async (write: (clip: Clip) => string): Promise<number> => {
    const batch = batchOf(clips.slice(0, held).map(write), { samples });
    const scores = (await Promise.all(rewards.map((reward) => reward(batch)))).flat();
    return scores.reduce<number>((sum, score) => sum + Number(score), 0) / held;
  };
  const reference = await earned(
    ({ seen, heard, colour, tone }) => second(seen, colour) + second(heard, tone),
  );
  expect(reference).toBeGreaterThan(1.75);
  for (const [name, write] of Object.entries(others)) {
    const sum = await earned(write);
    expect([name, sum < reference - 0.2 ? 'less' : sum]).toEqual([name, 'less']);
  }
  await judge.close?.();
  await model.close();
}, 600_000);
