// A contestant of bench/training.mjs: trains the demo's small model by the demo's recipe, a stage a name. Reads lines
// "stage warm count", takes `warm` steps of the stage (one at least), then `count` more, and answers the nanoseconds of these.
//
//   node loop.mjs RECIPE [reference]     reference: see reference-definitions.cjs

import { createInterface } from 'node:readline';
import { nativeInfo, torch } from '../../dist/index.mjs';
import { openModel, readRecipe, readRecipeSamples } from '../../dist/recipe/index.js';
import reference from './reference-definitions.cjs';

const [file, definitions] = process.argv.slice(2);
if (definitions === 'reference') reference.useReferenceDefinitions();
const recipe = await readRecipe(file);
torch.setNumThreads(recipe.threads);
const samples = readRecipeSamples(recipe);

/** A training that goes on for as many steps as it is allowed, and waits in between. */
class Stage {
  #allowed = 0;
  #goOn = null;
  #taken = null;

  static async start(name) {
    const model = await openModel(recipe, samples);
    const clips = [...samples.captions, ...samples.withRationale, ...samples.answerOnly];
    await Promise.all(clips.map((sample) => model.processor.features(sample, model.media)));
    await model.close();
    return new Stage(name, model);
  }

  constructor(name, model) {
    const pause = () => this.#pause();
    const use = recipe.stages.find((it) => it.name === name);
    const context = { recipe, use, samples, model, finished: [] };
    // Without a folder nothing is written and nothing evaluated.
    const options = {
      folder: null,
      maxSteps: 1e6,
      callbacks: [{ onTrainBegin: pause, onStepEnd: pause }],
    };
    this.#goOn = () => use.stage.run(context, options);
  }

  async take(steps) {
    this.#allowed = steps;
    const taken = new Promise((resolve) => {
      this.#taken = resolve;
    });
    this.#goOn();
    await taken;
  }

  async #pause() {
    if (this.#allowed === 0) {
      this.#taken();
      await new Promise((resolve) => {
        this.#goOn = resolve;
      });
    }
    this.#allowed -= 1;
  }
}

const started = {};
process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, warm, count] = line.split(' ');
  started[name] ??= await Stage.start(name);
  await started[name].take(Number(warm));
  const start = process.hrtime.bigint();
  await started[name].take(Number(count));
  process.stdout.write(`${process.hrtime.bigint() - start}\n`);
}
process.exit(0); // the trainings still wait
