// The engine beside the modules on clips with sound and pictures, in every view.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample, View } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { samplingStats } from '../../lib/rollout/index.js';
import { torch } from '../../lib/tensor/index.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-views-'));
const pool = new MediaPool({ workers: 1 });
let samples: Sample[];
let otherVideo: string;
const models: Record<'engine' | 'modules', OmniModel> = {} as never;

beforeAll(async () => {
  const video = await writeClip(pool, folder);
  otherVideo = await writeClip(pool, folder, 'other.mp4', 2);
  samples = ['What moves?', 'What is heard, and when does it begin?', 'Which colour?'].map((question, i) => {
    return { id: `clip-${i}`, video, question, answer: 'a red bar' };
  });
  for (const way of ['engine', 'modules'] as const) {
    torch.manualSeed(3);
    models[way] = newSmallModel(samples, { config: tinyConfig });
    models[way].media = pool;
  }
  models.modules.graph.decoder = () => null;
}, 60_000);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

describe.each<View>(['av', 'v', 'a', 'none', 'shuffled'])('in the view %s', (view) => {
  test.each([
    { temperature: 0, numGenerations: 1 },
    { temperature: 1, numGenerations: 4 },
    { temperature: 0.9, topP: 0.9, topK: 12, numGenerations: 2 },
  ])('by %j', async (settings) => {
    const options = { maxNewTokens: 32, seed: 4, view, ...settings };
    const [own, other] = [
      await models.engine.generateBatch(samples, options),
      await models.modules.generateBatch(samples, options),
    ];
    const plain = (completions: typeof own) =>
      completions.flat().map(({ ids, text, finishReason }) => ({ ids, text, finishReason }));
    expect(plain(own)).toEqual(plain(other));
    own.flat().forEach(({ logprobs }, i) => {
      const theirs = other.flat()[i].logprobs;
      expect(Math.max(...logprobs.map((logprob, t) => Math.abs(logprob - theirs[t])))).toBeLessThan(2e-5);
    });
    // As after a pause.
    await models.engine.close();
    const alone = await models.engine.generateBatch([samples[1]], options);
    expect(alone[0]).toEqual(own[1]);
  });
});

test('completions about a clip have the same bits beside those about another clip', async () => {
  const other = { ...samples[0], id: 'other', video: otherVideo };
  const options = { maxNewTokens: 16, seed: 4, numGenerations: 2 };
  const model = models.engine;
  const together = await model.generateBatch([other, samples[0]], options);
  for (const [i, sample] of [other, samples[0]].entries()) {
    await model.close();
    expect(await model.generateBatch([sample], options)).toEqual([together[i]]);
  }
});

test('views of a clip compute once what their prompts begin with', async () => {
  const model = models.engine;
  await model.close();
  const sample = { ...samples[0], system: 'Say what moves and what is heard. '.repeat(8) };
  /** Of its prompt, and of those that were computed. */
  const tokens = async (view: View) => {
    const before = samplingStats(model.graph)?.prefilledTokens ?? 0;
    const { promptTokens } = await model.generate(sample, { maxNewTokens: 1, view });
    const computed = (samplingStats(model.graph)?.prefilledTokens ?? 0) - before;
    return { all: promptTokens.text + promptTokens.audio + promptTokens.video, computed };
  };
  const first = await tokens('av');
  expect(first.computed).toBe(first.all);
  expect((await tokens('av')).computed).toBe(0);
  // In whole pages of 32 tokens.
  const system = 32 * Math.floor(model.tokenizer.encode(sample.system).length / 32);
  expect(system).toBeGreaterThan(32);
  for (const view of ['v', 'a'] as const) {
    const { all, computed } = await tokens(view);
    expect(computed).toBeLessThanOrEqual(all - system);
  }
});
