// What perturbations change of a real model's input, and divergences against the definition over all logits in float64.
import { completionTree, flattenTrees, type Prompt, packTensors } from '../../lib/batch/index.js';
import type { PathRecord, Sample } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { OmniGraph } from '../../lib/models/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { forwardDiffusion, publishedStep } from '../../lib/process/diffusion.js';
import { perturbed } from '../../lib/process/perturb.js';
import { noGrad, scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { featuresOf } from '../judges/memory-clips.js';

const clip = featuresOf({ colour: 'red', tone: 'low', seen: 0, heard: 2 });
const samples: Sample[] = ['a', 'b'].map((id) => ({ id, video: 'clip', question: `Which colour ${id}?` }));
const steps = ['the colour is red<end_of_step>', '\na low tone<end_of_step>', '\n<answer>red</answer>'];
const paths: PathRecord[] = samples.map(({ id }) => ({
  ...{ sampleId: id, seed: 0, path: steps, answer: 'red', correct: true, tokens: 9 },
}));

let model: OmniModel;
/** What passed the towers. */
let tracks: { vision: number[][]; audio: number[][] };

beforeEach(() => {
  torch.manualSeed(0);
  model = newSmallModel([...samples, { ...samples[0], steps }], { config: { text: { layers: 2 } } });
  model.processor.features = async () => clip;
  tracks = { vision: [], audio: [] };
  const { encodeMedia } = OmniGraph.prototype;
  jest.spyOn(OmniGraph.prototype, 'encodeMedia').mockImplementation(function (this: OmniGraph, media) {
    const { vision, audio } = media;
    const numbers = (track: Tensor) => track.reshape([-1]).toArray() as number[];
    if (vision && 'grids' in vision)
      tracks.vision.push(...vision.patches.chunk(vision.grids.length).map(numbers));
    if (audio && 'frames' in audio)
      tracks.audio.push(...audio.mel.chunk(audio.frames.length, 1).map(numbers));
    return encodeMedia.call(this, media);
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await model.close();
});

const select = (perturb: processDpo.Perturbation, of = paths, seed = 0) =>
  processDpo.selectSteps({ model, samples, paths: of, perturb, seed });

test('the published noise: a signal of 0.998 and a standard deviation of 0.058', () => {
  const { signal, std } = forwardDiffusion(publishedStep);
  expect(signal).toBeCloseTo(0.998, 3);
  expect(std).toBeCloseTo(0.058, 3);
  expect(signal ** 2 + std ** 2).toBeCloseTo(1, 12);
});

test.each([
  ['pixelNoise', 'vision'],
  ['audioNoise', 'audio'],
] as const)(
  '%s: the track passes its tower clean and with noise of its own for each sample',
  async (perturb, noisy) => {
    await select(perturb);
    const other = noisy === 'vision' ? 'audio' : 'vision';
    // Both samples ask about one clip.
    expect(tracks[other]).toHaveLength(1);
    expect(tracks[noisy]).toHaveLength(3);
    const [clean, ...changed] = tracks[noisy];
    const [one, two] = changed.map((track) => track.map((x, i) => (x - 0.998293 * clean[i]) / 0.058406));
    const product = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0) / a.length;
    for (const noise of [one, two]) {
      expect(noise.reduce((sum, x) => sum + x, 0) / noise.length).toBeCloseTo(0, 1);
      expect(product(noise, noise)).toBeCloseTo(1, 1);
    }
    expect(product(one, two)).toBeCloseTo(0, 1);
  },
);

test('noise depends on the seed and the sample alone', async () => {
  for (const perturb of ['pixelNoise', 'audioNoise', 'frameDrop'] as const) {
    const both = await select(perturb);
    const [alone] = await select(perturb, [paths[1]]);
    const gap = (a: number[] = [], b: number[] = []) => Math.max(...a.map((x, i) => Math.abs(x - b[i]) / x));
    expect(gap(alone.divergence, both[1].divergence)).toBeLessThan(1e-3);
    expect(gap((await select(perturb, [paths[1]], 5))[0].divergence, alone.divergence)).toBeGreaterThan(1e-2);
  }
});

test.each([
  ['pixelNoise', { vision: 2, audio: 1 }],
  ['audioNoise', { vision: 1, audio: 2 }],
  ['frameDrop', { vision: 1, audio: 1 }],
  ['hideVideo', { vision: 1, audio: 1 }],
  ['hideAudio', { vision: 1, audio: 1 }],
] as const)('%s: as many tracks pass the towers as there are different ones', async (perturb, counts) => {
  await scope(() => select(perturb, [paths[0]]));
  expect({ vision: tracks.vision.length, audio: tracks.audio.length }).toEqual(counts);
});

test('frameDrop leaves out a quarter of the frame groups, whole ones, and no sound', async () => {
  await scope(async () => {
    const { av } = await model.prepare([samples[0]], { views: ['av'] });
    const [{ root }] = av;
    const span = root.spans.find((it) => 'times' in it)!;
    const cells = span.rows * span.columns;
    const groups = span.times.length;
    expect(groups % 4).toBe(0);
    const { shown } = perturbed({ id: 'a', root }, 'frameDrop', 0).root;
    const kept = new Set(shown!.vision.map((token) => Math.floor(token / cells)));
    expect(kept.size).toBe((3 / 4) * groups);
    expect(shown!.vision).toEqual(
      [...kept].flatMap((group) => Array.from({ length: cells }, (_, cell) => group * cells + cell)),
    );
    expect(shown!.audio).toHaveLength('tokens' in span ? span.tokens : 0);
  });
});

/** Log-probabilities of the whole vocabulary at each token of the path, in a pass of its own, float64. */
function logprobs(prompt: Prompt, gate: number): Tensor {
  const ids = steps.flatMap((step) => model.encodePart(step));
  const { nodes, ...batch } = flattenTrees([completionTree(prompt, [ids])], model.graph.layOut);
  const { packed, targets } = packTensors({ ...batch, nodes: nodes.map((node) => ({ ...node, gate })) });
  const logits = model.graph
    .forward(packed)
    .indexSelect(0, targets.rows)
    .to('float64')
    .matmul(model.graph.headWeight.to('float64').t());
  return logits.logSoftmax(-1);
}

test.each([
  ['hideVideo', 0b0011],
  ['hideAudio', 0b1101],
] as const)('%s: divergences are those of all logits in two passes', async (perturb, gate) => {
  await scope(async () => {
    const [{ divergence = [] }] = await select(perturb, [paths[0]]);
    const { av } = await model.prepare([samples[0]], { views: ['av'] });
    const expected = noGrad(() => {
      const [p, q] = [logprobs(av[0], 0xff), logprobs(av[0], gate)];
      return p.exp().mul(p.sub(q)).sum(-1).toArray() as number[];
    });
    let token = 0;
    for (const [i, step] of steps.entries()) {
      const own = expected.slice(token, token + model.encodePart(step).length);
      token += own.length;
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      expect(mean).toBeGreaterThan(1e-6);
      expect(Math.abs(divergence[i] - mean)).toBeLessThan(1e-5);
      expect(divergence[i] / mean).toBeCloseTo(1, 2);
    }
    expect(token).toBe(expected.length);
  });
});

test('a sample without the track is refused by name', async () => {
  model.processor.features = async () => ({ ...clip, audio: null });
  await expect(select('hideAudio')).rejects.toThrow(
    "perturb: 'hideAudio' needs sound, of which sample 'a' shows none; leave the sample out, or perturb its pictures",
  );
  const [video] = [clip.video!];
  const { frames, shape, times } = video;
  const one = { frames: frames.slice(0, frames.length / shape[0]), times: times.slice(0, 1) };
  model.processor.features = async () => ({
    ...clip,
    video: { ...one, shape: [1, shape[1], shape[2]] },
  });
  await expect(select('frameDrop')).rejects.toThrow(/'frameDrop' needs at least two groups of frames.*has 1/);
});
