// A contestant of bench/training.mjs: trains the demo's small model on a synthetic dataset, a stage a name. Reads lines
// "stage warm count", takes `warm` steps of the stage (one at least), then `count` more, and answers the nanoseconds of these.
//
//   node loop.mjs FOLDER THREADS [plain]     plain: see plain-definitions.cjs

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { demoPlan } from '../../dist/cli/demo-plan.js';
import { data, nativeInfo, omni, rewards, torch, train } from '../../dist/index.mjs';
import { stageList } from '../../dist/recipe/list.js';
import plain from './plain-definitions.cjs';

const [folder, threads, definitions] = process.argv.slice(2);
if (definitions === 'plain') plain.usePlainDefinitions();
const { recipe } = demoPlan({ quick: false, seed: 0, threads: Number(threads), compare: false });
torch.setNumThreads(recipe.threads);

const captioned = data.readSamples(join(folder, 'captions.jsonl'));
const samples = data.readSamples(join(folder, 'train.jsonl'));
const withRationale = samples.filter(({ steps }) => steps);

const stages = {
  'caption-sft': (model, options) =>
    new train.SFTTrainer({
      model,
      trainDataset: captioned,
      formatCompletion: rewards.targetCaptions,
      ...options,
    }),
  sft: (model, options) =>
    new train.SFTTrainer({
      model,
      trainDataset: withRationale,
      formatCompletion: (sample) => rewards.targetCompletion(sample, recipe.answers),
      ...options,
    }),
  grpo: (model, options) =>
    new train.GRPOTrainer({
      model,
      rewardFuncs: [
        rewards.formatReward({ mode: 'published' }),
        rewards.answerReward(),
        rewards.modalityReward(),
      ],
      trainDataset: samples,
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
    const model = omni.newSmallModel([...captioned, ...samples]);
    if (recipe.bf16) model.graph.computeIn('bfloat16');
    await Promise.all(
      [...captioned, ...samples].map((sample) => model.processor.features(sample, model.media)),
    );
    await model.close();
    return new Stage(name, model);
  }

  constructor(name, model) {
    const pause = () => this.#pause();
    const config = {
      ...stageList.find((stage) => stage.name === name).defaults,
      maxSteps: 1e6,
      outputDir: null,
    };
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
