// Search with a real model: what passes towers and decoder, and that results do not depend on the batch.
import type { Sample } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { OmniGraph } from '../../lib/models/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { samplingStats } from '../../lib/rollout/index.js';
import { torch } from '../../lib/tensor/index.js';
import { featuresOf } from '../judges/memory-clips.js';

const clip = featuresOf({ colour: 'red', tone: 'low', seen: 0, heard: 2 });
const samples: Sample[] = ['a', 'b'].map((id) => ({ id, video: id, question: `Which colour ${id}?` }));
const colours = ['red', 'blue', 'green'];
const steps = colours.map((colour, i) => `${i === 0 ? '' : '\n'}${colour}<end_of_step>`);

let model: OmniModel;
let passed: { vision: number; audio: number };
/** Ids that completions went on from, by call. */
let prefixes: number[];

beforeEach(() => {
  torch.manualSeed(0);
  model = newSmallModel([...samples, { ...samples[0], steps }], { config: { text: { layers: 2 } } });
  const clips = new Map(samples.map(({ id }) => [id, { ...clip }]));
  model.processor.features = async ({ id }) => clips.get(id)!;
  passed = { vision: 0, audio: 0 };
  prefixes = [];
  const { encodeMedia } = OmniGraph.prototype;
  jest.spyOn(OmniGraph.prototype, 'encodeMedia').mockImplementation(function (this: OmniGraph, media) {
    if (media.vision && 'grids' in media.vision) passed.vision += media.vision.grids.length;
    if (media.audio && 'frames' in media.audio) passed.audio += media.audio.frames.length;
    return encodeMedia.call(this, media);
  });
  // Drawn weights end no step: their first token says which one it is. A path has two, then the answer.
  const sample = model.samplePrompts.bind(model);
  model.samplePrompts = async (prompts, params, options) => {
    const groups = await sample(prompts, params, options);
    if (options?.prefixes === undefined) return groups;
    return groups.map((completions, i) => {
      const before = options.prefixes?.[i] as string[];
      prefixes.push(before.reduce((sum, text) => sum + model.encodePart(text).length, 0));
      return completions.map((completion) => {
        const colour = colours[completion.ids[0] % colours.length];
        const left = [`${colour}<end_of_step>`, `\n${colour}<end_of_step>`].slice(before.length);
        const rest = [...left, `\n<answer>${colour}</answer>`];
        const text = params?.stop === undefined ? rest.join('') : rest[0];
        return { ...completion, text, finishReason: 'stop' as const };
      });
    });
  };
});

afterEach(async () => {
  jest.restoreAllMocks();
  await model.close();
});

/** Likelier the later the colour's name. */
const scorer: processDpo.PathScorer = async ({ paths }) =>
  paths.map((path) => path.map((step) => (1 + colours.findIndex((colour) => step.includes(colour))) / 4));

const kinds = [
  { kind: 'beam', scorer },
  { kind: 'contrastiveDfs' },
  { kind: 'contrastiveDfs', perturb: 'hideAudio', top: 1 },
] as const;
const short = { beam: 3, maxStepTokens: 4, maxNewTokens: 4 };

test.each(kinds)(
  'the branches of a sample share its encoded prompt: %j',
  async (options) => {
    const { promptTokens } = await model.generate(samples[0], { maxNewTokens: 1 });
    const prompt = promptTokens.text + promptTokens.audio + promptTokens.video;
    await model.close();
    passed = { vision: 0, audio: 0 };
    const [found] = await processDpo.search({ model, samples: [samples[0]], ...short, ...options });
    expect(found.path).toHaveLength(3);
    expect(found.answer).not.toBe('');
    expect(passed).toEqual({ vision: 1, audio: 1 });
    const read = (samplingStats(model.graph)?.prefilledTokens ?? Number.NaN) - prompt;
    expect(read).toBeGreaterThanOrEqual(0);
    expect(read).toBeLessThanOrEqual(prefixes.reduce((sum, count) => sum + count, 0));
    // One prompt a branch would be more.
    expect(prefixes.length).toBeGreaterThan(2);
  },
  60_000,
);

test.each(kinds)(
  'samples together are as each alone: %j',
  async (options) => {
    const given = { model, ...short, ...options };
    const both = await processDpo.search({ ...given, samples });
    const apart = await processDpo.search({ ...given, samples, batchSize: 1 });
    const exact = 'scorer' in options;
    expect(both.map(({ path, tokens, sampleId }) => [sampleId, path, tokens])).toEqual(
      apart.map(({ path, tokens, sampleId }) => [sampleId, path, tokens]),
    );
    for (const [i, { score }] of both.entries()) {
      if (exact) expect(score).toBe(apart[i].score);
      else expect(score).toBeCloseTo(apart[i].score, 3);
    }
  },
  60_000,
);
