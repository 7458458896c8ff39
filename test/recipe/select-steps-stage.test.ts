/** Step selection as a stage: what it leaves is what `selectSteps` gives, also of a run that was ended. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPaths, writeRecords } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { newSmallModel } from '../../lib/omni/index.js';
import { type RecordJob, recordStages } from '../../lib/recipe/index.js';
import { torch } from '../../lib/tensor/index.js';
import { featuresOf } from '../judges/memory-clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-select-steps-'));
afterAll(() => rmSync(folder, { recursive: true }));

const samples = ['a', 'b'].map((id) => ({ id, video: 'clip', question: `${id}?`, answer: 'red' }));
const steps = ['red<end_of_step>', '\nloud<end_of_step>', '\n<answer>red</answer>'];
const paths = samples.flatMap(({ id }) =>
  [0, 1].map((seed) => ({
    ...{ sampleId: id, seed, path: steps.slice(seed), answer: 'red', correct: true, tokens: 9 },
  })),
);

test('sample by sample, and what was left by a run that ended is gone on with', async () => {
  const clip = featuresOf({ colour: 'red', tone: 'low', seen: 0, heard: 2 });
  torch.manualSeed(0);
  const model = newSmallModel([{ ...samples[0], steps }], { config: { text: { layers: 1 } } });
  model.processor.features = async () => clip;
  const [input, output] = ['paths.jsonl', 'selected.jsonl'].map((name) => join(folder, name));
  writeRecords(input, paths);
  const { records } = recordStages.find(
    ({ name }) => name === 'select-steps',
  ) as (typeof recordStages)[number];
  const job: RecordJob = {
    ...{ title: 'selecting', seed: 0, samples, inputs: [input], output, model, origin: {} },
    protocol: { name: 'steps' },
    settings: { perturb: 'hideVideo', top: 1 },
  };
  expect(await records.dryRun(job)).toMatch(
    /samples +2 of 2\npaths +4\ntokens of paths +about 36\ntime +about/,
  );
  expect(await records.run(job)).toMatchObject({ done: 2, total: 2, tokens: 36 });
  expect(readPaths(output)).toEqual(
    await processDpo.selectSteps({ model, samples, paths, perturb: 'hideVideo', top: 1 }),
  );
  const whole = readFileSync(output, 'utf8');
  writeFileSync(output, whole.split('\n').slice(0, 3).join('\n'));
  expect(await records.run(job)).toMatchObject({ done: 1, total: 2 });
  // A sample that is compared alone is packed otherwise: its divergences may differ in a last bit.
  for (const [i, path] of readPaths(output).entries())
    expect({ ...path, divergence: null }).toEqual({
      ...readLines(whole)[i],
      divergence: null,
    });
  await model.close();
});

const readLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
