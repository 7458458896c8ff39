// A contestant of bench/training.mjs: trains the demo's small model on a world of clips, a stage a name. Reads lines
// "stage warm count", takes `warm` steps of the stage (one at least), then `count` more, and answers the nanoseconds of these.
//
//   node loop.mjs WORLD THREADS [plain]     plain: see plain-definitions.cjs

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { demoPlan } from '../../dist/cli/demo-plan.js';
import { data, nativeInfo, rewards, rollout, torch, train } from '../../dist/index.mjs';
import { freshDefaults } from '../../dist/recipe/fresh-defaults.js';
import plain from './plain-definitions.cjs';

const [world, threads, definitions] = process.argv.slice(2);
if (definitions === 'plain') plain.usePlainDefinitions();
const { recipe } = demoPlan({ quick: false, seed: 0, threads: Number(threads), compare: false });
torch.setNumThreads(recipe.threads);

const moments = data.readSamples(join(world, 'moments.jsonl'));
const answered = data.readSamples(join(world, 'train.jsonl'));
const labelled = answered.filter(({ steps }) => steps);

const stages = {
  alignment: (model, options) =>
    new train.SFTTrainer({
      model,
      trainDataset: moments,
      formatCompletion: rewards.goldCaptions,
      ...options,
    }),
  sft: (model, options) =>
    new train.SFTTrainer({
      model,
      trainDataset: labelled,
      formatCompletion: (sample) => rewards.goldCompletion(sample, recipe.answers),
      ...options,
    }),
  grpo: (model, options) =>
    new train.GRPOTrainer({
      model,
      rewardFuncs: [rewards.format, rewards.answer, rewards.modality],
      trainDataset: answered,
      ...options,
    }),
};

/** A training that goes on for as many steps as it is allowed, and waits in between. */
class Stage {
  #allowed = 0;
  #goOn = null;
  #taken = null;

  static async start(name) {
    torch.manualSeed(0);
    const model = rollout.newSmallModel([...moments, ...answered]);
    if (recipe.bf16) model.graph.computeIn('bfloat16');
    await Promise.all(
      [...moments, ...answered].map((sample) => model.processor.features(sample, model.media)),
    );
    await model.close();
    return new Stage(name, model);
  }

  constructor(name, model) {
    const pause = () => this.#pause();
    const config = { ...freshDefaults[name], maxSteps: 1e6, outputDir: null };
    const trainer = stages[name](model, { config, callbacks: [{ onTrainBegin: pause, onStepEnd: pause }] });
    this.#goOn = () => trainer.train();
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
