// Trains one arm of one seed and writes what was measured: node run-arm.mjs <arm> <seed> <size> <folder>
// One thread: arms of several seeds may run side by side. Costs are rollouts, sampled tokens and seconds of the processor's time.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasBf16Products } from '../../dist/cli/cpu-features.js';
import {
  data,
  evaluation,
  OmniModel,
  omni,
  ProcessDPOTrainer,
  processDpo,
  rewards,
  SFTTrainer,
  torch,
  train,
} from '../../dist/index.mjs';
import { arms, settings, sizes } from './arms.mjs';
import { records, samplesOf, writeJson } from './data.mjs';
import { accuracies, measured } from './measure.mjs';

const [name, seedText, sizeName, root] = process.argv.slice(2);
const seed = Number(seedText);
const size = sizes[sizeName];
const arm = arms[name];
const folder = join(root, sizeName, seedText);
const own = join(folder, name);
const protocol = 'steps';
torch.setNumThreads(1);
mkdirSync(own, { recursive: true });

const all = await samplesOf(folder, seed, size);
const began = cpuSeconds();
const model = prepared(
  arm.from === undefined ? fresh() : await OmniModel.fromPretrained(join(folder, arm.from, 'model')),
);
const does = { captions, sft, continued, records: sampled, preference, candidates, majority, reward };
const result = await does[arm.kind]();
writeJson(join(own, 'result.json'), { arm: name, seed, size: sizeName, ...result });
await model.close();

function fresh() {
  torch.manualSeed(seed);
  const words = all.benchmark.map(({ sample }) => sample);
  return omni.newSmallModel([...all.captions, ...all.questions, ...words], { protocol });
}

function prepared(model) {
  if (hasBf16Products()) model.graph.computeIn('bfloat16');
  return model;
}

async function captions() {
  const steps = await supervised(all.captions, settings.captionSft, size.steps.captions, {
    formatCompletion: (sample) => rewards.targetCaptions(sample),
  });
  return { trained: steps, cost: { cpuSeconds: spent() } };
}

async function sft() {
  const by = arm.directFraction === null ? 'direct' : protocol;
  const steps = await supervised(
    all.questions,
    { ...settings.sft, directFraction: arm.directFraction ?? 0 },
    size.steps.sft,
    { protocol: by, formatCompletion: (sample, asked) => rewards.targetTurns(sample, asked, 'text') },
  );
  const cost = { cpuSeconds: spent() };
  return { trained: steps, cost, measured: await measured(model, all, by, size.maxNewTokens) };
}

/** Reference answers to the questions that paths are sampled of: as many steps as preference has, of as many samples as pairs. */
async function continued() {
  const { perDeviceTrainBatchSize } = settings.preference;
  const config = { ...settings.sft, perDeviceTrainBatchSize };
  const steps = await supervised(all.prompts, config, size.steps.preference, {
    protocol,
    formatCompletion: (sample, asked) => rewards.targetTurns(sample, asked, 'text'),
  });
  return {
    trained: steps,
    cost: { cpuSeconds: spent() },
    measured: await measured(model, all, protocol, size.maxNewTokens),
  };
}

async function supervised(rows, settings, maxSteps, options) {
  const unvalidated = { evalSteps: null, earlyStoppingTarget: null, earlyStoppingPatience: null };
  const config = { warmupSteps: 40, ...settings, ...unvalidated, maxSteps, outputDir: null, seed };
  return trained(new SFTTrainer({ model, trainDataset: rows, config, ...options }));
}

async function trained(trainer) {
  const { state, interrupted } = await trainer.train();
  // What a signal has ended is no result.
  if (interrupted) process.exit(1);
  model.savePretrained(join(own, 'model'));
  return state.step;
}

/** Paths, the divergences of steps of wrong ones, and the rollouts of all their steps: each in a file, made once. */
async function sampled() {
  const sampling = { model, samples: all.prompts, protocol, maxNewTokens: size.maxNewTokens, seed };
  const paths = await records(join(own, 'paths.jsonl'), data.readPaths, () =>
    processDpo.samplePaths({ ...sampling, numPaths: size.numPaths, batchSize: 32 }),
  );
  const cost = () => ({ cost: { ...costOf(paths), cpuSeconds: spent() } });
  if (arm.steps === 0) return cost();
  const expanded = firstWrong(paths, size.expanded);
  await records(join(own, 'selected.jsonl'), data.readPaths, () =>
    processDpo.selectSteps({
      ...{ model, samples: all.prompts, paths: expanded, perturb: 'pixelNoise', top: 3, protocol, seed },
      batchSize: 32,
    }),
  );
  await records(join(own, 'steps.jsonl'), data.readSteps, () =>
    processDpo.rolloutSteps({ ...sampling, paths: expanded, rollouts: size.rollouts, maxStepTokens: 24 }),
  );
  return cost();
}

/** The first wrong paths of each sample. */
function firstWrong(paths, count) {
  return [...processDpo.wrongPaths(paths).values()].flatMap((wrong) => wrong.slice(0, count));
}

/** The steps that an arm learns from: rollouts depend on their prefix alone, so those of selected steps are among all. */
function stepsOf(wanted) {
  if (wanted === 0) return [];
  const steps = data.readSteps(join(folder, arm.records, 'steps.jsonl'));
  if (wanted === 'all') return steps;
  const key = ({ sampleId, prefix, step }) => JSON.stringify([sampleId, prefix, step]);
  const selected = data
    .readPaths(join(folder, arm.records, 'selected.jsonl'))
    .flatMap(({ sampleId, path, selected }) =>
      selected
        .slice(0, wanted)
        .map((index) => key({ sampleId, prefix: path.slice(0, index), step: path[index] })),
    );
  const kept = new Set(selected);
  return steps.filter((step) => kept.has(key(step)));
}

function pathsOf() {
  return data.readPaths(join(folder, arm.records, 'paths.jsonl'));
}

async function preference() {
  const [paths, steps] = [pathsOf(), stepsOf(arm.steps)];
  const pairs = processDpo.buildPairs({ paths, steps, labels: 'soft', mu: 0.25, seed });
  const { adapter, ...config } = settings.preference;
  model.addAdapter(adapter);
  const { state, interrupted } = await new ProcessDPOTrainer({
    ...{ model, samples: all.prompts, trainDataset: pairs, protocol },
    config: { ...config, maxSteps: size.steps.preference, outputDir: null, seed },
  }).train();
  if (interrupted) process.exit(1);
  model.mergeAdapter();
  model.savePretrained(join(own, 'model'));
  const rollouts = steps.reduce((sum, it) => sum + it.correct.length + it.alternativeCorrect.length, 0);
  const cost = costOf(paths);
  return {
    trained: state.step,
    pairs: { path: pairs.filter(({ kind }) => kind === 'path').length, all: pairs.length },
    cost: {
      rollouts: cost.rollouts + rollouts,
      tokens: cost.tokens + steps.reduce((sum, { tokens = 0 }) => sum + tokens, 0),
      cpuSeconds: spent(),
    },
    measured: await measured(model, all, protocol, size.maxNewTokens),
  };
}

/** The paths that majority vote and best-of-N choose from. */
async function candidates() {
  const paths = await records(join(own, 'paths.jsonl'), data.readPaths, () =>
    processDpo.samplePaths({
      ...{ model, samples: all.test, protocol, numPaths: size.choices, batchSize: 32 },
      ...{ maxNewTokens: size.maxNewTokens, seed: seed + 1000 },
    }),
  );
  const cost = { ...costOf(paths), cpuSeconds: spent() };
  const sampleOf = new Map(all.test.map((sample) => [sample.id, sample]));
  const answered = paths.map(({ sampleId, correct }) => ({ sample: sampleOf.get(sampleId), correct }));
  return { cost, measured: accuracies(answered) };
}

function chosenFrom() {
  const paths = data.readPaths(join(folder, 'candidates', 'paths.jsonl'));
  return { samples: all.test, n: size.choices, paths };
}

async function majority() {
  return choice(await evaluation.majorityVote(chosenFrom()));
}

async function reward() {
  torch.manualSeed(seed);
  const judge = new train.RewardModel(model);
  const { adapter: _, beta: __, ...config } = settings.preference;
  const learned = arm.learns === 'paths' ? pathsOf() : stepsOf('all');
  const { state, interrupted } = await new train.PRMTrainer({
    ...{ model: judge, samples: all.prompts, trainDataset: learned },
    config: { ...config, learningRate: 1e-4, maxSteps: size.steps.preference, outputDir: null, seed },
  }).train();
  if (interrupted) process.exit(1);
  const reduction = arm.learns === 'paths' ? 'last' : 'min';
  return {
    trained: state.step,
    ...choice(await evaluation.bestOfN({ ...chosenFrom(), scorer: judge.scorer, reduction })),
  };
}

function choice({ chosen, rollouts, tokens }) {
  const answered = chosen.map(({ sample, correct }) => ({ sample, correct }));
  // Rollouts of the questions that are answered, at test time.
  return { cost: { rollouts, tokens, cpuSeconds: spent() }, measured: accuracies(answered) };
}

function costOf(paths) {
  return { rollouts: paths.length, tokens: paths.reduce((sum, { tokens }) => sum + tokens, 0) };
}

function spent() {
  return Math.round(cpuSeconds() - began);
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
