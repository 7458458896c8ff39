import type { PromptRoot, TokenTree } from '../../lib/batch/index.js';
import type { RewardFunc } from '../../lib/rewards/index.js';
import { isGradEnabled } from '../../lib/tensor/index.js';
import {
  type DPOConfigInput,
  DPOTrainer,
  type GRPOConfigInput,
  GRPOTrainer,
  type SFTConfigInput,
  SFTTrainer,
  type TrainableModel,
} from '../../lib/train/index.js';
import { TokenBudget } from '../../lib/train/token-budget.js';
import { answerOnly, samples, tinyModel, weights } from './tiny-model.js';

jest.setTimeout(60_000);

/** A prompt of five tokens and completions, whose last tokens are not read. */
function item(id: string, lengths: number[], root: PromptRoot = rootOf()) {
  const children = lengths.map((length) => ({
    ids: Array<number>(length + 1).fill(2),
    lossMask: Array<number>(length + 1).fill(1),
  }));
  return { id, tree: { root, children: [{ ids: [2, 2], children }] } satisfies TokenTree };
}
function rootOf(): PromptRoot {
  return { spans: [{ kind: 'text', length: 3 }], textIds: [0, 0, 0] };
}

const warned = () => jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
afterEach(() => jest.restoreAllMocks());

describe('micro-batches of tokens', () => {
  const idsOf = (limit: number | null, items: ReturnType<typeof item>[], size = 2) =>
    new TokenBudget(limit)
      .microBatches(items, size, ({ tree }) => [tree])
      .map((micro) => micro.map(({ id }) => id).join(' '));

  test('hold as many items in a row as fit', () => {
    const items = [item('a', [5]), item('b', [15]), item('c', [1, 4]), item('d', [5]), item('e', [10])];
    // 10, 20, 10, 10 and 15 tokens.
    expect(idsOf(30, items)).toEqual(['a b', 'c d', 'e']);
    expect(idsOf(29, items)).toEqual(['a', 'b', 'c d', 'e']);
    expect(idsOf(65, items)).toEqual(['a b c d e']);
    expect(idsOf(null, items)).toEqual(['a b', 'c d', 'e']);
  });

  test('count what items share once', () => {
    const root = rootOf();
    // Each has 7 tokens besides the root's 3.
    const items = ['a', 'b', 'c'].map((id) => item(id, [5], root));
    expect(idsOf(17, items)).toEqual(['a b', 'c']);
    expect(
      idsOf(
        17,
        items.map(({ id }) => item(id, [5])),
      ),
    ).toEqual(['a', 'b', 'c']);
  });

  test('an item that exceeds the limit is alone, and one warning tells of the first', () => {
    const emit = warned();
    const budget = new TokenBudget(12);
    const items = [item('a', [5]), item('b', [20]), item('c', [5]), item('d', [30])];
    const micros = budget.microBatches(items, 2, ({ tree }) => [tree]);
    budget.microBatches(items, 2, ({ tree }) => [tree]);
    expect(micros.map((micro) => micro.map(({ id }) => id).join())).toEqual(['a', 'b', 'c', 'd']);
    expect(emit.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(
        /^maxTokensPerMicroBatch: 'b' has 25 tokens, more than 12: it is a micro-batch of its own/,
      ),
    ]);
  });

  test('a group is divided where it does not fit, each part with its prompt', () => {
    const { tree } = item('a', [4, 4, 4, 9, 1]);
    expect(new TokenBudget(27).parts(tree)).toEqual([[0, 1, 2, 3, 4]]);
    expect(new TokenBudget(13).parts(tree)).toEqual([[0, 1], [2], [3], [4]]);
    expect(new TokenBudget(15).parts(tree)).toEqual([[0, 1], [2], [3, 4]]);
    expect(new TokenBudget(1).parts(tree)).toEqual([[0], [1], [2], [3], [4]]);
    expect(new TokenBudget(null).parts(tree)).toEqual([[0, 1, 2, 3, 4]]);
  });
});

/** Lengths of the passes that are trained on. */
function watch(model: TrainableModel): number[] {
  const lengths: number[] = [];
  const forward = model.graph.forward.bind(model.graph);
  model.graph.forward = ((packed: Parameters<typeof forward>[0]) => {
    if (isGradEnabled()) lengths.push(packed.inputIds.numel());
    return forward(packed);
  }) as typeof model.graph.forward;
  return lengths;
}

// With adamEpsilon 1 the update is about proportional to the gradient: no difference is blown up.
const common = { outputDir: null, learningRate: 1e-2, adamEpsilon: 1, maxSteps: 1, loggingSteps: 1 } as const;

interface Trained {
  after: Record<string, unknown>;
  lengths: number[];
  logged: Record<string, number>;
}

async function grpo(config: GRPOConfigInput): Promise<Trained> {
  const model = tinyModel();
  const lengths = watch(model);
  let logged: Record<string, number> = {};
  const byLength: RewardFunc = ({ completions }) => completions.map((text) => text.length);
  await new GRPOTrainer({
    model,
    rewardFuncs: [byLength],
    trainDataset: samples,
    config: { ...common, numGenerations: 4, perDeviceTrainBatchSize: 32, maxCompletionLength: 6, ...config },
    callbacks: [
      {
        onLog: (_, __, metrics) => {
          logged = metrics;
        },
      },
    ],
  }).train();
  return { after: weights(model), lengths, logged };
}

async function sft(config: SFTConfigInput): Promise<Trained> {
  const model = tinyModel();
  const lengths = watch(model);
  let logged: Record<string, number> = {};
  await new SFTTrainer({
    ...{ model, trainDataset: samples, formatCompletion: (sample) => answerOnly(sample).repeat(3) },
    config: { ...common, perDeviceTrainBatchSize: 8, ...config },
    callbacks: [
      {
        onLog: (_, __, metrics) => {
          logged = metrics;
        },
      },
    ],
  }).train();
  return { after: weights(model), lengths, logged };
}

async function dpo(config: DPOConfigInput): Promise<Trained> {
  const model = tinyModel();
  const lengths = watch(model);
  let logged: Record<string, number> = {};
  await new DPOTrainer({
    model,
    trainDataset: samples.map((sample, i) => ({
      ...sample,
      chosen: 'ab',
      rejected: 'nop'.repeat(1 + (i % 3)),
    })),
    config: { ...common, beta: 1, perDeviceTrainBatchSize: 8, ...config },
    callbacks: [
      {
        onLog: (_, __, metrics) => {
          logged = metrics;
        },
      },
    ],
  }).train();
  return { after: weights(model), lengths, logged };
}

function expectAlike(whole: Trained, parts: Trained, limit: number, alsoMean: string): void {
  expect(whole.lengths.length).toBeLessThan(parts.lengths.length);
  expect(Math.max(...whole.lengths)).toBeGreaterThan(limit);
  expect(Math.max(...parts.lengths)).toBeLessThanOrEqual(limit);
  const flat = ({ after }: Pick<Trained, 'after'>) => Object.values(after).flat(9) as number[];
  const [a, b, start] = [flat(whole), flat(parts), flat({ after: weights(tinyModel()) })];
  expect(Math.max(...a.map((weight, i) => Math.abs(weight - start[i])))).toBeGreaterThan(1e-5);
  expect(Math.max(...a.map((weight, i) => Math.abs(weight - b[i])))).toBeLessThan(1e-7);
  for (const name of ['loss', 'grad_norm', alsoMean])
    expect(parts.logged[name]).toBeCloseTo(whole.logged[name], 5);
}

describe('losses and gradients are those of fixed micro-batches', () => {
  test.each<[string, GRPOConfigInput, number]>([
    ['dapo', {}, 60],
    ['gspo with a KL penalty', { lossType: 'gspo', beta: 0.1, numIterations: 2 }, 60],
    ['grpo', { lossType: 'grpo' }, 60],
    ['dr_grpo, groups divided', { lossType: 'dr_grpo' }, 16],
    ['cispo, groups divided, an entropy bonus', { lossType: 'cispo', epsilonHigh: 5, entropyCoef: 0.1 }, 16],
  ])('GRPO, %s', async (_, config, maxTokensPerMicroBatch) => {
    const parts = await grpo({ ...config, maxTokensPerMicroBatch });
    expectAlike(await grpo(config), parts, maxTokensPerMicroBatch, 'entropy');
  });

  test('SFT', async () => {
    expectAlike(await sft({}), await sft({ maxTokensPerMicroBatch: 30 }), 30, 'entropy');
  });

  test('DPO', async () => {
    expectAlike(await dpo({}), await dpo({ maxTokensPerMicroBatch: 30 }), 30, 'logps/rejected');
  });

  test('with gradient checkpointing they are the same to the bit', async () => {
    const config = { maxTokensPerMicroBatch: 16, maxSteps: 2 };
    const kept = await grpo(config);
    const again = await grpo({ ...config, gradientCheckpointing: true });
    expect(again.after).toEqual(kept.after);
  });
});

test('a limit that all fits in gives the bits of one micro-batch', async () => {
  expect((await grpo({ maxTokensPerMicroBatch: 10_000 })).after).toEqual((await grpo({})).after);
  expect((await sft({ maxTokensPerMicroBatch: 10_000 })).after).toEqual((await sft({})).after);
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'bnpo',
    () => grpo({ lossType: 'bnpo', maxTokensPerMicroBatch: 9 }),
    /maxTokensPerMicroBatch: would change the loss/,
  ],
  [
    'a quantile of entropies',
    () => grpo({ topEntropyQuantile: 0.5, maxTokensPerMicroBatch: 9 }),
    /maxTokensPerMicroBatch: would change the loss/,
  ],
  [
    'aot',
    () => dpo({ lossType: 'aot', maxTokensPerMicroBatch: 9 }),
    /maxTokensPerMicroBatch: lossType 'aot' sorts/,
  ],
  ['no token', () => sft({ maxTokensPerMicroBatch: 0 }), /maxTokensPerMicroBatch: /],
])('%s is refused', async (_, train, message) => {
  await expect(train()).rejects.toThrow(message);
});
