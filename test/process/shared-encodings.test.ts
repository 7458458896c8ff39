// Paths and rollouts of a real model: what passes towers and decoder, and what a path's seed means.
import type { Sample } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { OmniGraph } from '../../lib/models/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { samplingStats } from '../../lib/rollout/index.js';
import { torch } from '../../lib/tensor/index.js';
import { featuresOf } from '../judges/memory-clips.js';

const clip = featuresOf({ colour: 'red', tone: 'low', seen: 0, heard: 2 });
const samples: Sample[] = ['a', 'b'].map((id) => ({
  ...{
    id,
    video: 'clip',
    question: `Which colour ${id}?${' now'.repeat(300)}`,
    options: ['red', 'blue'],
    answer: 'red',
  },
}));
const steps = ['the colour is red<end_of_step>', '\nblue<end_of_step>', '\nred<end_of_step>'];

let model: OmniModel;
let passed: { vision: number; audio: number };

beforeEach(() => {
  torch.manualSeed(0);
  model = newSmallModel([...samples, { ...samples[0], steps }], { config: { text: { layers: 2 } } });
  model.processor.features = async () => clip;
  passed = { vision: 0, audio: 0 };
  const { encodeMedia } = OmniGraph.prototype;
  jest.spyOn(OmniGraph.prototype, 'encodeMedia').mockImplementation(function (this: OmniGraph, media) {
    if (media.vision && 'grids' in media.vision) passed.vision += media.vision.grids.length;
    if (media.audio && 'frames' in media.audio) passed.audio += media.audio.frames.length;
    return encodeMedia.call(this, media);
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await model.close();
});

const prefilled = (): number => samplingStats(model.graph)?.prefilledTokens ?? Number.NaN;
const short = { maxNewTokens: 6 };

test('the clip passes each tower once and the prompt the decoder once, for all steps and rollouts', async () => {
  const { promptTokens } = await model.generate(samples[0], { maxNewTokens: 1 });
  const prompt = promptTokens.text + promptTokens.audio + promptTokens.video;
  const [media, tokens] = [{ ...passed }, prefilled()];
  expect(tokens).toBe(prompt);
  await model.close();
  passed.vision = 0;
  passed.audio = 0;
  // Drawn weights end no step: the alternatives that they sample are said to be this one.
  const sample = model.samplePrompts.bind(model);
  model.samplePrompts = async (prompts, params, options) => {
    const groups = await sample(prompts, params, options);
    if (params?.stop === undefined) return groups;
    return groups.map(([completion]) => [
      { ...completion, text: '\nother<end_of_step>', finishReason: 'stop' as const },
    ]);
  };
  const path = { sampleId: 'a', seed: 0, path: steps, answer: '', correct: false, tokens: 9 };
  const records = await processDpo.rolloutSteps({
    ...{ model, samples, paths: [path], maxStepTokens: 6, ...short },
  });
  expect(records.map(({ correct }) => correct.length)).toEqual([6, 6, 6]);
  expect(passed).toEqual(media);
  // Besides the prompt, which is longer, the decoder reads the steps, at most each beginning for itself.
  const read = records.flatMap(({ prefix, step, alternative }) =>
    [prefix, [...prefix, step], [...prefix, alternative]].map((parts) =>
      parts.reduce((sum, part) => sum + model.tokenizer.encode(part).length, 0),
    ),
  );
  const most = read.reduce((sum, count) => sum + count);
  expect(most).toBeLessThan(prompt);
  expect(prefilled()).toBeGreaterThan(prompt);
  expect(prefilled()).toBeLessThanOrEqual(prompt + most);
}, 60_000);

test('a path is what generate gives for its seed, whatever else is sampled', async () => {
  const paths = await processDpo.samplePaths({ model, samples, numPaths: 3, seed: 7, ...short });
  expect(passed).toEqual({ vision: 1, audio: 1 });
  expect(new Set(paths.map(({ path }) => path.join(''))).size).toBeGreaterThan(1);
  for (const { sampleId, seed, path, tokens } of [paths[1], paths[5]]) {
    const sample = samples.find(({ id }) => id === sampleId) as Sample;
    const { completions } = await model.generate(sample, { temperature: 1, topP: 0.9, seed, ...short });
    expect(path.join('')).toBe(completions[0].text);
    expect(tokens).toBe(completions[0].ids.length);
  }
  const [first] = await processDpo.samplePaths({
    model,
    samples: [samples[1]],
    numPaths: 1,
    seed: 9,
    ...short,
  });
  expect(first).toEqual(paths[5]);
}, 60_000);

test('both turns of all paths and rollouts need the towers once', async () => {
  const options = { model, samples, protocol: 'twoTurn', ...short } as const;
  const paths = await processDpo.samplePaths({ ...options, numPaths: 2 });
  expect(passed).toEqual({ vision: 1, audio: 1 });
  await processDpo.rolloutSteps({ ...options, paths: [{ ...paths[0], correct: false, path: steps }] });
  expect(passed).toEqual({ vision: 2, audio: 2 });
}, 60_000);
