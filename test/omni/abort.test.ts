/** Signals that come before a completion's first token: nothing is begun after them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-abort-'));
const pool = new MediaPool({ workers: 1 });
let video: string;
beforeAll(async () => {
  video = await writeClip(pool, folder);
}, 60_000);
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

function newModel(): OmniModel {
  const model = newSmallModel([{ id: 'a', question: 'What moves?' }], { config: tinyConfig });
  model.media = pool;
  return model;
}
const sample = () => ({ id: 'a', video, question: 'What moves?' });
const none = { text: '', ids: [], logprobs: [], finishReason: 'abort' };
const settings = { maxNewTokens: 4, numGenerations: 2 };

test('before the call: no clip is decoded', async () => {
  const decode = jest.spyOn(pool, 'decode');
  const options = { ...settings, promptLogprobs: true, signal: AbortSignal.abort() };
  expect(await newModel().generate(sample(), options)).toEqual({
    completions: [none, none],
    promptTokens: { text: 0, audio: 0, video: 0 },
  });
  const { promptLogprobs: _, ...batch } = options;
  expect(await newModel().generateBatch([sample(), sample()], batch)).toEqual([
    [none, none],
    [none, none],
  ]);
  expect(decode).not.toHaveBeenCalled();
});

test('while a clip is decoded: nobody waits for it', async () => {
  const model = newModel();
  const controller = new AbortController();
  let release = (): void => {};
  const free = new Promise<void>((resolve) => {
    release = resolve;
  });
  const decode = pool.decode.bind(pool);
  jest.spyOn(pool, 'decode').mockImplementationOnce(async (...task) => {
    controller.abort();
    await free;
    return decode(...task);
  });
  const pieces: unknown[] = [];
  for await (const piece of model.stream(sample(), { ...settings, signal: controller.signal }))
    pieces.push(piece);
  expect(pieces).toEqual([
    { index: 0, text: '', completion: none },
    { index: 1, text: '', completion: none },
  ]);
  release();
  // The clip is there for the next call.
  const { completions } = await model.generate(sample(), settings);
  expect(completions[0].ids.length).toBeGreaterThan(0);
});

test.each(['generate', 'generateBatch'] as const)(
  'while the towers work for %s: the decoder is not run',
  async (method) => {
    const model = newModel();
    const controller = new AbortController();
    const { graph } = model;
    const encode = graph.encodeMedia.bind(graph);
    jest.spyOn(graph, 'encodeMedia').mockImplementation((media) => {
      setImmediate(() => controller.abort());
      return encode(media);
    });
    const forward = jest.spyOn(graph, 'forward');
    const options = { ...settings, signal: controller.signal };
    const result =
      method === 'generate'
        ? (await model.generate(sample(), options)).completions
        : (await model.generateBatch([sample()], options))[0];
    expect(result).toEqual([none, none]);
    expect(forward).not.toHaveBeenCalled();
  },
);

test('while the weights are packed: no token is sampled', async () => {
  const model = newModel();
  const controller = new AbortController();
  const { graph } = model;
  const describe = (graph.decoder as NonNullable<typeof graph.decoder>).bind(graph);
  let calls = 0;
  const decoder = jest.spyOn(graph, 'decoder').mockImplementation(() => {
    calls += 1;
    // The engine is made first, its weights come after the towers. That they are packed is heard in a later task.
    if (calls === 2) process.nextTick(() => controller.abort());
    return describe();
  });
  const options = { ...settings, signal: controller.signal };
  expect((await model.generate(sample(), options)).completions).toEqual([none, none]);
  expect(decoder).toHaveBeenCalledTimes(2);
});
