/** Clips at the edge of what a model takes, and what is said of those beyond it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import { MediaError, MediaPool } from '../../lib/media/index.js';
import { OmniGraph } from '../../lib/models/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { preparePrompts } from '../../lib/omni/prepare.js';
import { TorchError } from '../../lib/runtime/index.js';
import { SFTTrainer } from '../../lib/train/index.js';
import { wavFile } from '../media/clips.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-clip-error-'));
const pool = new MediaPool({ workers: 1 });
let model: OmniModel;
let video: string;

const asked = { question: 'What moves?', options: ['a bar', 'a ball'], answer: 'a bar', steps: ['A bar.'] };

function sound(name: string, samples: number): string {
  const file = join(folder, name);
  const wave = Float32Array.from({ length: samples }, (_, i) => 0.4 * Math.sin(0.1 * i));
  writeFileSync(file, wavFile([wave], 16_000));
  return file;
}

/** One black frame for every eighth of a second, for half a second. */
async function pictures(name: string, width: number, height: number): Promise<string> {
  const file = join(folder, name);
  await pool.encode(file, { frames: new Uint8Array(4 * width * height * 3), width, height, fps: 8 });
  return file;
}

const errorOf = (sample: Sample): Promise<unknown> =>
  model.generate(sample, { maxNewTokens: 1 }).then(
    () => null,
    (error) => error,
  );

beforeAll(async () => {
  video = await writeClip(pool, folder);
  model = newSmallModel([{ id: 'a', video, ...asked }], { config: tinyConfig });
  model.media = pool;
});

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

describe('sound that is too short', () => {
  // A token is 25 rows, half a second; less is filled up with silence.
  it.each([1, 100, 200, 201, 4800])('%d samples are one audio token', async (samples) => {
    const audio = sound(`${samples}.wav`, samples);
    const { promptTokens } = await model.generate({ id: 'short', audio, ...asked }, { maxNewTokens: 1 });
    expect(promptTokens).toMatchObject({ audio: 1, video: 0 });
    const both = await model.generate({ id: 'both', video, audio, ...asked }, { maxNewTokens: 1 });
    expect(both.promptTokens).toMatchObject({ audio: 1, video: 16 });
  });

  it('is trained on', async () => {
    const trainer = new SFTTrainer({
      model,
      trainDataset: [{ id: 'short', video, audio: sound('train.wav', 100), ...asked }],
      config: { maxSteps: 1, outputDir: null },
    });
    expect((await trainer.train()).state).toMatchObject({ step: 1, skippedSteps: 0 });
  });
});

describe('an error of a clip names the file and the sample', () => {
  it('whose pictures are 250 times as wide as high', async () => {
    const wide = await pictures('wide.mp4', 4000, 16);
    const error = await errorOf({ id: 'wide-1', video: wide, ...asked });
    expect(error).toMatchObject({ name: 'MediaError', code: 'UNSUPPORTED', file: wide, sampleId: 'wide-1' });
    expect((error as Error).message).toBe(
      `${wide}: pictures of 4000 x 16: one side is 250.0 times the other, expected at most 200; crop them; a file of sample 'wide-1' (UNSUPPORTED)`,
    );
  });

  it('that has nothing for the model', async () => {
    const silent = await pictures('silent.mp4', 64, 64);
    const deaf = newSmallModel([{ id: 'a', video, ...asked }], { config: { ...tinyConfig, vision: null } });
    deaf.media = pool;
    const error = await deaf.generate({ id: 'mute', video: silent, ...asked }).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'NO_TRACK', file: silent });
    expect(error.message).toContain("; a file of sample 'mute'");
  });

  it('whose sound holds no samples, also when it is not decoded', async () => {
    const empty: Sample = { id: 'empty', audio: sound('0.wav', 0), ...asked };
    const said = { code: 'NO_TRACK', message: expect.stringContaining("; a file of sample 'empty'") };
    expect(await errorOf(empty)).toMatchObject(said);
    expect(await model.processor.clips.probe(empty, pool).catch((error) => error)).toMatchObject(said);
  });

  it('each of the samples that ask about it', async () => {
    const broken = join(folder, 'broken.mp4');
    writeFileSync(broken, 'no clip');
    const ids = ['first', 'second'];
    const results = await Promise.allSettled(
      ids.map((id) => model.processor.features({ id, video: broken, ...asked }, pool)),
    );
    for (const [i, result] of results.entries()) {
      const { reason } = result as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(MediaError);
      expect(reason.message.match(/a file of sample '\w+'/g)).toEqual([`a file of sample '${ids[i]}'`]);
    }
  });

  it('when the model has no memory for it, in answers, training and evaluation', async () => {
    const short = (): never => {
      throw new TorchError('aten::mm: out of memory', { code: 'OOM' });
    };
    const embed = jest.spyOn(model.graph as OmniGraph, 'encodeMedia').mockImplementation(short);
    const sample: Sample = { id: 'huge', video, ...asked };
    const said = { code: 'OOM', message: `aten::mm: out of memory; with the samples 'huge' (${video})` };
    const config = { maxSteps: 1, outputDir: null };
    const trainer = new SFTTrainer({ model, trainDataset: [sample], config });
    const training = trainer.train().catch((error) => error);
    try {
      expect(await errorOf(sample)).toMatchObject(said);
      expect(await training).toMatchObject(said);
    } finally {
      embed.mockRestore();
    }
    // The step's own pass succeeds; that of the evaluation after it does not.
    const pass = jest.spyOn(model.graph, 'forward').mockImplementation((...args) => {
      pass.mockImplementation(short);
      return OmniGraph.prototype.forward.apply(model.graph, args);
    });
    try {
      const evaluating = new SFTTrainer({
        model,
        trainDataset: [sample],
        evalDataset: [{ ...sample, id: 'held-out' }],
        config: { ...config, evalSteps: 1 },
      });
      const error = await evaluating.train().catch((reason) => reason);
      expect(error.message).toBe(`aten::mm: out of memory; with the samples 'held-out' (${video})`);
    } finally {
      pass.mockRestore();
    }
  });

  it('when its patches cannot be made', async () => {
    const clip = await model.processor.features({ id: 'a', video, ...asked }, pool);
    // As if memory for the patches were short: there are fewer bytes than the shape says.
    const cut = { ...clip, video: { ...clip.video!, frames: clip.video!.frames.subarray(1) } };
    const sample = { id: 'cut', video, ...asked };
    const prepare = () => preparePrompts(model.processor, [sample], [cut], { views: ['av'] }, 'cpu');
    expect(prepare).toThrow(new RegExp(`^${video}: .*; a file of sample 'cut' \\(`));
  });
});
