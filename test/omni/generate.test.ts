/** What `generate`, `stream` and `prepare` do beyond one answer to one question. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { EncodedMedia } from '../../lib/rollout/index.js';
import { scope, type Tensor, torch } from '../../lib/tensor/index.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-generate-'));
const pool = new MediaPool({ workers: 1 });
let sample: Sample;
let model: OmniModel;

beforeAll(async () => {
  sample = {
    id: 'clip-1',
    video: await writeClip(pool, folder),
    question: 'What moves?',
    options: ['a red bar', 'a blue ball'],
    answer: 'a red bar',
    steps: ['A red bar moves.'],
  };
  torch.manualSeed(3);
  model = newSmallModel([sample], { config: tinyConfig });
  model.media = pool;
}, 60_000);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

const settings = { maxNewTokens: 10, numGenerations: 2, seed: 1 };

describe('a prefix', () => {
  it('is text, parts of text or ids', async () => {
    const parts = ['a red ', 'bar'];
    const of = async (prefix: string | string[] | number[]) =>
      (await model.generate(sample, { ...settings, prefix })).completions;
    const encoded = parts.map((part) => model.tokenizer.encode(part));
    expect(await of(parts)).toEqual(await of(encoded.flat()));
    expect(await of('a red bar')).toEqual(await of(model.tokenizer.encode('a red bar')));
    expect(await of([])).toEqual((await model.generate(sample, settings)).completions);
    await expect(of([model.graph.vocabSize])).rejects.toThrow(/prefix: expected ids below/);
  });

  it('gives other completions at each try, and the same whatever it is sampled with', async () => {
    await scope(async () => {
      const { av: prompts } = await model.prepare([sample, sample, sample], { views: ['av'] });
      const prefixes = ['A red', 'A red', 'A blue'];
      const tried = await model.samplePrompts(prompts, settings, { prefixes, tries: [0, 1, 0] });
      expect(tried[0][0].ids).not.toEqual(tried[1][0].ids);
      const [alone] = await model.samplePrompts([prompts[1]], settings, { prefixes: ['A red'], tries: [1] });
      expect(alone.map(({ ids }) => ids)).toEqual(tried[1].map(({ ids }) => ids));
    });
  });
});

describe('a stream', () => {
  it('gives the text of generate piece by piece, and the completions with the last pieces', async () => {
    const { completions } = await model.generate(sample, settings);
    const texts = ['', ''];
    const ends: unknown[] = [];
    let pieces = 0;
    for await (const { text, index, completion } of model.stream(sample, settings)) {
      texts[index] += text;
      if (completion !== undefined) ends[index] = completion;
      pieces += 1;
    }
    expect(texts).toEqual(completions.map(({ text }) => text));
    expect(ends).toEqual(completions);
    expect(pieces).toBeGreaterThan(4);
  });

  it('ends when its loop is left, when it is aborted, and with its error', async () => {
    const long = { maxNewTokens: 400, numGenerations: 1 };
    for await (const { text } of model.stream(sample, long)) if (text !== '') break;
    const controller = new AbortController();
    let last: string | undefined;
    for await (const { completion } of model.stream(sample, { ...long, signal: controller.signal })) {
      controller.abort();
      last = completion?.finishReason;
    }
    expect(last).toBe('abort');
    const broken = model.stream({ ...sample, video: '/nowhere.mp4' });
    await expect(broken.next()).rejects.toThrow(/nowhere\.mp4/);
  });
});

it('stops at a text and gives the part of an aborted completion', async () => {
  const many = { ...settings, maxNewTokens: 30, numGenerations: 8 };
  const { completions } = await model.generate(sample, many);
  const i = completions.findIndex(({ text }) => text.length > 8);
  const { text } = completions[i];
  const stop = text.slice(3, 5);
  const stopped = await model.generate(sample, { ...many, stop: [stop] });
  expect(stopped.completions[i].text).toBe(text.slice(0, text.indexOf(stop) + stop.length));
  expect(stopped.completions[i].finishReason).toBe('stop');
  const aborted = await model.generate(sample, { ...settings, signal: AbortSignal.abort() });
  expect(aborted.completions.map(({ finishReason }) => finishReason)).toEqual(['abort', 'abort']);
});

it('scores its prompt when asked, and a prefix as it scored it as a completion', async () => {
  const { completions } = await model.generate(sample, settings);
  const [{ ids, logprobs }] = completions;
  const asked = { maxNewTokens: 1, prefix: ids, promptLogprobs: true };
  const { promptLogprobs, promptTokens } = await model.generate(sample, asked);
  const { text, audio, video } = promptTokens;
  const scores = promptLogprobs ?? [];
  expect(scores).toHaveLength(text + audio + video + ids.length);
  // Tokens of media, and the first of all.
  expect(scores.filter((score) => score === null)).toHaveLength(audio + video + 1);
  for (const [t, logprob] of logprobs.entries())
    expect(Math.abs((scores.at(t - ids.length) as number) - logprob)).toBeLessThan(2e-5);
  expect((await model.generate(sample, settings)).promptLogprobs).toBeUndefined();
});

describe('prompts of several views', () => {
  it('have the tracks of a clip in common, which pass the towers once', async () => {
    await scope(async () => {
      const asked = [
        sample,
        { ...sample, id: 'other', question: 'What sounds?' },
        { ...sample, id: 'spoken', system: 'Look.' },
      ];
      const views = await model.prepare(asked, { views: ['av', 'v', 'a', 'none'] });
      const roots = [...views.av, ...views.v, ...views.a, ...views.none].map(({ root }) => root);
      expect(new Set(roots.flatMap(({ vision }) => vision ?? [])).size).toBe(1);
      expect(new Set(roots.flatMap(({ audio }) => audio ?? [])).size).toBe(1);
      const media = new EncodedMedia(model.graph);
      for (const view of ['av', 'v', 'a', 'none'] as const) {
        const together = await model.samplePrompts(views[view], settings, { media });
        const apart = await model.generateBatch(asked, { ...settings, view });
        expect(together).toEqual(apart);
      }
      expect(media.counts).toEqual({ vision: 1, audio: 1 });
    });
  });

  it('shuffled: the frames in another order by the seed, the sound as it is', async () => {
    await scope(async () => {
      const prepare = async (seed: number, occurrence = 0) =>
        await model.prepare([sample], { views: ['av', 'shuffled'], seed, occurrences: [occurrence] });
      const { av, shuffled } = await prepare(1);
      const [{ root: ordered }] = av;
      const [{ root, tokens }] = shuffled;
      expect(tokens).toEqual(av[0].tokens);
      expect(root.spans).toEqual(ordered.spans);
      expect(root.audio).toBe(ordered.audio);
      const rows = ({ patches }: { patches: Tensor }) => patches.toArray() as number[][];
      // Every patch is there once, with the frame that it is of.
      const sorted = (patches: number[][]) => patches.map((row) => row.join()).sort();
      expect(sorted(rows(root.vision!))).toEqual(sorted(rows(ordered.vision!)));
      const orders = [shuffled, (await prepare(2)).shuffled, (await prepare(1, 1)).shuffled].map(
        ([{ root: it }]) => rows(it.vision!).join(),
      );
      expect(new Set([...orders, rows(ordered.vision!).join()]).size).toBe(4);
      expect(rows((await prepare(1)).shuffled[0].root.vision!).join()).toBe(orders[0]);
    });
    const { completions } = await model.generate(sample, { ...settings, view: 'shuffled' });
    expect(completions[0].logprobs).not.toEqual(
      (await model.generate(sample, settings)).completions[0].logprobs,
    );
  });
});
