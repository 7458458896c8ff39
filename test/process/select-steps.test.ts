// Divergences of steps, on a model whose distributions are known in closed form (stub-reader.ts).
import type { Packed } from '../../lib/batch/index.js';
import type { PathRecord } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { divergence, mark, samples, stubReader } from './stub-reader.js';

const path = (sampleId: string, steps: string[], seed = 0): PathRecord => ({
  ...{ sampleId, seed, path: steps, answer: '', correct: false, tokens: 9 },
});
const steps = [`red A${mark}`, `\nA A${mark}`, `\nblue${mark}`, '\nred'];
/** The tokens of these steps that follow another word than A, of all. */
const fractions = [2 / 3, 1 / 3, 1, 1];
const { selectSteps } = processDpo;

test.each([
  ['hideVideo', divergence({ red: 2, bell: 1 }, { red: 1, bell: 1 })],
  ['hideAudio', divergence({ red: 2, bell: 1 }, { red: 1 })],
] as const)('%s: the mean over the tokens of each step; the largest are selected', async (perturb, each) => {
  const { model, counts } = stubReader();
  const [found] = await selectSteps({ model, samples, paths: [path('s', steps)], perturb });
  expect(each).toBeGreaterThan(0.001);
  expect(found).toEqual({
    ...path('s', steps),
    divergence: fractions.map((fraction) => expect.closeTo(fraction * each, 6)),
    // The answer after the last mark is no step to select.
    selected: [2, 0, 1],
  });
  // Clean and perturbed prompts are one pass over the same tokens of the towers.
  expect(counts).toMatchObject({ vision: 1, audio: 1, passes: 1 });
});

test('a step that follows from the text alone does not depend on what is hidden', async () => {
  const { model } = stubReader();
  const paths = [path('s', [`A${mark}`, `A${mark}`]), path('t', [`red${mark}`])];
  const hidden = await selectSteps({ model, samples, paths, perturb: 'hideVideo' });
  // In the second step the first A alone follows a mark.
  const each = divergence({ red: 2, bell: 1 }, { red: 1, bell: 1 });
  expect(hidden[0].divergence).toEqual([expect.closeTo(each / 2, 6), expect.closeTo(each / 2, 6)]);
  const silent = await selectSteps({ model, samples, paths: [paths[1]], perturb: 'hideAudio' });
  expect(silent[0].divergence).toEqual([0]);
});

test('frameDrop: a quarter of the frames is not there, and nothing is encoded twice', async () => {
  const { model, counts } = stubReader();
  const paths = [path('t', [`blue${mark}`])];
  const clean = { blue: 2, red: 1 };
  /** Each pair of the eight groups that may be missing: those of blue, red and nothing. */
  const possible = [0, 1, 2].flatMap((blue) => [0, 1].map((red) => ({ blue, red })));
  const drawn = new Set<number>();
  for (let seed = 0; seed < 12; seed += 1) {
    const [{ divergence: found = [] }] = await selectSteps({
      model,
      samples,
      paths,
      perturb: 'frameDrop',
      seed,
    });
    const fits = possible
      .filter(({ blue, red }) => 3 - blue - red <= 2)
      .findIndex((left) => Math.abs(found[0] - divergence(clean, left)) < 1e-6);
    expect(fits).toBeGreaterThanOrEqual(0);
    drawn.add(fits);
  }
  expect(drawn.size).toBeGreaterThan(1);
  expect(counts.vision).toBe(12);
});

test('paths of many samples: in their order, each as alone, samples in batches', async () => {
  const { model, prepared } = stubReader();
  const paths = [
    path('t', steps),
    path('s', steps),
    path('t', [`blue${mark}`, `A${mark}`], 1),
    path('u', []),
  ];
  const heard: unknown[] = [];
  const found = await selectSteps({
    ...{ model, samples, paths, perturb: 'hideVideo', top: 1, batchSize: 2 },
    onRecords: (records, progress) => {
      heard.push([records.map(({ seed, sampleId }) => `${sampleId}${seed}`), progress]);
    },
  });
  expect(found.map(({ sampleId, seed }) => `${sampleId}${seed}`)).toEqual(['t0', 's0', 't1', 'u0']);
  for (const [i, record] of found.entries()) {
    const [alone] = await selectSteps({ model, samples, paths: [paths[i]], perturb: 'hideVideo', top: 1 });
    expect(record).toEqual(alone);
  }
  expect(found[3]).toEqual({ ...paths[3], divergence: [], selected: [] });
  expect(prepared.slice(0, 2)).toEqual([['s', 't'], ['u']]);
  expect(heard).toEqual([
    [['s0'], { done: 1, total: 3 }],
    [['t0', 't1'], { done: 2, total: 3 }],
    [['u0'], { done: 3, total: 3 }],
  ]);
});

test('prompts are those of the protocol that the paths were asked by', async () => {
  const { model, prepared } = stubReader();
  const protocol = { name: 'twoTurn', instruction: ' Think.' } as const;
  await selectSteps({ model, samples, paths: [path('s', steps)], perturb: 'hideVideo', protocol });
  expect(prepared).toEqual([['s Think.']]);
});

test('three steps are selected where nothing else is said', async () => {
  const { model } = stubReader();
  const paths = [path('s', [`red${mark}`, `A A${mark}`, `blue A${mark}`, `blue${mark}`, '\nred'])];
  const [{ selected }] = await selectSteps({ model, samples, paths, perturb: 'hideVideo' });
  expect(selected).toEqual([0, 3, 2]);
});

test('of equal divergences the earlier step comes first', async () => {
  const { model } = stubReader();
  const paths = [path('s', [`A${mark}`, `red${mark}`, `A${mark}`, `blue${mark}`])];
  const [{ selected }] = await selectSteps({ model, samples, paths, perturb: 'hideVideo', top: 3 });
  expect(selected).toEqual([1, 3, 0]);
});

test('more paths than fit in one pass are divided, with the same divergences', async () => {
  const { model, counts } = stubReader();
  const long = Array.from({ length: 700 }, () => `\nred${mark}`);
  const paths = [0, 1, 2, 3].map((seed) => path('s', seed === 3 ? steps : long, seed));
  const found = await selectSteps({ model, samples, paths, perturb: 'hideVideo', top: 2 });
  expect(counts).toMatchObject({ vision: 1, audio: 1, passes: 2 });
  const each = divergence({ red: 2, bell: 1 }, { red: 1, bell: 1 });
  for (const { divergence: values = [] } of found.slice(0, 3)) {
    expect(Math.max(...values)).toBeCloseTo(each, 6);
    expect(Math.min(...values)).toBeCloseTo(each, 6);
  }
  expect(found[3].divergence).toEqual(fractions.map((fraction) => expect.closeTo(fraction * each, 6)));
}, 30_000);

test('a divergence that is no number is refused with its sample', async () => {
  const { model } = stubReader();
  const { forward } = model.graph;
  model.graph.forward = (packed: Packed) => forward(packed).mul(Number.NaN);
  await expect(
    selectSteps({ model, samples, paths: [path('s', steps)], perturb: 'hideVideo' }),
  ).rejects.toThrow(/sample 's': a divergence is NaN; expected a number/);
});

test('a signal ends the call between passes', async () => {
  const { model, counts } = stubReader();
  const signal = AbortSignal.abort(new Error('enough'));
  const options = { model, samples, paths: [path('s', steps), path('t', steps)], signal, batchSize: 1 };
  await expect(selectSteps({ ...options, perturb: 'hideVideo' })).rejects.toThrow('enough');
  expect(counts.passes).toBe(1);
});

test('what does not fit is refused by name', async () => {
  const { model } = stubReader();
  const given = { model, samples, paths: [path('s', steps)], perturb: 'hideVideo' } as const;
  const refused = (more: object, message: RegExp | string) =>
    expect(selectSteps({ ...given, ...more })).rejects.toThrow(message);
  await refused(
    { perturb: 'blur' },
    'perturb: expected one of pixelNoise, audioNoise, frameDrop, hideVideo, hideAudio, got',
  );
  await refused({ protocol: 'direct' }, 'selectSteps: protocol: expected one with steps of reasoning');
  await refused({ top: 0 }, 'selectSteps: top: expected');
  await refused({ paths: [path('x', steps)] }, "selectSteps: paths: sample 'x' is not among the samples");
  await refused({ samples: [samples[0], samples[0]] }, "selectSteps: samples: two have the id 's'");
  await refused({ perturbation: 'x' }, 'perturbation');
});
