/**
 * Writes a synthetic dataset to a folder: mp4 files, JSONL files of samples and synthetic.json, the record of what it
 * was made from. The same settings give the same bytes on the same machine and FFmpeg.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { replaceFile } from '../../files/index.js';
import type { MediaPool } from '../../media/index.js';
import { checkSeed, readJsonObject, readUserFile, shown } from '../../runtime/index.js';
import { checkOptions, kinds, required } from '../../tensor/index.js';
import { DataError } from '../errors.js';
import type { Sample } from '../sample.js';
import { captionSamples } from './captions.js';
import { type Clip, checkCounts, SPLITS, type Split, syntheticClips } from './clips.js';
import { Random } from './random.js';
import { drawFrames, FPS, SIZE } from './render.js';
import { drawSound, SAMPLE_RATE } from './sound.js';

export interface SyntheticSettings {
  /** Integer; clips depend on it alone. */
  seed: number;
  /** Clips in each split; six questions a clip. */
  clips: Record<Split, number>;
}
export interface SyntheticOptions extends SyntheticSettings {
  pool: Pick<MediaPool, 'encode'>;
  /** Called after each clip. */
  onProgress?: (done: number, total: number) => void;
}
/** Paths of the sample files; `captions` has dense captions of the training clips with rationales, `captionsValidation` of the held-out. */
export type SyntheticDataset = Record<Split | 'captions' | 'captionsValidation', string>;

/** Raised whenever the same settings give other clips or samples. */
const VERSION = 5;
/** Clips encoded at once: a drawn one is 650 KB, and more than the pool has workers would only wait. */
const IN_WORK = 8;
/** Training clips whose samples carry steps and spans: every third; held-out ones all do. */
const RATIONALE_EVERY = 3;
const FILES = [...SPLITS, 'captions', 'captionsValidation'] as const;

const optionKinds = {
  seed: kinds.passedOn,
  clips: required(kinds.object),
  pool: required(kinds.object),
  onProgress: kinds.function,
};

/**
 * Makes the dataset in `dir`, or finishes one of the same settings that was begun there, or returns a finished one as
 * it is when its files are still what synthetic.json records.
 * @throws DataError when the folder holds a dataset of other settings.
 */
export async function generateSyntheticDataset(
  dir: string,
  options: SyntheticOptions,
): Promise<SyntheticDataset> {
  checkOptions('generateSyntheticDataset', options, optionKinds);
  const { seed, clips: counts, pool, onProgress } = options;
  checkSeed('generateSyntheticDataset: seed', seed);
  checkCounts('generateSyntheticDataset: clips', counts);
  const settings = { version: VERSION, seed, clips: counts };
  const found = readRecord(dir, settings);
  const isKept = (name: string): boolean => {
    if (found === undefined || !existsSync(join(dir, name))) return false;
    // Before a dataset is whole there are no hashes; but the pool leaves files whole or not at all.
    return found.files === undefined || digest(join(dir, name)) === found.files[name];
  };
  const splits = syntheticClips(seed, counts);
  const clips = SPLITS.flatMap((split) => splits[split]);
  const missing = clips.filter((clip) => !isKept(clipFile(clip)));
  const paths = Object.fromEntries(FILES.map((name) => [name, join(dir, fileOf(name))])) as SyntheticDataset;
  if (found?.files && missing.length === 0 && FILES.every((name) => isKept(fileOf(name)))) return paths;

  mkdirSync(join(dir, 'clips'), { recursive: true });
  writeRecord(dir, settings);
  let done = clips.length - missing.length;
  await eachOf(missing, IN_WORK, async (clip) => {
    await encodeClip(join(dir, clipFile(clip)), clip, seed, pool);
    onProgress?.(++done, clips.length);
  });
  for (const split of SPLITS) writeSamples(paths[split], splits[split].flatMap(samplesOf));
  // The stream keeps its first name: another would draw other half seconds.
  const captions = (clips: readonly Clip[]) =>
    clips.flatMap((clip) =>
      captionSamples(clip, clipFile(clip), new Random(seed, clip.split, clip.index, 'moments')),
    );
  writeSamples(paths.captions, captions(splits.train.filter(hasRationale)));
  writeSamples(paths.captionsValidation, captions(splits.validation));
  const names = [...FILES.map(fileOf), ...clips.map(clipFile)];
  const files = Object.fromEntries(names.map((name) => [name, digest(join(dir, name))]));
  writeRecord(dir, { ...settings, files });
  return paths;
}

/** `captionsValidation` -> `captions-validation.jsonl` */
function fileOf(name: (typeof FILES)[number]): string {
  return `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.jsonl`;
}

function writeSamples(path: string, samples: readonly Sample[]): void {
  writeFileSync(path, samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
}

function hasRationale({ split, index }: Clip): boolean {
  return split !== 'train' || index % RATIONALE_EVERY === 0;
}

/** A clip's questions as they stand in the JSONL file. */
function samplesOf(clip: Clip): Sample[] {
  const counts: Partial<Record<string, number>> = {};
  return clip.questions.map(({ kind, question, options, answer, steps, spans }) => {
    const number = (counts[kind] ?? 0) + 1;
    counts[kind] = number;
    const rationale = hasRationale(clip) ? { steps, spans } : {};
    return {
      id: `${clip.id}-${kind}-${number}`,
      video: clipFile(clip),
      audio: null,
      question,
      options,
      answer,
      ...rationale,
      kind,
    };
  });
}

async function encodeClip(
  path: string,
  clip: Clip,
  seed: number,
  pool: SyntheticOptions['pool'],
): Promise<void> {
  const stream = (purpose: string) => new Random(seed, clip.split, clip.index, purpose);
  await pool.encode(path, {
    frames: drawFrames(clip.events, stream('pictures')),
    width: SIZE,
    height: SIZE,
    fps: FPS,
    audio: drawSound(clip.events, stream('sound')),
    sampleRate: SAMPLE_RATE,
  });
}

interface DatasetRecord extends SyntheticSettings {
  version: number;
  /** Relative path -> SHA-256; present once the dataset is whole. */
  files?: Record<string, string>;
}

function readRecord(dir: string, settings: DatasetRecord): DatasetRecord | undefined {
  const path = join(dir, 'synthetic.json');
  if (!existsSync(path)) return undefined;
  const found = readRecordFile(path);
  for (const field of ['version', 'seed', 'clips'] as const) {
    if (isDeepStrictEqual(found[field], settings[field])) continue;
    throw new DataError(
      { file: path, field },
      `the folder holds a dataset made with ${shown(found[field])}, expected ${shown(settings[field])}`,
      'choose another folder or remove this one',
    );
  }
  return found;
}

function readRecordFile(path: string): DatasetRecord {
  const fail = (reason: string) =>
    new DataError({ file: path }, reason, 'remove the folder, or choose another one');
  return readJsonObject(path, { fail }) as unknown as DatasetRecord;
}

/** Replaces synthetic.json in one step, so that a killed run leaves the old or the new one. */
function writeRecord(dir: string, record: DatasetRecord): void {
  replaceFile(join(dir, 'synthetic.json'), `${JSON.stringify(record, null, 1)}\n`);
}

function digest(path: string): string {
  return createHash('sha256')
    .update(readUserFile(path, { maxBytes: 2 ** 31 - 1 }))
    .digest('hex');
}

function clipFile(clip: Clip): string {
  return `clips/${clip.id}.mp4`;
}

/** Runs `work` on every item, `concurrency` at a time; after a failure no further item is begun. */
async function eachOf<T>(items: T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
