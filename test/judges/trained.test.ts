// The self-check on a model that was trained for seconds: honest spans and captions earn more than others, on clips that it has
// not seen. Clips are made in memory: a square of one colour for a second, and a tone of one height for another.

import type { Sample } from '../../lib/data/index.js';
import { selfCheck } from '../../lib/judges/index.js';
import { type ClipFeatures, newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { completenessReward, consistencyReward, targetCaptions } from '../../lib/rewards/index.js';
import { torch } from '../../lib/tensor/index.js';
import { SFTTrainer } from '../../lib/train/index.js';
import { batchOf } from '../rewards/batch.js';
import { timed } from '../rewards/judged.js';

const colours = { red: [220, 40, 40], green: [40, 200, 40], blue: [40, 40, 220] };
/** First of the ten mel bins. */
const tones = { low: 10, middle: 35, high: 60 };
const [size, bins, seconds] = [64, 80, 4];

interface Clip {
  colour: keyof typeof colours;
  tone: keyof typeof tones;
  /** The second in which the square is seen. */
  seen: number;
  heard: number;
}

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

function featuresOf({ colour, tone, seen, heard }: Clip): ClipFeatures {
  const [count, rate] = [2 * seconds, 100];
  const frames = new Uint8Array(count * size * size * 3).fill(41);
  for (const frame of [2 * seen, 2 * seen + 1])
    for (let y = 16; y < 48; y += 1)
      for (let x = 16; x < 48; x += 1) frames.set(colours[colour], 3 * ((frame * size + y) * size + x));
  const mel = new Float32Array(bins * seconds * rate).fill(-0.6);
  for (let bin = tones[tone]; bin < tones[tone] + 10; bin += 1)
    mel.fill(1, (bin * seconds + heard) * rate, (bin * seconds + heard + 1) * rate);
  const times = Array.from({ length: count }, (_, i) => i / 2);
  return {
    duration: seconds,
    video: { frames, shape: [count, size, size], times },
    audio: { mel, frames: seconds * rate },
  };
}

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
}, 120_000);
