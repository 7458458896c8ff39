// first-steps.cjs <folder of a synthetic dataset> [reference]
//
// The demo's small model in float32: ten steps of SFT, then a step of GRPO from the rollouts that the folder holds (the
// first process records them). With `reference`, the head's log-probabilities, the policy loss and the advantages come from
// their definitions in tensor operations; attention's definition is asked for by EARSIGHT_AV_ATTENTION=dense.
// Prints loss and norm of the gradient of every update.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { useReferenceDefinitions } = require('../../../bench/training/reference-definitions.cjs');

const dist = join(__dirname, '..', '..', '..', 'dist');
const { grpo } = require(`${dist}/recipe/stages/grpo.js`);
const { sft } = require(`${dist}/recipe/stages/sft.js`);
const { readSamples } = require(`${dist}/data/index.js`);
const { targetCompletion } = require(`${dist}/rewards/index.js`);
const { newSmallModel } = require(`${dist}/omni/index.js`);
const { torch } = require(`${dist}/tensor/index.js`);
const { GRPOTrainer, SFTTrainer } = require(`${dist}/train/index.js`);

const [folder, definitions] = process.argv.slice(2);
if (definitions === 'reference') useReferenceDefinitions();

/** The model, sampling each set of completions once for all processes. */
function recorded(model) {
  const file = join(folder, 'rollouts.json');
  return {
    graph: model.graph,
    prepare: (samples, settings) => model.prepare(samples, settings),
    async samplePrompts(prompts, params, options) {
      if (!existsSync(file))
        writeFileSync(file, JSON.stringify(await model.samplePrompts(prompts, params, options)));
      return JSON.parse(readFileSync(file, 'utf8'));
    },
  };
}

async function main() {
  torch.manualSeed(0);
  const samples = readSamples(join(folder, 'train.jsonl'));
  const withRationale = samples.filter(({ steps }) => steps?.length > 0);
  const model = newSmallModel(samples);
  const common = { outputDir: null, seed: 0, loggingSteps: 1, warmupSteps: 0 };
  const logged = { sft: [], grpo: [] };
  const logTo = (lines) => [{ onLog: (_, __, { loss, grad_norm }) => void lines.push([loss, grad_norm]) }];
  await new SFTTrainer({
    model,
    trainDataset: withRationale,
    formatCompletion: (sample) => targetCompletion(sample, 'text'),
    config: { ...sft.defaults, warmupSteps: 40, ...common, maxSteps: 10, perDeviceTrainBatchSize: 6 },
    callbacks: logTo(logged.sft),
  }).train();
  // Even ids: what so young a model says, no reward of the demo tells apart.
  const evenIds = ({ completionIds }) =>
    completionIds.map((ids) => ids.filter((id) => id % 2 === 0).length / ids.length);
  await new GRPOTrainer({
    model: recorded(model),
    rewardFuncs: [evenIds],
    trainDataset: samples,
    config: {
      ...grpo.defaults,
      warmupSteps: 5,
      ...common,
      maxSteps: 1,
      perDeviceTrainBatchSize: 24,
      maxCompletionLength: 24,
      // The first update's ratios are all 1 and its loss nearly nothing.
      numIterations: 2,
    },
    callbacks: logTo(logged.grpo),
  }).train();
  await model.close();
  process.stdout.write(JSON.stringify(logged));
}

main();
