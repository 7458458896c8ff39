// The self-check on a model that was trained for a minute: honest spans and captions earn more than others, on clips that
// it has not seen. Clips are made in memory: a square of one colour for a second, and a tone of one height for another.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import { selfCheck } from '../../lib/judges/index.js';
import { type ClipFeatures, newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { completenessReward, consistencyReward, targetCaptions } from '../../lib/rewards/index.js';
import { torch } from '../../lib/tensor/index.js';
import { SFTTrainer } from '../../lib/train/index.js';
import { batchOf } from '../rewards/batch.js';
import { timed } from '../rewards/judged.js';

const whenFull = process.env.EARSIGHT_TEST_FULL ? test : test.skip;

const colours = { red: [220, 40, 40], green: [40, 200, 40], blue: [40, 40, 220] };
const tones = { low: 10, middle: 35, high: 60 };
type Colour = keyof typeof colours;
type Tone = keyof typeof tones;

/** Starts in half seconds; each lasts a second. */
interface Events {
  colour: Colour;
  seen: number;
  tone: Tone;
  heard: number;
}

const [size, bins, slots] = [64, 80, 8];

function featuresOf({ colour, seen, tone, heard }: Events): ClipFeatures {
  const frames = new Uint8Array(slots * size * size * 3).fill(41);
  for (let slot = seen; slot < seen + 2; slot += 1)
    for (let y = 16; y < 48; y += 1)
      for (let x = 16; x < 48; x += 1) frames.set(colours[colour], 3 * ((slot * size + y) * size + x));
  const mel = new Float32Array(bins * slots * 50).fill(-0.6);
  for (let bin = tones[tone]; bin < tones[tone] + 10; bin += 1)
    mel.fill(1, bin * slots * 50 + heard * 50, bin * slots * 50 + (heard + 2) * 50);
  const times = Array.from({ length: slots }, (_, i) => i / 2);
  return {
    duration: slots / 2,
    video: { frames, shape: [slots, size, size], times },
    audio: { mel, frames: slots * 50 },
  };
}

function spanOf(start: number): [number, number] {
  return [start / 2, start / 2 + 1];
}

const pick = <T>(values: readonly T[], n: number): T => values[n % values.length];

/** All combinations of colours, tones and places, in an order without a pattern. */
const clips = Array.from({ length: 9 * 42 }, (_, i): Events => {
  const n = (i * 185) % (9 * 42);
  const place = Math.floor(n / 9);
  const seen = place % 7;
  const heard = (seen + 1 + Math.floor(place / 7)) % 7;
  const [colour, tone] = [pick(Object.keys(colours), n), pick(Object.keys(tones), Math.floor(n / 3))];
  return { colour: colour as Colour, seen, tone: tone as Tone, heard };
});

function question(events: Events, i: number): Sample {
  return {
    id: `q${i}`,
    video: `${i}`,
    question: 'Which colour is seen, and which tone is heard?',
    answer: `${events.colour} ${events.tone}`,
    steps: [events.colour, events.tone],
    spans: [spanOf(events.seen), spanOf(events.heard)],
  };
}

/** What is in one second of a clip. */
function captions({ colour, seen, tone, heard }: Events, i: number): Sample[] {
  return Array.from({ length: 7 }, (_, start) => {
    const [from, to] = spanOf(start);
    const there = [Math.abs(start - seen) < 2 ? colour : '', Math.abs(start - heard) < 2 ? tone : ''];
    const caption = there.filter((word) => word !== '').join(' ') || 'nothing';
    return {
      id: `c${i}-${start}`,
      video: `${i}`,
      question: `What is seen and heard from ${from.toFixed(1)} to ${to.toFixed(1)} seconds?`,
      steps: [caption],
      spans: [[from, to]],
    };
  });
}

const held = 40;
const folder = mkdtempSync(join(tmpdir(), 'earsight-trained-judge-'));
let model: OmniModel;

afterAll(async () => {
  await model?.close();
  rmSync(folder, { recursive: true });
});

whenFull(
  'honest spans and captions earn most',
  async () => {
    const trained = clips.slice(held);
    const rows = trained.flatMap((events, i) => [question(events, held + i), ...captions(events, held + i)]);
    torch.manualSeed(0);
    model = newSmallModel(rows, { config: { text: { layers: 2 } } });
    model.processor.features = async ({ video }) => featuresOf(clips[Number(video)]);
    const trainer = new SFTTrainer({
      model,
      trainDataset: rows,
      formatCompletion: (sample) =>
        sample.answer === undefined ? targetCaptions(sample) : `<answer>${sample.answer}</answer>`,
      config: {
        outputDir: join(folder, 'sft'),
        maxSteps: 500,
        perDeviceTrainBatchSize: 32,
        learningRate: 2e-3,
        seed: 0,
      },
    });
    await trainer.train();

    const judge = selfCheck({ model });
    const samples = clips.slice(0, held).map(question);
    const earned = async (write: (sample: Sample, events: Events) => string): Promise<number> => {
      const batch = batchOf(
        samples.map((sample, i) => write(sample, clips[i])),
        { samples },
      );
      const rewards = [consistencyReward({ judge }), completenessReward({ judge })];
      const scores = (await Promise.all(rewards.map((reward) => reward(batch)))).flat();
      return scores.reduce<number>((sum, score) => sum + Number(score), 0) / samples.length;
    };
    const at = ([from, to]: [number, number], caption: string) =>
      timed(`${from.toFixed(1)}-${to.toFixed(1)}`, caption);
    const at2 = (from: number, to: number, caption: string) =>
      timed(`${from.toFixed(2)}-${to.toFixed(2)}`, caption);
    const spansOf = ({ seen, heard }: Events) => [spanOf(seen), spanOf(heard)];
    const twenty = (span: (i: number) => string) => Array.from({ length: 20 }, (_, i) => span(i)).join('');

    const reference = await earned((_, events) => {
      const [seen, heard] = spansOf(events);
      return at(seen, events.colour) + at(heard, events.tone);
    });
    const others = {
      'the whole clip': await earned(({ answer }) => at([0, 4], answer as string)),
      'nearly the whole clip': await earned(({ answer }) => at([0, 3.5], answer as string)),
      'one caption for every span': await earned((_, events) =>
        spansOf(events)
          .map((span) => at(span, events.colour))
          .join(''),
      ),
      'the answer for every span': await earned(({ answer }, events) =>
        spansOf(events)
          .map((span) => at(span, answer as string))
          .join(''),
      ),
      '20 short spans': await earned((_, { colour, tone }) =>
        twenty((i) => at2(i * 0.2, i * 0.2 + 0.1, i % 2 ? tone : colour)),
      ),
      '20 short spans in one event': await earned((_, { seen, colour }) =>
        twenty((i) => at2(seen / 2 + i * 0.05, seen / 2 + i * 0.05 + 0.04, colour)),
      ),
      'spans elsewhere': await earned((_, { seen, heard, colour, tone }) =>
        [seen, heard].map((start, i) => at(spanOf((start + 3) % 7), [colour, tone][i])).join(''),
      ),
    };
    await judge.close?.();
    console.log(JSON.stringify({ reference, ...others }, null, 2));
    expect(reference).toBeGreaterThan(1.4);
    for (const [name, sum] of Object.entries(others))
      expect([name, sum < reference - 0.1]).toEqual([name, true]);
  },
  600_000,
);
