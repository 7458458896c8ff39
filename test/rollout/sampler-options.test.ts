/** Prefixes, stop strings, signals and media that was encoded before. */
import type { Prompt } from '../../lib/batch/index.js';
import type { SamplingParams } from '../../lib/data/index.js';
import {
  EncodedMedia,
  prefixStream,
  promptLogprobs,
  type SampledText,
  type SamplerOptions,
  sampleBatch,
} from '../../lib/rollout/index.js';
import { noGrad, scope } from '../../lib/tensor/index.js';
import { packText, range, tinyGraph } from '../models/tiny.js';
import { decodeIds as decode, promptOf, textRoot, unrestricted } from './prompts.js';

const graph = tinyGraph();
const shared = textRoot([1, 2, 3, 4]);
const prompts: Prompt[] = [
  promptOf('a', shared, [10, 11, 12]),
  promptOf('b', shared, [20]),
  promptOf('c', textRoot([7, 8]), [30, 31]),
];

function sample(
  asked: readonly Prompt[],
  params: Partial<SamplingParams> = {},
  options: Partial<SamplerOptions> = {},
) {
  const all = { ...unrestricted, numGenerations: 1, maxNewTokens: 12 };
  return sampleBatch(graph, asked, { ...all, ...params }, { stopIds: [], decode, ...options });
}

describe('a prefix', () => {
  it('is continued as the model itself went on, and as a longer prompt is', async () => {
    const greedy = { temperature: 0 };
    const whole = await sample(prompts, greedy);
    const prefixes = whole.map(([{ ids }], i) => ids.slice(0, 3 + i));
    const continued = await sample(prompts, { ...greedy, maxNewTokens: 7 }, { prefixes });
    const longer = prompts.map((prompt, i) =>
      promptOf(prompt.id, prompt.root, [...prompt.question, ...prefixes[i]]),
    );
    const asked = await sample(longer, { ...greedy, maxNewTokens: 7 });
    for (const [i, [{ ids, logprobs, text }]] of continued.entries()) {
      expect(ids).toEqual(whole[i][0].ids.slice(3 + i, 10 + i));
      expect(ids).toEqual(asked[i][0].ids);
      expect(text).toBe(decode(ids));
      for (const [t, logprob] of logprobs.entries())
        expect(Math.abs(logprob - whole[i][0].logprobs[3 + i + t])).toBeLessThan(2e-5);
    }
  });

  it('has numbers of its own, the same whatever it is sampled with', async () => {
    const prefixes = [
      [40, 41],
      [40, 42],
      [40, 41],
    ];
    const streams = [prefixStream(prefixes[0]), prefixStream(prefixes[1]), prefixStream(prefixes[2], 1)];
    const asked = [prompts[0], prompts[0], prompts[0]];
    const together = await sample(asked, { numGenerations: 2 }, { prefixes, streams });
    const alone = await sample([prompts[0]], {}, { prefixes: [prefixes[1]], streams: [streams[1]] });
    expect(alone[0][0].ids).toEqual(together[1][0].ids);
    const texts = together.flat().map(({ text }) => text);
    expect(new Set(texts).size).toBe(6);
    // Without a prefix the numbers are those of stream 0.
    expect(prefixStream([], 3)).toBe(0);
    const bare = await sample([prompts[0]]);
    const empty = await sample([prompts[0]], {}, { prefixes: [[]], streams: [0] });
    expect(empty).toEqual(bare);
  });
});

describe('a stop string', () => {
  it.each([
    ['over the border of two tokens', (ids: number[]) => `${ids[4]}><${ids[5]}`],
    ['inside a token', (ids: number[]) => `${ids[6]}`.slice(-1)],
    ['that is a whole token', (ids: number[]) => `<${ids[3]}>`],
  ])('%s ends the completion where it first stands', async (_, stopOf) => {
    const [[free]] = await sample([prompts[0]]);
    const stop = stopOf(free.ids);
    const at = free.text.indexOf(stop);
    const tokens =
      free.ids.findIndex((_, t) => decode(free.ids.slice(0, t + 1)).length >= at + stop.length) + 1;
    for (const includeStop of [true, false]) {
      // Beside others that have other texts.
      const [[stopped]] = await sample(prompts, { stop: [stop, 'never'], includeStop });
      expect(stopped).toMatchObject({
        text: free.text.slice(0, at + (includeStop ? stop.length : 0)),
        ids: free.ids.slice(0, tokens),
        finishReason: 'stop',
      });
      expect(stopped.logprobs).toHaveLength(tokens);
    }
  });
});

describe('a signal', () => {
  it('ends all completions as they are', async () => {
    const controller = new AbortController();
    let steps = 0;
    const onStep = () => {
      steps += 1;
      if (steps === 4) controller.abort();
    };
    const free = (await sample(prompts)).flat();
    const ended = (await sample(prompts, {}, { signal: controller.signal, onStep })).flat();
    for (const [i, { ids, logprobs, text, finishReason }] of ended.entries()) {
      expect(finishReason).toBe('abort');
      expect(ids).toEqual(free[i].ids.slice(0, 4));
      expect(logprobs).toHaveLength(4);
      expect(text).toBe(decode(ids));
    }
    const never = await sample(prompts, {}, { signal: AbortSignal.abort() });
    expect(never.flat()).toEqual(
      prompts.map(() => ({ text: '', ids: [], logprobs: [], finishReason: 'abort' })),
    );
  });
});

test('the pieces of text make up the completions', async () => {
  const pieces: SampledText[] = [];
  const sampled = await sample(
    prompts,
    { numGenerations: 2, stop: ['><1'], includeStop: false },
    { onText: (piece) => pieces.push(piece), stopIds: [63] },
  );
  for (const [prompt, completions] of sampled.entries()) {
    for (const [index, completion] of completions.entries()) {
      const own = pieces.filter((piece) => piece.prompt === prompt && piece.index === index);
      expect(own.map(({ text }) => text).join('')).toBe(completion.text);
      expect(own.map((piece) => piece.completion)).toEqual([
        ...own.slice(1).map(() => undefined),
        completion,
      ]);
    }
  }
  expect(pieces.length).toBeGreaterThan(20);
});

test('log-probabilities of a prompt are those of one pass over its tokens, the first without', () => {
  const prompt = prompts[0];
  const prefix = [40, 41, 42];
  const ids = [...shared.textIds, ...prompt.question, ...prefix];
  const expected = scope(() =>
    noGrad(() => {
      const rows: [number, number] = [0, ids.length];
      const packed = packText(ids, range(0, ids.length), [{ q: rows, k: rows, causal: true }]);
      return graph
        .forward(packed)
        .matmul(graph.headWeight.t())
        .div(0.7)
        .logSoftmax(-1)
        .toArray() as number[][];
    }),
  );
  const media = new EncodedMedia(graph);
  const actual = promptLogprobs(graph, prompt, { prefix, temperature: 0.7, media });
  expect(actual[0]).toBeNull();
  expect(actual).toHaveLength(ids.length);
  for (let t = 1; t < ids.length; t += 1)
    expect(Math.abs((actual[t] as number) - expected[t - 1][ids[t]])).toBeLessThan(2e-5);
});

test('media that is no EncodedMedia is refused by name, not taken for an empty one', async () => {
  await expect(sample(prompts, {}, { media: { tokens: new Map() } as never })).rejects.toThrow(
    'sampleBatch: media: expected an EncodedMedia',
  );
});
