// A synthetic dataset on disk: what is written, and what is done again and what is not. The encoder here stores its input.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples } from '../../lib/data/samples.js';
import { generateSyntheticDataset } from '../../lib/data/synthetic/generate.js';
import type { EncodeInput } from '../../lib/media/index.js';

const settings = { seed: 4, clips: { train: 4, validation: 1, test: 2 } };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'earsight-synthetic-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

class Recorder {
  paths: string[] = [];
  inputs: EncodeInput[] = [];
  failAfter = Number.POSITIVE_INFINITY;

  async encode(path: string, input: EncodeInput): Promise<void> {
    if (this.paths.length === this.failAfter) throw new Error('disk full');
    this.paths.push(path);
    this.inputs.push(input);
    writeFileSync(path, Buffer.concat([Buffer.from(input.frames!), Buffer.from(input.audio!.buffer)]));
  }
}

const contents = () => readdirSync(join(dir, 'clips')).map((name) => readFileSync(join(dir, 'clips', name)));

test('clips, sample files and the record', async () => {
  const pool = new Recorder();
  const progress: [number, number][] = [];
  const paths = await generateSyntheticDataset(dir, {
    ...settings,
    pool,
    onProgress: (...at) => progress.push(at),
  });
  expect(readdirSync(dir).sort()).toEqual([
    'captions-validation.jsonl',
    'captions.jsonl',
    'clips',
    'synthetic.json',
    'test.jsonl',
    'train.jsonl',
    'validation.jsonl',
  ]);
  expect(readdirSync(join(dir, 'clips')).sort()).toEqual([
    'test-00000.mp4',
    'test-00001.mp4',
    ...[0, 1, 2, 3].map((i) => `train-0000${i}.mp4`),
    'validation-00000.mp4',
  ]);
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7].map((done) => [done, 7]));
  for (const input of pool.inputs) {
    expect(input).toMatchObject({ width: 64, height: 64, fps: 8, sampleRate: 16000 });
    expect(input.frames).toHaveLength(32 * 64 * 64 * 3);
    expect(input.audio).toHaveLength(64000);
  }
  expect(readSamples(paths.train)).toHaveLength(24);
});

test('samples: six a clip, two of each kind; a third of the training clips with a rationale, the others with an answer only', async () => {
  const paths = await generateSyntheticDataset(dir, { ...settings, pool: new Recorder() });
  for (const [split, withRationale] of [
    ['train', [0, 3]],
    ['validation', [0]],
    ['test', [0, 1]],
  ] as const) {
    for (const sample of readSamples(paths[split])) {
      const index = Number(/-(\d{5})-(sight|sound|both)-[12]$/.exec(sample.id)![1]);
      expect(sample.video).toBe(join(dir, `clips/${split}-0000${index}.mp4`));
      expect(sample.audio).toBeNull();
      expect(sample.options).toContain(sample.answer);
      expect(sample.id).toContain(`-${sample.kind}-`);
      const has = (withRationale as readonly number[]).includes(index);
      expect([sample.steps !== undefined, sample.spans !== undefined]).toEqual([has, has]);
    }
  }
});

test('the same settings give the same bytes', async () => {
  await generateSyntheticDataset(dir, { ...settings, pool: new Recorder() });
  const other = mkdtempSync(join(tmpdir(), 'earsight-synthetic-'));
  await generateSyntheticDataset(other, { ...settings, pool: new Recorder() });
  for (const name of ['synthetic.json', 'train.jsonl', 'validation.jsonl', 'test.jsonl']) {
    expect(readFileSync(join(other, name))).toEqual(readFileSync(join(dir, name)));
  }
  rmSync(other, { recursive: true });
});

test('a finished dataset is used as it is', async () => {
  const first = await generateSyntheticDataset(dir, { ...settings, pool: new Recorder() });
  const pool = new Recorder();
  expect(await generateSyntheticDataset(dir, { ...settings, pool })).toEqual(first);
  expect(pool.paths).toEqual([]);
});

test('a dataset that broke off is finished without doing its clips again', async () => {
  const broken = new Recorder();
  broken.failAfter = 5;
  await expect(generateSyntheticDataset(dir, { ...settings, pool: broken })).rejects.toThrow('disk full');
  const pool = new Recorder();
  await generateSyntheticDataset(dir, { ...settings, pool });
  expect(pool.paths).toHaveLength(2);
  expect(contents()).toHaveLength(7);
});

test('a damaged clip or sample file is made again', async () => {
  const paths = await generateSyntheticDataset(dir, { ...settings, pool: new Recorder() });
  const record = readFileSync(join(dir, 'synthetic.json'));
  writeFileSync(join(dir, 'clips/test-00001.mp4'), 'damaged');
  writeFileSync(paths.train, '');
  const pool = new Recorder();
  await generateSyntheticDataset(dir, { ...settings, pool });
  expect(pool.paths).toHaveLength(1);
  expect(readFileSync(join(dir, 'synthetic.json'))).toEqual(record);
  expect(readSamples(paths.train)).toHaveLength(24);
});

test.each([-1, 0.5, Number.NaN, 2 ** 53])('the seed %p is refused before anything is made', async (seed) => {
  await expect(generateSyntheticDataset(dir, { ...settings, seed, pool: new Recorder() })).rejects.toThrow(
    /generateSyntheticDataset: seed: expected an integer 0\.\.2\^53-1/,
  );
  expect(readdirSync(dir)).toEqual([]);
});

test('a folder that holds other things, and no dataset, is refused and left as it is', async () => {
  writeFileSync(join(dir, 'train.jsonl'), 'of others');
  await expect(generateSyntheticDataset(dir, { ...settings, pool: new Recorder() })).rejects.toThrow(
    `${dir}: the folder holds "train.jsonl" and no synthetic.json, expected a folder that was made here, an empty one or none. Fix: choose another folder`,
  );
  expect(readdirSync(dir)).toEqual(['train.jsonl']);
  expect(readFileSync(join(dir, 'train.jsonl'), 'utf8')).toBe('of others');
});

test('a folder with a dataset of other settings, or with a damaged record, is refused', async () => {
  await generateSyntheticDataset(dir, { ...settings, pool: new Recorder() });
  await expect(generateSyntheticDataset(dir, { ...settings, seed: 5, pool: new Recorder() })).rejects.toThrow(
    /synthetic\.json: "seed": the folder holds a dataset made with 4, expected 5\. Fix: choose another folder/,
  );
  writeFileSync(join(dir, 'synthetic.json'), '{ "version"');
  await expect(generateSyntheticDataset(dir, { ...settings, pool: new Recorder() })).rejects.toThrow(
    /synthetic\.json: not JSON: .*Fix: remove the folder/,
  );
});
