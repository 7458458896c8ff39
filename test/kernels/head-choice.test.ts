/**
 * Choices by the packed head against the distribution worked out in float64 here, and against the module path's sampleTokens
 * on logits. A draw is placed in the middle of a token's part of the distribution, so that rounding cannot move it.
 */
import { type HeadChoiceOptions, headChoice, packLinear } from '../../lib/kernels/index.js';
import { functional as F } from '../../lib/nn/index.js';
import { type SamplingOptions, sampleTokens } from '../../lib/rollout/sample-tokens.js';
import { noGrad, type Tensor, torch } from '../../lib/tensor/index.js';
import { randomSource } from './reference.js';
import { numbers } from './tensors.js';

const descending = (a: number, b: number) => b - a;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const parts = logits.map((z) => Math.exp(z - most));
  const total = sum(parts);
  return parts.map((part) => part / total);
}

const penalised = (logits: readonly number[], penalty: number, seen: ReadonlySet<number>) =>
  logits.map((z, id) => (!seen.has(id) ? z : z > 0 ? z / penalty : z * penalty));

/** p with 0 where topK, then topP, then minP leave a token out. */
function restricted(p: readonly number[], { topK, topP, minP }: SamplingOptions): number[] {
  const sorted = p.slice().sort(descending);
  let least = topK > 0 && topK < p.length ? sorted[topK - 1] : 0;
  const kept = sorted.filter((it) => it >= least);
  if (topP < 1) {
    let [count, before] = [0, 0];
    while (count === 0 || before < topP * sum(kept)) before += kept[count++];
    least = kept[count - 1];
  }
  least = Math.max(least, sorted[0] * minP);
  return p.map((it) => (it >= least ? it : 0));
}

/** A row to choose a token of, and the token. */
interface Row {
  options: SamplingOptions;
  seen: Set<number>;
  uniform: number;
  token: number;
}

const vocabulary = 700;
const width = 24;
const rows = 30;

/** Settings whose limits lie between tokens, and a draw in the middle of one of those that they leave. */
function randomRow(logits: readonly number[], seed: number): Row {
  const random = randomSource(seed);
  const options: SamplingOptions = {
    temperature: random.pick([1, 0.7, 2]),
    topK: random.pick([0, 0, 1, 5, 40]),
    topP: 1,
    minP: 0,
    repetitionPenalty: random.pick([1, 1, 1.3, 0.8]),
  };
  const seen = new Set(Array.from({ length: 60 }, () => random.below(vocabulary)));
  const scaled = logits.map((z) => z / options.temperature);
  const p = softmax(penalised(scaled, options.repetitionPenalty, seen));
  const kept = restricted(p, options)
    .filter((it) => it > 0)
    .sort(descending);
  if (random.uniform() < 0.5) {
    const count = 1 + random.below(Math.min(kept.length, 50));
    options.topP = Math.min(1, (sum(kept.slice(0, count)) - kept[count - 1] / 2) / sum(kept));
  }
  if (random.uniform() < 0.5) {
    const count = 1 + random.below(Math.min(kept.length, 50));
    options.minP = Math.min(1, (kept[count - 1] + (kept[count] ?? 0)) / 2 / kept[0]);
  }
  const left = restricted(p, options);
  const likely = left.flatMap((it, id) => (it > 1e-4 * sum(left) ? [id] : []));
  const token = random.pick(likely);
  const uniform = (sum(left.slice(0, token)) + left[token] / 2) / sum(left);
  return { options, seen, uniform, token };
}

torch.manualSeed(6);
const hidden = torch.randn([rows, width]);
const weight = torch.randn([vocabulary, width]).mul(0.6);

const byRow = (all: readonly Row[]): HeadChoiceOptions => {
  const column = (name: keyof SamplingOptions) => all.map(({ options }) => options[name]);
  const seen = all.map((row) => Uint8Array.from({ length: vocabulary }, (_, id) => Number(row.seen.has(id))));
  return {
    temperature: column('temperature'),
    topK: column('topK'),
    topP: column('topP'),
    minP: column('minP'),
    repetitionPenalty: column('repetitionPenalty'),
    seen: torch.stack(seen.map((it) => torch.tensor(it))).to('bool'),
  };
};
const uniformsOf = (all: readonly Row[]) => all.map(({ uniform }) => uniform);

describe.each(['float32', 'bfloat16'] as const)('a head in %s', (dtype) => {
  const head = packLinear(weight, { dtype });
  const stored = weight.to(dtype);
  const exact = F.linear(hidden.to('float64'), stored.to('float64'));
  const logits = exact.toArray() as number[][];
  const all = logits.map((row, i) => randomRow(row, i));
  const chosen = headChoice(hidden, head, uniformsOf(all), byRow(all));

  test('tokens are those of the distribution in float64, log-probabilities and entropies too', () => {
    expect(numbers(chosen.token)).toEqual(all.map(({ token }) => token));
    for (const [i, { options, token }] of all.entries()) {
      const p = softmax(logits[i].map((z) => z / options.temperature));
      expect(numbers(chosen.logprob)[i]).toBeCloseTo(Math.log(p[token]), 4);
      expect(numbers(chosen.entropy)[i]).toBeCloseTo(-sum(p.map((it) => it * Math.log(it))), 4);
    }
  });

  test("tokens and log-probabilities are the module path's", () => {
    for (const [i, { options, seen, uniform }] of all.entries()) {
      const row = F.linear(hidden.narrow(0, i, 1), stored.to('float32'));
      const { ids, logprobs } = sampleTokens(row, [uniform], options, { seen: () => seen });
      expect([numbers(chosen.token)[i]]).toEqual(ids);
      expect(numbers(chosen.logprob)[i]).toBeCloseTo(logprobs[0], 4);
    }
  });

  test('one value serves all rows', () => {
    const options = { temperature: 0.7, topK: 20, topP: 0.9, minP: 0.01 };
    const uniforms = uniformsOf(all);
    const found = headChoice(hidden, head, uniforms, options);
    const spelledOut = Object.fromEntries(
      Object.entries(options).map(([name, value]) => [name, Array(rows).fill(value)]),
    );
    const expected = headChoice(hidden, head, uniforms, spelledOut);
    expect(numbers(found.token)).toEqual(numbers(expected.token));
    expect(new Set(numbers(found.token)).size).toBeGreaterThan(5);
  });

  test('temperature 0 takes the likeliest token, the first of equals', () => {
    const { token, logprob } = headChoice(hidden, head, uniformsOf(all), { temperature: 0 });
    const likeliest = logits.map((row) => row.indexOf(Math.max(...row)));
    expect(numbers(token)).toEqual(likeliest);
    expect(numbers(logprob)).toEqual(
      logits.map((row, i) => expect.closeTo(Math.log(softmax(row)[likeliest[i]]), 4)),
    );
    const equal = headChoice(torch.ones([1, width]), packLinear(torch.ones([40, width])), [0.9], {
      temperature: 0,
    });
    expect(numbers(equal.token)).toEqual([0]);
    expect(numbers(equal.entropy)).toEqual([expect.closeTo(Math.log(40), 5)]);
  });

  test('a row gives the same bits alone, among others and with two threads', () => {
    const threads = torch.getNumThreads();
    const bits = ({ token, logprob, entropy }: typeof chosen): number[][] =>
      [token, logprob, entropy].map(numbers);
    for (const count of [1, 2]) {
      torch.setNumThreads(count);
      expect(bits(headChoice(hidden, head, uniformsOf(all), byRow(all)))).toEqual(bits(chosen));
    }
    torch.setNumThreads(threads);
    for (const [first, end] of [
      [0, 1],
      [3, 5],
      [9, 17],
    ]) {
      const some = all.slice(first, end);
      const part = headChoice(hidden.narrow(0, first, end - first), head, uniformsOf(some), byRow(some));
      expect(bits(part)).toEqual(bits(chosen).map((values) => values.slice(first, end)));
    }
  });
});

test('arguments that do not fit are refused by name', () => {
  const [one, head] = [torch.ones([1, 2]), packLinear(torch.ones([40, 2]))];
  const refused = (uniforms: number[], options: HeadChoiceOptions, x: Tensor = one) =>
    expect(() => headChoice(x, head, uniforms, options));
  refused([1], {}).toThrow('head_choice: uniforms: expected numbers from 0 to below 1, got 1 at 0');
  refused([0, 0], {}).toThrow("head_choice: uniforms: expected one for each of hidden's 1 rows, got [2]");
  refused([0], { temperature: -1 }).toThrow('head_choice: temperature: expected numbers >= 0, got -1 at 0');
  refused([0], { topK: 1.5 }).toThrow('head_choice: top_k: expected counts, 0 for all');
  refused([0], { topP: 0 }).toThrow('head_choice: top_p: expected numbers > 0 and <= 1');
  refused([0], { minP: 2 }).toThrow('head_choice: min_p: expected numbers from 0 to 1');
  refused([0], { repetitionPenalty: 2 }).toThrow('head_choice: seen: missing');
  refused([0], { seen: torch.ones([1, 39]).to('bool') }).toThrow('head_choice: seen: expected shape [1, 40]');
  refused([0], { seen: torch.ones([1, 40]) }).toThrow('head_choice: seen: expected dtype bool');
  refused([0], {}, torch.ones([1, 3])).toThrow('head_choice: hidden: expected shape [..., 2]');
  refused([0], { topk: 1 } as never).toThrow("headChoice: no argument named 'topk'");
  for (const value of [Number.NaN, Infinity])
    refused([0], {}, torch.tensor([[value, 0]])).toThrow(
      'head_choice: hidden: row 0 has NaN or infinity among its logits (divided by the temperature), expected numbers',
    );
  const leaf = torch.ones([1, 2]);
  leaf.requiresGrad = true;
  refused([0], {}, leaf).toThrow('head_choice: hidden: requires a gradient');
  expect(noGrad(() => headChoice(leaf, head, [0])).token.shape).toEqual([1]);
});
