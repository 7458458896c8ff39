/**
 * Writes a synthetic dataset to a folder: mp4 files, JSONL files of samples and synthetic.json, the record of what it
 * was made from. The same settings give the same bytes on the same machine and FFmpeg.
 */
import { join } from 'node:path';
import type { MediaPool } from '../../media/index.js';
import { checkSeed } from '../../runtime/index.js';
import { checkOptions, kinds, required } from '../../tensor/index.js';
import type { Sample } from '../sample.js';
import { captionSamples } from './captions.js';
import { type Clip, checkCounts, SPLITS, type Split, syntheticClips } from './clips.js';
import { fillFolder } from './folder.js';
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
  const splits = syntheticClips(seed, counts);
  // The stream keeps its first name: another would draw other half seconds.
  const captions = (clips: readonly Clip[]) =>
    clips.flatMap((clip) =>
      captionSamples(clip, clipFile(clip), new Random(seed, clip.split, clip.index, 'moments')),
    );
  const samples: Record<(typeof FILES)[number], () => Sample[]> = {
    train: () => splits.train.flatMap(samplesOf),
    validation: () => splits.validation.flatMap(samplesOf),
    test: () => splits.test.flatMap(samplesOf),
    captions: () => captions(splits.train.filter(hasRationale)),
    captionsValidation: () => captions(splits.validation),
  };
  const clips = SPLITS.flatMap((split) => splits[split]);
  await fillFolder(dir, {
    record: 'synthetic.json',
    settings: { version: VERSION, seed, clips: counts },
    clips: new Map(clips.map((clip) => [clipFile(clip), (path) => encodeClip(path, clip, seed, pool)])),
    texts: new Map(FILES.map((name) => [fileOf(name), () => jsonLines(samples[name]())])),
    onProgress,
  });
  return Object.fromEntries(FILES.map((name) => [name, join(dir, fileOf(name))])) as SyntheticDataset;
}

/** `captionsValidation` -> `captions-validation.jsonl` */
function fileOf(name: (typeof FILES)[number]): string {
  return `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.jsonl`;
}

function jsonLines(samples: readonly Sample[]): string {
  return samples.map((sample) => `${JSON.stringify(sample)}\n`).join('');
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

function clipFile(clip: Clip): string {
  return `clips/${clip.id}.mp4`;
}
