import {
  SamplingError,
  type SamplingOptions,
  sampleTokens,
  streamKey,
  uniformAt,
} from '../../lib/rollout/index.js';
import { scope, torch } from '../../lib/tensor/index.js';

const probabilities = [0.5, 0.25, 0.15, 0.07, 0.03];
const all: SamplingOptions = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

/** Tokens and log-probabilities of one draw for each number. */
function draw(uniforms: readonly number[], options: Partial<SamplingOptions> = {}) {
  return scope(() => {
    const row = torch.tensor(Float32Array.from(probabilities, Math.log));
    const logits = row.unsqueeze(0).expand([uniforms.length, -1]);
    return sampleTokens(logits, uniforms, { ...all, ...options });
  });
}

/** Chi-square statistic of draws against probabilities worked out by hand. */
function chiSquare(expected: readonly number[], options: Partial<SamplingOptions>): number {
  const count = 20_000;
  const key = streamKey(7, 'chi-square', 0);
  const { ids } = draw(
    Array.from({ length: count }, (_, step) => uniformAt(key, step)),
    options,
  );
  return expected.reduce((sum, probability, token) => {
    const seen = ids.filter((id) => id === token).length;
    if (probability === 0) return seen === 0 ? sum : Number.POSITIVE_INFINITY;
    return sum + (seen - count * probability) ** 2 / (count * probability);
  }, 0);
}

describe('choosing tokens', () => {
  // 18.5 is the 99.9 % point of chi-square with 4 degrees of freedom, 13.8 with 2, 10.8 with 1.
  it('draws from the softmax', () => {
    expect(chiSquare(probabilities, {})).toBeLessThan(18.5);
  });

  it('divides the logits by the temperature', () => {
    const roots = probabilities.map(Math.sqrt);
    const sum = roots.reduce((a, b) => a + b);
    expect(
      chiSquare(
        roots.map((root) => root / sum),
        { temperature: 2 },
      ),
    ).toBeLessThan(18.5);
  });

  it('keeps the k likeliest', () => {
    expect(chiSquare([2 / 3, 1 / 3, 0, 0, 0], { topK: 2 })).toBeLessThan(10.8);
  });

  it('keeps the smallest set that reaches topP', () => {
    expect(chiSquare([0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0, 0], { topP: 0.8 })).toBeLessThan(13.8);
  });

  it('measures topP on what topK left', () => {
    // Of 2/3 and 1/3 the first alone reaches 0.6.
    expect(chiSquare([1, 0, 0, 0, 0], { topK: 2, topP: 0.6 })).toBe(0);
  });

  it('leaves out what is less likely than a fraction of the likeliest', () => {
    // A fifth of 0.5 is 0.1.
    expect(chiSquare([0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0, 0], { minP: 0.2 })).toBeLessThan(13.8);
    expect(chiSquare([2 / 3, 1 / 3, 0, 0, 0], { minP: 0.4, topK: 3 })).toBeLessThan(10.8);
  });

  it('makes tokens that occurred less likely, whatever the sign of their logits', () => {
    const penalised = (logits: number[], temperature: number, u: number) =>
      scope(() =>
        sampleTokens(
          torch.tensor([logits, logits]),
          [u, u],
          { ...all, temperature, repetitionPenalty: 2 },
          { seen: (row) => (row === 0 ? [0, 1] : []) },
        ),
      );
    // 2 ln 3 becomes ln 3, -ln 2 becomes -2 ln 2: of 3, 1/4 and 1, and without a penalty of 9, 1/2 and 1.
    const logits = [2 * Math.log(3), -Math.log(2), 0];
    const borders = [3 / 4.25, 3.25 / 4.25, 9 / 10.5, 9.5 / 10.5];
    expect(borders.map((border) => penalised(logits, 1, border - 1e-6).ids)).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [2, 1],
    ]);
    expect(borders.map((border) => penalised(logits, 1, border + 1e-6).ids)).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [2, 2],
    ]);
    // What is reported is the distribution without the penalty.
    expect(penalised(logits, 1, 0.1).logprobs[0]).toBeCloseTo(Math.log(9 / 10.5), 5);
    expect(penalised([1, 0.9, 0.6], 0, 0).ids).toEqual([2, 0]);
  });

  it('inverts the cumulative distribution', () => {
    const { ids } = draw([0, 0.49, 0.51, 0.74, 0.76, 0.91, 0.98, 1 - 2 ** -53]);
    expect(ids).toEqual([0, 0, 1, 1, 2, 3, 4, 4]);
  });

  it('takes the likeliest token at temperature 0, whatever the draw', () => {
    expect(draw([0, 0.6, 0.999], { temperature: 0 }).ids).toEqual([0, 0, 0]);
  });

  it('reports log-probabilities of the whole distribution, before topK and topP', () => {
    const { logprobs } = draw([0.1, 0.9], { topK: 2 });
    expect(logprobs[0]).toBeCloseTo(Math.log(0.5), 5);
    expect(logprobs[1]).toBeCloseTo(Math.log(0.25), 5);
  });
});

describe('logits that are no distribution', () => {
  const choose = (rows: number[][], options: Partial<SamplingOptions>) =>
    scope(() =>
      sampleTokens(
        torch.tensor(rows),
        rows.map(() => 0.5),
        { ...all, ...options },
      ),
    );
  const cases: [name: string, row: number[], message: RegExp][] = [
    ['NaN', [0, NaN, 1], /^row 1: 1 NaN and 0 \+Infinity among 3 logits .*Fix: /],
    ['+Infinity', [0, 1, Infinity], /^row 1: 0 NaN and 1 \+Infinity among 3 logits .*Fix: /],
    ['nothing but -Infinity', [-Infinity, -Infinity, -Infinity], /^row 1: 3 logits of -Infinity .*Fix: /],
  ];
  const ways: Partial<SamplingOptions>[] = [{}, { temperature: 0 }, { topK: 2 }, { topP: 0.5 }];

  it.each(cases)('%s is an error, however tokens are chosen', (_, row, message) => {
    for (const options of ways) {
      expect(() => choose([[0, 1, 2], row], options)).toThrow(SamplingError);
      expect(() => choose([[0, 1, 2], row], options)).toThrow(message);
    }
  });

  it('overflow at a temperature near 0 is an error too', () => {
    expect(() => choose([[0, 1, 200]], { temperature: 1e-38 })).toThrow(/1 \+Infinity .*temperature/);
  });

  it('tokens at -Infinity are never chosen', () => {
    for (const options of ways) {
      const { ids, logprobs } = choose([[-Infinity, 3, -Infinity]], options);
      expect([ids, logprobs]).toEqual([[1], [0]]);
    }
  });
});

describe('random numbers by address', () => {
  it('are uniform along a stream and across streams', () => {
    const bins = (numbers: number[]) => {
      const counts = Array<number>(10).fill(0);
      for (const number of numbers) counts[Math.floor(10 * number)] += 1;
      return counts.reduce((sum, seen) => sum + (seen - numbers.length / 10) ** 2 / (numbers.length / 10), 0);
    };
    const along = Array.from({ length: 10_000 }, (_, step) => uniformAt(streamKey(0, 'a', 0), step));
    const across = Array.from({ length: 10_000 }, (_, i) => uniformAt(streamKey(0, `sample-${i}`, i % 8), 0));
    // The 99.9 % point of chi-square with 9 degrees of freedom.
    expect(bins(along)).toBeLessThan(27.9);
    expect(bins(across)).toBeLessThan(27.9);
  });

  it('differ by seed, sample, completion, step and occurrence', () => {
    const numbers = [
      uniformAt(streamKey(0, 'a', 0), 0),
      uniformAt(streamKey(1, 'a', 0), 0),
      uniformAt(streamKey(0, 'b', 0), 0),
      uniformAt(streamKey(0, 'a', 1), 0),
      uniformAt(streamKey(0, 'a', 0), 1),
      uniformAt(streamKey(0, 'a', 0, 1), 0),
    ];
    expect(new Set(numbers).size).toBe(6);
  });

  it('differ for all completions of all occurrences of a sample', () => {
    const keys = Array.from({ length: 64 * 512 }, (_, n) => streamKey(3, 'a', n % 64, Math.floor(n / 64)));
    expect(new Set(keys).size).toBe(keys.length);
    const pairs = keys.map((key) => uniformAt(key, 0));
    const [even, odd] = [0, 1].map((rest) => pairs.filter((_, n) => Math.floor(n / 64) % 2 === rest));
    const products = even.map((value, n) => (value - 0.5) * (odd[n] - 0.5));
    // Of independent uniforms the mean product has a standard deviation of 1 / (12 sqrt(n)).
    const mean = products.reduce((sum, value) => sum + value, 0) / products.length;
    expect(Math.abs(mean)).toBeLessThan(4 / (12 * Math.sqrt(products.length)));
  });

  it('use all 53 bits of a seed', () => {
    const seeds = [5, 2 ** 32 + 5, 2 ** 33 + 5, 2 ** 52 + 5];
    expect(new Set(seeds.map((seed) => streamKey(seed, 'a', 0))).size).toBe(4);
    // Seeds below 2^32 give the numbers of earlier versions.
    expect([streamKey(42, 'clip', 3), streamKey(0, 'clip', 0)]).toEqual([2413691748, 3658298194]);
  });
});
