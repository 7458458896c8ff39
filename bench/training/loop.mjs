// A contestant of bench/training.mjs: trains the demo's small model by the demo's recipe, a stage a name. Reads lines
// "stage warm count", takes `warm` steps of the stage (one at least), then `count` more, and answers the nanoseconds of these.
//
//   node loop.mjs RECIPE [reference]     reference: see reference-definitions.cjs

import { createInterface } from 'node:readline';
import { nativeInfo, torch } from '../../dist/index.mjs';
import { openModel, readRecipe, readRecipeSamples } from '../../dist/recipe/index.js';
import { PausedTraining } from '../paused-training.mjs';
import reference from './reference-definitions.cjs';

const [file, definitions] = process.argv.slice(2);
if (definitions === 'reference') reference.useReferenceDefinitions();
const recipe = await readRecipe(file);
torch.setNumThreads(recipe.threads);
const samples = readRecipeSamples(recipe);

async function startStage(name) {
  const model = await openModel(recipe, samples);
  const clips = [...samples.captions, ...samples.withRationale, ...samples.answerOnly];
  await Promise.all(clips.map((sample) => model.processor.features(sample, model.media)));
  await model.close();
  const use = recipe.stages.find((it) => it.name === name);
  const context = { recipe, use, samples, model, finished: [] };
  // Without a folder nothing is written and nothing evaluated.
  return new PausedTraining(
    (callbacks) => () => use.stage.run(context, { folder: null, maxSteps: 1e6, callbacks }),
  );
}

const started = {};
process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, warm, count] = line.split(' ');
  started[name] ??= await startStage(name);
  await started[name].take(Number(warm));
  const start = process.hrtime.bigint();
  await started[name].take(Number(count));
  process.stdout.write(`${process.hrtime.bigint() - start}\n`);
}
process.exit(0); // the trainings still wait
