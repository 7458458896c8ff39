// A GRPO step with the rewards that compare views and those that ask the self-check: what passes the towers, and what is
// trained on.

import type { Completion, Sample } from '../../lib/data/index.js';
import { selfCheck } from '../../lib/judges/index.js';
import { OmniGraph } from '../../lib/models/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { completenessReward, consistencyReward, modalityReward } from '../../lib/rewards/index.js';
import { torch } from '../../lib/tensor/index.js';
import { type GRPOConfigInput, GRPOTrainer } from '../../lib/train/index.js';
import { timed } from '../rewards/judged.js';
import { weights } from '../train/tiny-model.js';
import { featuresOf } from './memory-clips.js';

/** Two clips with two questions each. */
const clips = [
  featuresOf({ colour: 'red', tone: 'low', seen: 0, heard: 2 }),
  featuresOf({ colour: 'blue', tone: 'high', seen: 3, heard: 1 }),
];
const samples = [0, 1, 2, 3].map(
  (i): Sample => ({
    id: `s${i}`,
    video: `${i >> 1}`,
    question: i % 2 === 0 ? 'Which colour?' : 'Which tone?',
    options: ['red', 'blue', 'low', 'high'],
    answer: ['red', 'low', 'blue', 'high'][i],
  }),
);

/** What the completions of a prompt say, whatever was sampled. */
const texts = [
  `${timed('0.0-1.0', 'red')}${timed('2.0-3.0', 'low')}<thinking>red</thinking><answer>A</answer>`,
  `${timed('1.0-2.0', 'high')}<thinking>low</thinking><answer>B</answer>`,
  `${timed('9.0-9.5', 'high')}<thinking>low</thinking><answer>C</answer>`,
  '<answer>D</answer>',
];

const { encodeMedia } = OmniGraph.prototype;
const viewsOf = ['av', 'v', 'a'] as const;

/** @param ids other ones for the completions of a view */
async function step(
  ids: Partial<Record<(typeof viewsOf)[number], number[]>> = {},
  config: GRPOConfigInput = {},
) {
  torch.manualSeed(0);
  const rows = samples.map((sample) => ({ ...sample, steps: texts }));
  const model = newSmallModel(rows, { config: { text: { layers: 1 } } });
  model.processor.features = async ({ video }) => clips[Number(video)];
  const passed = { vision: 0, audio: 0 };
  const towers = jest.spyOn(OmniGraph.prototype, 'encodeMedia').mockImplementation(function (
    this: OmniGraph,
    media,
  ) {
    // What was encoded before is handed on.
    if (media.vision && 'grids' in media.vision) passed.vision += media.vision.grids.length;
    if (media.audio && 'frames' in media.audio) passed.audio += media.audio.frames.length;
    return encodeMedia.call(this, media);
  });
  const sampled: Parameters<typeof model.samplePrompts>[0][] = [];
  const sample = model.samplePrompts.bind(model);
  model.samplePrompts = async (prompts, ...rest) => {
    sampled.push(prompts);
    const groups = await sample(prompts, ...rest);
    return groups.map((group, p) => {
      const given = ids[viewsOf[Math.floor(p / samples.length)]];
      const other = given && { ids: given, logprobs: given.map(() => -1) };
      return group.map((completion, i): Completion => ({ ...completion, text: texts[i], ...other }));
    });
  };
  const judge = selfCheck({ model });
  const logged: Record<string, number>[] = [];
  await new GRPOTrainer({
    model,
    trainDataset: samples,
    rewardFuncs: [modalityReward(), consistencyReward({ judge }), completenessReward({ judge })],
    config: {
      ...{ outputDir: null, maxSteps: 1, loggingSteps: 1, seed: 0, lossType: 'gspo' },
      ...{ numGenerations: 4, perDeviceTrainBatchSize: 16, maxCompletionLength: 4 },
      ...config,
    },
    callbacks: [{ onLog: (_, __, metrics) => void logged.push(metrics) }],
  }).train();
  await judge.close?.();
  towers.mockRestore();
  const after = weights(model);
  await model.close();
  return { sampled, passed, metrics: logged[0], after };
}

test.each<[string, GRPOConfigInput, number]>([
  // Sampled, learnt and judged; the judge reads each clip once for both rewards and all completions.
  ['towers that are trained', {}, 6],
  ['frozen towers, whose tokens the learner and the judge take over', { freeze: ['vision', 'audio'] }, 2],
])('all views are sampled together, and every clip is encoded once: %s', async (_, config, encoded) => {
  const { sampled, passed, metrics } = await step({}, config);
  expect(sampled.map((prompts) => prompts.length)).toEqual([12]);
  const tracks = (kind: 'vision' | 'audio') =>
    new Set(sampled[0].flatMap(({ root }) => root[kind] ?? [])).size;
  expect([tracks('vision'), tracks('audio')]).toEqual([2, 2]);
  expect(passed).toEqual({ vision: encoded, audio: encoded });
  expect(metrics).toMatchObject({ 'rewards/consistency/failed': 0, 'rewards/completeness/failed': 0 });
  expect(metrics['rewards/completeness/mean']).toBeGreaterThan(0);
});

test('tokens that are taken over are those that the judge would make', async () => {
  const rewards = async (config: GRPOConfigInput) => {
    const { metrics } = await step({}, config);
    return ['consistency', 'completeness'].map((name) => metrics[`rewards/${name}/mean`]);
  };
  const [own, other] = [await rewards({}), await rewards({ freeze: ['vision', 'audio'] })];
  for (const [i, mean] of own.entries()) expect(other[i]).toBeCloseTo(mean, 4);
});

test('completions of single tracks are scored and never trained on', async () => {
  const { after } = await step();
  const other = [5, 6, 7];
  expect((await step({ v: other, a: other })).after).toEqual(after);
  expect((await step({ av: other })).after).not.toEqual(after);
});
