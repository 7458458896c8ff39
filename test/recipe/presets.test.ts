// The presets in recipes/ pass the check of their schema and hold the published numbers, which are written here from the
// paper and the launch scripts of its release.

import { join } from 'node:path';
import { readRecipe } from '../../lib/recipe/index.js';
import { isStrictlyFormed } from '../../lib/rewards/index.js';
import { earsight } from '../cli/run.js';

const preset = (name: string) => join(__dirname, '../../recipes', name);

const published = {
  lossType: 'gspo',
  numGenerations: 8,
  beta: 0.03,
  klEstimator: 'k3',
  epsilon: 3e-4,
  epsilonHigh: 4e-4,
  maskTruncatedCompletions: true,
  learningRate: 1e-6,
  lrSchedulerType: 'cosine_with_min_lr',
  lrSchedulerKwargs: { minLr: 1e-7 },
  warmupRatio: 0.05,
  weightDecay: 0.1,
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  maxGradNorm: 1,
  numTrainEpochs: 1,
  maxCompletionLength: 8192,
  temperature: 1,
  topP: 0.9,
  topK: 50,
};

const stagesOf = async (name: string) => (await readRecipe(preset(name), { anyMachine: true })).stages;

const lastStages = {
  'omnivideo-r1.yaml': 'GRPO (qi), GRPO (ma)',
  'omnivideo-r1-small.yaml': 'GRPO (qi), GRPO (ma)',
  'video-salmonn-o1.yaml': 'sampling paths, selecting steps, rolling out steps, building pairs, process DPO',
  'video-salmonn-o1-small.yaml':
    'sampling paths, selecting steps, rolling out steps, building pairs, process DPO',
};

test.each(Object.entries(lastStages))('%s passes check --schema-only', async (name, stages) => {
  const { code, stdout } = await earsight('check', preset(name), '--schema-only');
  expect(code).toBe(0);
  expect(stdout).toContain(stages);
  expect(stdout).toContain('not checked: samples');
});

test('the published preset has the published settings', async () => {
  const stages = await stagesOf('omnivideo-r1.yaml');
  expect(stages.map(({ name }) => name)).toEqual(['qi', 'ma']);
  const completions = stages.map(({ settings, adapter, mergeAdapter }) => {
    expect(settings).toMatchObject(published);
    expect(adapter).toEqual({ r: 8, alpha: 32, dropout: 0.05 });
    expect(mergeAdapter).toBe(true);
    // Sampler and learner are told apart by top-p and top-k.
    expect(settings.importanceCorrection).toBe('sequence_mask');
    return Number(settings.perDeviceTrainBatchSize) * Number(settings.gradientAccumulationSteps);
  });
  expect(completions).toEqual([128, 112]);
});

test.each(['omnivideo-r1.yaml', 'omnivideo-r1-small.yaml'])(
  '%s: R_QI and R_MA have the published weights',
  async (name) => {
    const [qi, ma] = (await stagesOf(name))
      .slice(-2)
      .map(({ settings }) =>
        (settings.rewards as { name: string; weight?: number }[]).map(({ name, weight = 1 }) => [
          name,
          weight,
        ]),
      );
    expect(qi).toEqual([
      ['format', 1],
      ['answer', 1],
      ['consistency', 0.5],
      ['completeness', 0.5],
    ]);
    expect(ma).toEqual([
      ['format', 1],
      ['answer', 1],
      ['modality', 1],
    ]);
  },
);

test('video-SALMONN-o1 has the published settings', async () => {
  const { stages, prompt } = await readRecipe(preset('video-salmonn-o1.yaml'), { anyMachine: true });
  const settingsOf = (name: string) => stages.find((use) => use.name === name)?.settings;
  expect(stages.slice(0, 2).map(({ name }) => name)).toEqual(['align', 'sft']);
  expect(settingsOf('align')).toMatchObject({ freeze: ['vision', 'text'] });
  for (const { name, adapter } of stages)
    if (['sft', 'preference'].includes(name)) expect(adapter).toMatchObject({ r: 64, alpha: 256 });
  expect(prompt.protocol).toBe('twoTurn');
  expect(prompt.instruction).toContain('<end_of_step>');
  expect(settingsOf('sample-paths')).toMatchObject({
    numPaths: 10,
    temperature: 1,
    topP: 0.9,
    maxNewTokens: 512,
  });
  expect(settingsOf('select-steps')).toMatchObject({ perturb: 'pixelNoise', top: 3 });
  expect(settingsOf('rollout-steps')).toMatchObject({
    rollouts: 6,
    tries: 3,
    maxStepTokens: 64,
    maxNewTokens: 512,
  });
  expect(settingsOf('build-pairs')).toMatchObject({ labels: 'soft' });
  expect(settingsOf('preference')).toMatchObject({ beta: 0.1 });
});

test("the data is chosen by the paper's rules, and that of the second stage by what needs both tracks", async () => {
  const { filter, balance, stages } = await readRecipe(preset('omnivideo-r1.yaml'), { anyMachine: true });
  expect(filter).toEqual({ answerAccuracy: 10, questionLogic: 8, composite: 7, shouldFilter: false });
  expect(balance).toEqual({ dropCategories: ['none'], minCategorySize: 10, maxCategoryRatio: 3 });
  expect(stages.map(({ settings }) => settings.filter)).toEqual([
    undefined,
    { videoDependency: 7, audioDependency: 7 },
  ]);
});

test('the example in the system prompt is in the layout that the reward asks for', async () => {
  const { prompt } = await readRecipe(preset('omnivideo-r1.yaml'), { anyMachine: true });
  const example = prompt.system?.slice(prompt.system.indexOf('<time>3.2')) ?? '';
  expect(isStrictlyFormed(example)).toBe(true);
  for (const tag of ['time', 'caption', 'thinking', 'answer']) {
    expect(prompt.instruction).toContain(`<${tag}>`);
    expect(prompt.instruction).toContain(`</${tag}>`);
  }
});
