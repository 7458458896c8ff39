/**
 * Writes a world of clips to a folder: mp4 files, JSONL files of samples and world.json, the record of what it
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
import { type Clip, checkCounts, SPLITS, type Split, worldClips } from './clips.js';
import { momentsOf } from './moments.js';
import { Random } from './random.js';
import { drawFrames, FPS, SIZE } from './render.js';
import { drawSound, SAMPLE_RATE } from './sound.js';

export interface WorldSettings {
  /** Integer; clips depend on it alone. */
  seed: number;
  /** Clips in each split; six questions a clip. */
  clips: Record<Split, number>;
}
export interface WorldOptions extends WorldSettings {
  pool: Pick<MediaPool, 'encode'>;
  /** Called after each clip. */
  onProgress?: (done: number, total: number) => void;
}
/** Paths of the sample files; `moments` has those of the labelled training clips, `momentsValidation` the held-out. */
export type World = Record<Split | 'moments' | 'momentsValidation', string>;

/** Raised whenever the same settings give other clips or samples. */
const VERSION = 5;
/** Clips in work at once: a drawn one is 650 KB, and more than the pool has workers would only wait. */
const IN_WORK = 8;
/** Training clips whose samples carry steps and spans: every third; held-out ones all do. */
const LABELLED_EVERY = 3;
const FILES = [...SPLITS, 'moments', 'momentsValidation'] as const;

const optionKinds = {
  seed: kinds.passedOn,
  clips: required(kinds.object),
  pool: required(kinds.object),
  onProgress: kinds.function,
};

/**
 * Makes the world in `dir`, or finishes one of the same settings that was begun there, or returns a finished one as
 * it is when its files are still what world.json records.
 * @throws DataError when the folder holds a world of other settings.
 */
export async function generateWorld(dir: string, options: WorldOptions): Promise<World> {
  checkOptions('generateWorld', options, optionKinds);
  const { seed, clips: counts, pool, onProgress } = options;
  checkSeed('generateWorld: seed', seed);
  checkCounts('generateWorld: clips', counts);
  const settings = { version: VERSION, seed, clips: counts };
  const found = readRecord(dir, settings);
  const isKept = (name: string): boolean => {
    if (found === undefined || !existsSync(join(dir, name))) return false;
    // Before a world is whole there are no hashes; but the pool leaves files whole or not at all.
    return found.files === undefined || digest(join(dir, name)) === found.files[name];
  };
  const splits = worldClips(seed, counts);
  const clips = SPLITS.flatMap((split) => splits[split]);
  const missing = clips.filter((clip) => !isKept(clipFile(clip)));
  const world = Object.fromEntries(FILES.map((name) => [name, join(dir, fileOf(name))])) as World;
  if (found?.files && missing.length === 0 && FILES.every((name) => isKept(fileOf(name)))) return world;

  mkdirSync(join(dir, 'clips'), { recursive: true });
  writeRecord(dir, settings);
  let done = clips.length - missing.length;
  await eachOf(missing, IN_WORK, async (clip) => {
    await encodeClip(join(dir, clipFile(clip)), clip, seed, pool);
    onProgress?.(++done, clips.length);
  });
  for (const split of SPLITS) writeSamples(world[split], splits[split].flatMap(samplesOf));
  const moments = (clips: readonly Clip[]) =>
    clips.flatMap((clip) =>
      momentsOf(clip, clipFile(clip), new Random(seed, clip.split, clip.index, 'moments')),
    );
  writeSamples(world.moments, moments(splits.train.filter(isLabelled)));
  writeSamples(world.momentsValidation, moments(splits.validation));
  const names = [...FILES.map(fileOf), ...clips.map(clipFile)];
  const files = Object.fromEntries(names.map((name) => [name, digest(join(dir, name))]));
  writeRecord(dir, { ...settings, files });
  return world;
}

/** `momentsValidation` -> `moments-validation.jsonl` */
function fileOf(name: (typeof FILES)[number]): string {
  return `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.jsonl`;
}

function writeSamples(path: string, samples: readonly Sample[]): void {
  writeFileSync(path, samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
}

function isLabelled({ split, index }: Clip): boolean {
  return split !== 'train' || index % LABELLED_EVERY === 0;
}

/** A clip's questions as they stand in the JSONL file. */
function samplesOf(clip: Clip): Sample[] {
  const labelled = isLabelled(clip);
  const counts: Partial<Record<string, number>> = {};
  return clip.questions.map(({ kind, question, options, answer, steps, spans }) => {
    const number = (counts[kind] ?? 0) + 1;
    counts[kind] = number;
    const gold = labelled ? { steps, spans } : {};
    return {
      id: `${clip.id}-${kind}-${number}`,
      video: clipFile(clip),
      audio: null,
      question,
      options,
      answer,
      ...gold,
      kind,
    };
  });
}

async function encodeClip(path: string, clip: Clip, seed: number, pool: WorldOptions['pool']): Promise<void> {
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

interface WorldRecord extends WorldSettings {
  version: number;
  /** Relative path -> SHA-256; present once the world is whole. */
  files?: Record<string, string>;
}

function readRecord(dir: string, settings: WorldRecord): WorldRecord | undefined {
  const path = join(dir, 'world.json');
  if (!existsSync(path)) return undefined;
  const found = readWorldFile(path);
  for (const field of ['version', 'seed', 'clips'] as const) {
    if (isDeepStrictEqual(found[field], settings[field])) continue;
    throw new DataError(
      { file: path, field },
      `the folder holds a world made with ${shown(found[field])}, expected ${shown(settings[field])}`,
      'choose another folder or remove this one',
    );
  }
  return found;
}

function readWorldFile(path: string): WorldRecord {
  const fail = (reason: string) =>
    new DataError({ file: path }, reason, 'remove the folder, or choose another one');
  return readJsonObject(path, { fail }) as unknown as WorldRecord;
}

/** Replaces world.json in one step, so that a killed run leaves the old or the new one. */
function writeRecord(dir: string, record: WorldRecord): void {
  replaceFile(join(dir, 'world.json'), `${JSON.stringify(record, null, 1)}\n`);
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
