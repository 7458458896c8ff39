/**
 * The selection of steps on a GPU: the divergences of the CPU, with nothing but the result copied there. `npm run test:gpu` runs
 * this; without a GPU, or with an addon without GPU kernels, the reason is printed and nothing runs.
 */
import type { PathRecord, Sample } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { Tensor, torch } from '../../lib/tensor/index.js';
import { featuresOf } from '../judges/memory-clips.js';
import { gpuTest } from './gpu.js';

const onGpu = gpuTest('selection of steps');

const clip = featuresOf({ colour: 'red', tone: 'low', seen: 0, heard: 2 });
const samples: Sample[] = ['a', 'b'].map((id) => ({ id, video: 'clip', question: `Which colour ${id}?` }));
const steps = ['the colour is red<end_of_step>', '\na low tone<end_of_step>', '\n<answer>red</answer>'];
const paths: PathRecord[] = samples.map(({ id }) => ({
  ...{ sampleId: id, seed: 0, path: steps, answer: 'red', correct: true, tokens: 9 },
}));

onGpu('divergences on the GPU are those of the CPU', async () => {
  torch.manualSeed(0);
  const model = newSmallModel([...samples, { ...samples[0], steps }], { config: { text: { layers: 2 } } });
  model.processor.features = async () => clip;
  const divergences = async () =>
    (await processDpo.selectSteps({ model, samples, paths, perturb: 'hideVideo' })).flatMap(
      ({ divergence = [] }) => divergence,
    );
  const wanted = await divergences();
  model.graph.to({ device: 'cuda:0' });
  const to = jest.spyOn(Tensor.prototype, 'to');
  const found = await divergences();
  expect(to.mock.calls.filter(([target]) => target === 'cpu')).toEqual([]);
  to.mockRestore();
  expect(Math.max(...wanted)).toBeGreaterThan(1e-5);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(wanted[i], 5);
  await model.close();
});
