/** Trainings of an adapter: what is updated, what the reference is, what checkpoints hold, and what may continue one. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { TokenTree } from '../../lib/batch/index.js';
import type { AdapterOptions, OmniGraph } from '../../lib/models/index.js';
import { Linear } from '../../lib/nn/index.js';
import { noGrad, scope, torch } from '../../lib/tensor/index.js';
import { completionLogprobs } from '../../lib/train/forward.js';
import {
  type GRPOConfigInput,
  GRPOTrainer,
  readMetrics,
  SFTTrainer,
  type TrainableModel,
} from '../../lib/train/index.js';
import { Policy } from '../../lib/train/policy.js';
import { tinyGraph } from '../models/tiny.js';
import { temporaryFolder } from './folder.js';
import { answerOnly, samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();

const lora: AdapterOptions = { r: 4, alpha: 16, dropout: 0.1 };
/** With all that an adapter can be made of. */
const whole: AdapterOptions = { ...lora, dora: true, modulesToSave: ['norm'], bias: 'all' };

/** A tiny model with an adapter. @param start of the adapter's random numbers */
function adapted(options = lora, start = 5, seed = 1): TrainableModel & { graph: OmniGraph } {
  const model = tinyModel(seed) as TrainableModel & { graph: OmniGraph };
  torch.manualSeed(start);
  model.graph.addAdapter(options);
  return model;
}

function adapterOf(model: TrainableModel): Record<string, unknown> {
  const parts = model.graph.adapter?.namedParameters() ?? [];
  return Object.fromEntries(parts.map(([name, tensor]) => [name, tensor.toArray()]));
}

const common = { learningRate: 1e-2, warmupSteps: 3, maxSteps: 8, saveSteps: 3, loggingSteps: 2 };

function sft(model: TrainableModel, outputDir: string | null) {
  const config = { ...common, outputDir, perDeviceTrainBatchSize: 3, weightDecay: 0.1 };
  return new SFTTrainer({ model, trainDataset: samples, formatCompletion: answerOnly, config });
}

function grpo(model: TrainableModel, outputDir: string | null, changes: GRPOConfigInput = {}) {
  const config = {
    ...common,
    outputDir,
    numGenerations: 4,
    perDeviceTrainBatchSize: 8,
    maxCompletionLength: 5,
    numIterations: 2,
    beta: 0.05,
    ...changes,
  };
  const byLength = ({ completions }: { completions: string[] }) => completions.map(({ length }) => length);
  return new GRPOTrainer({ model, trainDataset: samples, rewardFuncs: [byLength], config });
}

const metricsOf = (outputDir: string) =>
  readMetrics(join(outputDir, 'metrics.jsonl')).map((line) =>
    Object.fromEntries(Object.entries(line).filter(([name]) => !/^step_time$|\/seconds$/.test(name))),
  );

describe.each([
  ['SFT', sft],
  ['GRPO with a KL penalty', grpo],
] as const)('%s', (_, trainer) => {
  test.each([
    ['LoRA', lora],
    ['DoRA, a norm and the biases', whole],
  ])('%s: the adapter changes, no bit of the base model does', async (_name, options) => {
    const model = adapted(options);
    const [base, start] = [weights(model), adapterOf(model)];
    await trainer(model, null).train();
    expect(weights(model)).toEqual(base);
    expect(weights(model)).toEqual(weights(tinyModel()));
    const end = adapterOf(model);
    expect(Object.keys(end)).toEqual(Object.keys(start));
    for (const [name, values] of Object.entries(end)) expect(values).not.toEqual(start[name]);
    // What is left can be trained on, saved or merged.
    expect(model.graph.parameters().filter(({ requiresGrad }) => requiresGrad)).toHaveLength(
      Object.keys(end).length,
    );
  });

  test('8 steps = 3 steps + resume + 5 steps, bit for bit, from a checkpoint of adapter and optimizer alone', async () => {
    const uninterrupted = adapted(whole);
    const wholeDir = join(folder.path, 'whole');
    await trainer(uninterrupted, wholeDir).train();

    const killedDir = join(folder.path, 'killed');
    const model = adapted(whole);
    let steps = 0;
    const prepare: TrainableModel['prepare'] = (...args) => {
      if (++steps > 5) throw new Error('killed');
      return model.prepare(...args);
    };
    await expect(trainer({ ...model, prepare }, killedDir).train()).rejects.toThrow('killed');
    const checkpoint = join(killedDir, 'checkpoint-3');
    expect(readdirSync(checkpoint).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'optimizer.safetensors',
      'trainer_state.json',
    ]);
    expect(existsSync(join(killedDir, 'reference.safetensors'))).toBe(false);

    // Another process: the same base model, an adapter of other numbers.
    const resumed = adapted(whole, 77);
    torch.manualSeed(1234);
    await trainer(resumed, killedDir).train({ resumeFrom: checkpoint });
    expect(adapterOf(resumed)).toEqual(adapterOf(uninterrupted));
    expect(metricsOf(killedDir)).toEqual(metricsOf(wholeDir));
    const last = (dir: string) => readFileSync(join(dir, 'checkpoint-8', 'optimizer.safetensors'));
    expect(last(killedDir).equals(last(wholeDir))).toBe(true);

    // And a checkpoint is an adapter's folder.
    const loaded = tinyModel() as TrainableModel & { graph: OmniGraph };
    loaded.graph.loadAdapter(join(killedDir, 'checkpoint-8'));
    expect(adapterOf(loaded)).toEqual(adapterOf(resumed));
  });
});

const tree: TokenTree = {
  root: { spans: [{ kind: 'text', length: 1 }], textIds: [0] },
  children: [{ ids: [3, 4], children: [{ ids: [5, 6, 7, 1], lossMask: [1, 1, 1, 1] }] }],
};

/** What an adapter's model says after it was trained. */
async function trained(options = lora, start = 5): Promise<ReturnType<typeof adapted>> {
  const model = adapted(options, start);
  await sft(model, null).train();
  return model;
}

test.each([
  ['has changed nothing yet, the base model', adapted],
  ['was trained before, the model with it', trained],
] as const)(
  'the reference of an adapter that %s: bit for bit, while all of it is trained',
  async (_, open) => {
    const model = await open(whole);
    const logprobs = (graph: TrainableModel['graph']) =>
      scope(() => noGrad(() => completionLogprobs(graph, [tree], { temperature: 0.7 }).logp.toArray()));
    const start = logprobs(model.graph.eval());
    const isBase = isDeepStrictEqual(start, logprobs(tinyModel().graph.eval()));
    expect(isBase).toBe(open === adapted);
    model.graph.train();
    const policy = new Policy(model, { freeze: [], needsReference: true });
    noGrad(() => {
      for (const parameter of model.graph.adapter?.parameters() ?? []) parameter.add_(0.1);
    });
    const moved = adapterOf(model);
    const options = { temperature: 0.7, encoded: new Map() };
    expect(policy.reference?.logprobs([tree], options, () => undefined).toArray()).toEqual(start);
    expect(adapterOf(model)).toEqual(moved);
    expect(model.graph.training).toBe(true);
    expect(logprobs(model.graph.eval())).not.toEqual(start);
    policy.dispose();
  },
);

test('a resumed training of an adapter that was trained before keeps its reference, also in another folder', async () => {
  const [wholeDir, killedDir, fork] = ['whole', 'killed', 'fork'].map((name) => join(folder.path, name));
  const uninterrupted = await trained();
  await grpo(uninterrupted, wholeDir).train();
  await grpo(await trained(), killedDir, { maxSteps: 3, loggingSteps: 1 }).train();
  const checkpoint = join(killedDir, 'checkpoint-3');
  // As PEFT writes a second adapter.
  expect(readdirSync(join(checkpoint, 'ref')).sort()).toEqual([
    'adapter_config.json',
    'adapter_model.safetensors',
  ]);
  const resumed = adapted(lora, 77);
  const { checkpoint: last } = await grpo(resumed, fork).train({ resumeFrom: checkpoint });
  expect(adapterOf(resumed)).toEqual(adapterOf(uninterrupted));
  expect(metricsOf(fork).at(-1)).toEqual(metricsOf(wholeDir).at(-1));
  const reference = (of: string) => readFileSync(join(of, 'ref', 'adapter_model.safetensors'));
  expect(reference(last as string).equals(reference(checkpoint))).toBe(true);
});

test('GRPO: the penalty is 0 before the first update and grows with the adapter', async () => {
  const model = adapted({ ...lora, dropout: 0 });
  const kl: number[] = [];
  const training = grpo(model, null, { loggingSteps: 1, numIterations: 1, warmupSteps: 0 });
  const logged = {
    onLog: (_: unknown, __: unknown, metrics: Record<string, number>) => void kl.push(metrics.kl),
  };
  const trainer = new GRPOTrainer({
    model,
    trainDataset: samples,
    rewardFuncs: [({ completions }) => completions.map(({ length }) => length)],
    config: training.config,
    callbacks: [logged],
  });
  await trainer.train();
  expect(kl[0]).toBe(0);
  expect(kl[1]).toBeGreaterThan(0);
  expect(kl[7]).toBeGreaterThan(kl[1]);
});

describe('dropout', () => {
  const dropping = { ...lora, dropout: 0.5, initLoraWeights: false };

  test('is for the updates: the sampler’s log-probabilities are those of the weights', async () => {
    const step = async (dropout: number, config: GRPOConfigInput = {}) => {
      const model = adapted({ ...dropping, dropout });
      const outputDir = join(folder.path, JSON.stringify({ dropout, ...config }));
      await grpo(model, outputDir, { maxSteps: 1, loggingSteps: 1, numIterations: 1, ...config }).train();
      return { metrics: readMetrics(join(outputDir, 'metrics.jsonl'))[0], adapter: adapterOf(model) };
    };
    const [without, dropped] = [await step(0), await step(0.5)];
    const difference = 'sampling/sampling_logp_difference/max';
    expect(without.metrics[difference]).toBeLessThan(1e-5);
    expect(dropped.metrics[difference]).toBeGreaterThan(1e-3);
    // The same completions: nothing was dropped out where they were sampled.
    expect(dropped.metrics['completions/mean_length']).toBe(without.metrics['completions/mean_length']);
    expect(dropped.metrics.reward).toBe(without.metrics.reward);
    const disabled = await step(0.5, { disableDropout: true });
    expect(disabled.metrics[difference]).toBe(without.metrics[difference]);
    expect(disabled.adapter).toEqual(without.adapter);
  });

  test.each([
    ['a fresh adapter', adapted],
    ['an adapter that was trained before', trained],
  ] as const)('is on in the policy’s updates alone, with %s', async (_, open) => {
    const model = await open();
    const { graph } = model;
    let phase = 'learning';
    const passes = new Set<string>();
    const seen = (pass: string) => {
      const { training, isActive } = graph.adapter!;
      expect(graph.training).toBe(training);
      passes.add(`${phase}: ${pass}, ${training ? 'drops' : 'drops nothing'}${isActive ? '' : ', base'}`);
    };
    const { samplePrompts } = model;
    const [forward, gradients] = [graph.forward.bind(graph), torch.isGradEnabled];
    graph.forward = (...args) => {
      seen(gradients() ? 'policy' : 'reference');
      return forward(...args);
    };
    const judged = ({ completions }: { completions: string[] }) => {
      phase = 'judging';
      seen('reward');
      phase = 'learning';
      return completions.map(({ length }) => length);
    };
    const sampling: TrainableModel['samplePrompts'] = async (...args) => {
      phase = 'sampling';
      seen('sampler');
      const completions = await samplePrompts(...args);
      phase = 'learning';
      return completions;
    };
    const { config } = grpo(model, null, { maxSteps: 1 });
    await new GRPOTrainer({
      model: { ...model, samplePrompts: sampling },
      trainDataset: samples,
      rewardFuncs: [judged],
      config,
    }).train();
    passes.delete('sampling: reference, drops nothing');
    expect([...passes].sort()).toEqual([
      'judging: reward, drops nothing',
      'learning: policy, drops',
      `learning: reference, drops nothing${open === adapted ? ', base' : ''}`,
      'sampling: sampler, drops nothing',
    ]);
  });
});

describe('towers', () => {
  const towers = (options: AdapterOptions, freeze: ('vision' | 'audio')[] = []) => {
    const graph = tinyGraph();
    graph.addAdapter(options);
    const policy = new Policy({ ...tinyModel(), graph }, { freeze, needsReference: false });
    return { frozen: policy.frozenTowers(), policy, graph };
  };

  test('an adapter of the decoder leaves both frozen; one of a tower, or a copy in it, does not', () => {
    expect(towers({ r: 2 }).frozen).toEqual(['vision', 'audio']);
    expect(towers({ r: 2, targetModules: /visual\..*attn\.q/ }).frozen).toEqual(['audio']);
    expect(towers({ r: 2, modulesToSave: ['ln_post'] }).frozen).toEqual(['vision']);
  });

  test('freeze holds back the adapter of a tower, until the training ends', () => {
    const { frozen, policy, graph } = towers(
      { r: 2, targetModules: /(visual\..*attn\.q|model\.layers\..*q_proj)/ },
      ['vision'],
    );
    expect(frozen).toEqual(['vision', 'audio']);
    const names = () =>
      graph.namedParameters().flatMap(([name, { requiresGrad }]) => (requiresGrad ? [name] : []));
    expect(names().filter((name) => name.includes('visual'))).toEqual([]);
    expect(names().length).toBeGreaterThan(0);
    policy.dispose();
    expect(names().some((name) => name.startsWith('adapter.visual'))).toBe(true);
    expect(names().every((name) => name.startsWith('adapter.'))).toBe(true);
  });
});

test('nothing is dropped out of updates that are not trained', () => {
  const graph = tinyGraph();
  torch.manualSeed(3);
  graph.addAdapter({
    r: 2,
    dropout: 0.5,
    initLoraWeights: false,
    targetModules: /visual\..*attn\.q|model\..*q_proj/,
  });
  const layers = graph
    .namedModules()
    .flatMap(([name, module]) =>
      module instanceof Linear && module.adapter ? [[name, module] as const] : [],
    );
  const isSteady = (module: Linear) =>
    scope(() => {
      const input = torch.ones([4, module.weight.shape[1]]);
      return module.forward(input).equal(module.forward(input));
    });
  const steady = (tower: string) =>
    layers.filter(([name]) => name.startsWith(tower)).map(([, module]) => isSteady(module));
  graph.train();
  const policy = new Policy({ ...tinyModel(), graph }, { freeze: ['vision'], needsReference: false });
  expect(new Set(steady('visual'))).toEqual(new Set([true]));
  expect(new Set(steady('model'))).toEqual(new Set([false]));
  policy.dispose();
  expect(new Set(steady('visual'))).toEqual(new Set([false]));
});

describe('what may continue a training', () => {
  const begin = async () => {
    const outputDir = join(folder.path, 'begun');
    const { checkpoint } = await sft(adapted(), outputDir).train();
    return (model: TrainableModel) =>
      expect(sft(model, outputDir).train({ resumeFrom: checkpoint as string })).rejects;
  };

  test('the same adapter on the same base model, and nothing else', async () => {
    const resume = await begin();
    await resume(adapted(lora, 5, 2)).toThrow(
      /adapter: its model has other weights now \(read from a model in memory, before from a model in memory\)/,
    );
    await resume(tinyModel()).toThrow(
      /adapter: the checkpoint holds an adapter of the model that it was made for, now/,
    );
    await resume(adapted({ ...lora, r: 8 })).toThrow(/adapter: r: 4 in the checkpoint, now 8/);
    await resume(adapted({ ...lora, dropout: 0.2 })).toThrow(
      /adapter: lora_dropout: 0.1 in the checkpoint, now 0.2/,
    );
    await resume(adapted({ ...lora, targetModules: ['q_proj'] })).toThrow(/adapter: .*lora_A.*now/s);
  });

  test('a training of all weights is not continued with an adapter', async () => {
    const outputDir = join(folder.path, 'weights');
    const { checkpoint } = await sft(tinyModel(), outputDir).train();
    await expect(sft(adapted(), outputDir).train({ resumeFrom: checkpoint as string })).rejects.toThrow(
      /adapter: none in the checkpoint, which holds all weights, now the model has one/,
    );
  });
});

test('a checkpoint names the folder that the base model was read from', async () => {
  const base = join(folder.path, 'base');
  tinyModel().savePretrained(base);
  const { loadGraph } = await import('../../lib/models/index.js');
  const graph = loadGraph(base);
  graph.addAdapter(lora);
  const outputDir = join(folder.path, 'named');
  const { checkpoint } = await sft({ ...tinyModel(), graph }, outputDir).train();
  const json = (file: string) => JSON.parse(readFileSync(join(checkpoint as string, file), 'utf8'));
  expect(json('adapter_config.json').base_model_name_or_path).toBe(base);
  expect(json('trainer_state.json').training.adapter.base).toEqual({
    folder: base,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('a model that was loaded, or whose training has ended, drops nothing out', async () => {
  const base = join(folder.path, 'inference');
  tinyModel().savePretrained(base);
  const model = adapted({ ...lora, dropout: 0.5, initLoraWeights: false });
  model.graph.saveAdapter(base);
  const { loadGraph } = await import('../../lib/models/index.js');
  const loaded = loadGraph(base);
  loaded.loadAdapter(base);
  const logits = (graph: { logits: OmniGraph['logits'] }) =>
    scope(() => noGrad(() => graph.logits({ inputIds: [3, 4, 5] }).toArray()));
  expect(logits(loaded)).toEqual(logits(loaded));
  await sft(model, null).train();
  expect(logits(model.graph)).toEqual(logits(model.graph));
});

test('a training that would change nothing is refused', async () => {
  const removed = adapted();
  removed.graph.removeAdapter();
  await expect(sft(removed, null).train()).rejects.toThrow(
    'model: none of its parameters would be trained: after an adapter was merged or removed, call graph.requiresGrad_()',
  );
  const model = adapted();
  const suspended = model.graph.withoutAdapter(() => sft(model, null).train());
  await expect(suspended).rejects.toThrow('model: its adapter takes no part in withoutAdapter()');
  model.graph.adapter!.requiresGrad_(false);
  await expect(sft(model, null).train()).rejects.toThrow(
    'freeze and requiresGrad leave nothing of its adapter',
  );
});
