// Trains one arm of one seed and writes what was measured: node run-arm.mjs <arm> <seed> <minutes> <folder>
// Its minutes are of the processor's time of this process, one thread, in training alone: programs beside it move it little,
// and judges and the views of rewards count; clips are decoded by other processes. A start is trained by steps.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasBf16Products } from '../../dist/cli/cpu-features.js';
import { GRPOTrainer, judges, OmniModel, omni, rewards, SFTTrainer, torch } from '../../dist/index.mjs';
import { answerStyle, arms, captionSft, runName, sft, starting } from './arms.mjs';
import { randomNumbers, samplesOf, withoutTimes } from './data.mjs';
import { answersOf, measured } from './measure.mjs';

const [name, seedText, minutesText, root] = process.argv.slice(2);
const [seed, minutes] = [seedText, minutesText].map(Number);
const arm = arms[name];
const folder = join(root, seedText);
const own = join(folder, runName(name, minutes));
const answerTokens = 64;
torch.setNumThreads(1);

const all = await samplesOf(folder, seed);
const trained = {};
const model = arm.from === undefined ? await start() : await continued();
const answers = await answersOf(model, all.test, answerTokens);
const before = arm.from === undefined ? undefined : readJson(join(folder, arm.from, 'answers.json'));
mkdirSync(own, { recursive: true });
model.savePretrained(join(own, 'model'));
await model.close();
writeJson('answers.json', answers);
writeJson('result.json', {
  ...{ arm: name, seed, minutes: arm.from === undefined ? null : minutes, trained },
  measured: measured(all.test, answers, before),
});

async function start() {
  torch.manualSeed(seed);
  const fresh = omni.newSmallModel([...all.captions, ...all.questions, ...all.prompts]);
  prepared(fresh);
  const teach = name === 'start' ? (rows) => rows : withoutTimes;
  await train('caption-sft', () => supervised(fresh, teach(all.captions), captionSft, starting.captionSteps));
  await train('sft', () => supervised(fresh, teach(lessons()), sft, starting.sftSteps));
  return fresh;
}

async function continued() {
  const model = prepared(await OmniModel.fromPretrained(join(folder, arm.from, 'model')));
  const stages = Object.entries(arm.train);
  for (const [stage, settings] of stages) {
    const share = (60 * minutes) / stages.length;
    await train(stage, () =>
      stage === 'sft' ? moreSft(model, settings, share) : reinforced(model, settings, share),
    );
  }
  return model;
}

function prepared(model) {
  if (hasBf16Products()) model.graph.computeIn('bfloat16');
  return model;
}

/** SFT's questions, with captions among them, three in eight samples. */
function lessons() {
  const wanted = Math.round(0.6 * all.questions.length);
  const order = randomNumbers(seed, all.captions.length);
  const captions = all.captions.map((caption, i) => [order[i], caption]).sort(([a], [b]) => a - b);
  return [...all.questions, ...captions.slice(0, wanted).map(([, caption]) => caption)];
}

async function train(stage, run) {
  const began = cpuSeconds();
  const { state, interrupted } = await run();
  // What a signal has ended is no result of so many minutes.
  if (interrupted) process.exit(1);
  trained[stage] = { steps: state.step, cpuSeconds: Math.round(cpuSeconds() - began) };
  console.log(`${name}, seed ${seed}: ${stage}: ${JSON.stringify(trained[stage])}`);
}

function supervised(model, rows, { adapter: _, ...settings }, maxSteps, callbacks = []) {
  const unvalidated = { evalSteps: null, earlyStoppingTarget: null, earlyStoppingPatience: null };
  return new SFTTrainer({
    model,
    trainDataset: rows,
    formatCompletion: (sample) =>
      sample.answer === undefined
        ? rewards.targetCaptions(sample)
        : rewards.targetCompletion(sample, answerStyle),
    config: { warmupSteps: 40, ...settings, ...unvalidated, maxSteps, outputDir: null, seed },
    callbacks,
  }).train();
}

/** As many steps as the time has room for, at the pace of the SFT before, so that the learning rate reaches its end. */
function moreSft(model, settings, share) {
  const { steps, cpuSeconds } = readJson(join(folder, arm.from, 'result.json')).trained.sft;
  return supervised(model, lessons(), settings, Math.round((share * steps) / cpuSeconds), [until(share)]);
}

async function reinforced(model, { adapter, rewards: list, ...settings }, share) {
  model.addAdapter(adapter);
  const made = list.map(({ judge, ...setting }) =>
    rewards.makeReward({ ...setting, ...(judge && { judge: judges.selfCheck({ model }) }) }),
  );
  const result = await new GRPOTrainer({
    model,
    trainDataset: all.prompts,
    rewardFuncs: made.map(({ reward }) => reward),
    config: {
      ...settings,
      rewardWeights: made.map(({ weight }) => weight),
      maxSteps: 100_000,
      numTrainEpochs: 1,
      outputDir: join(own, 'run'),
      overwriteOutputDir: true,
      saveSteps: 100_000,
      seed,
    },
    callbacks: [until(share)],
  }).train();
  model.mergeAdapter();
  return result;
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Whole or not at all. */
function writeJson(file, value) {
  const path = join(own, file);
  writeFileSync(`${path}.part`, `${JSON.stringify(value)}\n`);
  renameSync(`${path}.part`, path);
}

/** Ends a training after so many seconds of the processor's time. */
function until(share) {
  const end = cpuSeconds() + share;
  return { onStepEnd: (_, control) => void (cpuSeconds() >= end && control.stop()) };
}
