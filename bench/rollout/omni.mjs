// A side of bench/rollout's rows beside an earlier commit: rollouts and GRPO steps of the demo's model, by the package in a
// dist folder: ours, or that of the commit before the seams. Reads jobs as lines of JSON.
//
//   node omni.mjs DIST SAMPLES THREADS DTYPE

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { peak, productRate } from '../own-process.mjs';
import { PausedTraining } from '../paused-training.mjs';

const [dist, file, threads, dtype] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const earsight = require(`${dist}/index.js`);
const { data, nativeInfo, noGrad, rewards, scope, torch, train } = earsight;
const { EncodedMedia, sampleBatch } = require(`${dist}/rollout/index.js`);
/** The commit before has no room for whole models. */
const isBefore = earsight.omni === undefined;

const views = ['av', 'v', 'a'];
const samples = data.readSamples(file);

function freshModel() {
  torch.manualSeed(0);
  const model = (isBefore ? earsight.rollout : earsight.omni).newSmallModel(samples);
  if (dtype === 'bfloat16') model.graph.computeIn('bfloat16');
  return model;
}

torch.setNumThreads(Number(threads));
const model = freshModel();
await Promise.all(samples.map((sample) => model.processor.features(sample, model.media)));
await model.close();

/** Completions of each view, one list: a call a view there was before, one of all is there now. */
const rollout = {
  async before(asked, params) {
    const all = [];
    for (const view of views) {
      const prompts = await model.prepare(asked, view);
      const named = prompts.map(({ prefix, question }, i) => ({ id: asked[i].id, prefix, question }));
      const { minP: _, repetitionPenalty: __, ...options } = params;
      all.push(...(await sampleBatch(model.graph, named, { ...options, stopIds: [] })));
    }
    return all;
  },
  async now(asked, params) {
    const byView = await model.prepare(asked, { views });
    const prompts = views.flatMap((view) => byView[view]);
    const media = new EncodedMedia(model.graph);
    return sampleBatch(model.graph, prompts, params, { stopIds: [], decode: () => '', media });
  },
}[isBefore ? 'before' : 'now'];

/** Questions of a clip stand together; such a step visits other clips first. */
const stride = 7;

/** Seconds of rollouts of so many prompts in all views, whose completions do not stop. No turn has another's prompts. */
async function rollouts({ turn, prompts, numGenerations, newTokens, returnsIds = false }) {
  const params = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };
  const asked = Array.from(
    { length: prompts },
    (_, i) => samples[((turn * prompts + i) * stride) % samples.length],
  );
  const start = performance.now();
  const completions = await scope(() =>
    rollout(asked, { ...params, numGenerations, maxNewTokens: newTokens }),
  );
  const seconds = (performance.now() - start) / 1e3;
  return { seconds, ids: returnsIds ? completions.flat().map(({ ids }) => ids) : null };
}

const startTraining = (config) =>
  new PausedTraining((callbacks) => {
    const { format, answer, modality } = rewards;
    const trainer = new train.GRPOTrainer({
      model: freshModel(),
      rewardFuncs: isBefore
        ? [format, answer, modality]
        : [rewards.formatReward({ mode: 'published' }), rewards.answerReward(), rewards.modalityReward()],
      trainDataset: samples,
      config: { ...config, maxSteps: 1e6, outputDir: null },
      callbacks,
    });
    return () => trainer.train();
  });

let training = null;

/** Seconds of GRPO steps. */
async function grpo({ config, steps }) {
  training ??= startTraining(config);
  const start = performance.now();
  await training.take(steps);
  return { seconds: (performance.now() - start) / 1e3 / steps };
}

/** The same number where the weights are the same. */
const fingerprint = () =>
  scope(() =>
    noGrad(() =>
      model.graph
        .parameters()
        .map((tensor) => tensor.to('float64').abs().sum().item())
        .sort((a, b) => a - b),
    ),
  );

const jobs = { rollouts, grpo, fingerprint, peak, productRate: () => productRate(torch) };

process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...options } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await jobs[job](options))}\n`);
}
process.exit(0); // the training still waits
