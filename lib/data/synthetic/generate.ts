/**
 * Writes a synthetic dataset to a folder: mp4 files, JSONL files of samples and synthetic.json, the record of what it
 * was made from. The same settings give the same bytes on the same machine and FFmpeg.
 */
import { join } from 'node:path';
import type { MediaPool } from '../../media/index.js';
import { checkSeed } from '../../runtime/index.js';
import { checkOptions, kinds, oneOf, required } from '../../tensor/index.js';
import type { Sample } from '../sample.js';
import { captionSamples } from './captions.js';
import { type Clip, checkCounts, SPLITS, type Split, syntheticClips } from './clips.js';
import { fillFolder } from './folder.js';
import { Random } from './random.js';
import { reasoningClips } from './reasoning.js';
import { drawFrames, FPS, SIZE } from './render.js';
import { drawSound, SAMPLE_RATE } from './sound.js';

export interface SyntheticSettings {
  /** Integer; clips depend on it alone. */
  seed: number;
  /** Clips in each split; six questions a clip. */
  clips: Record<Split, number>;
  /**
   * 'grounding' (default): what was seen and heard when, with spans of the evidence. 'reasoning': questions that take several
   * steps over both tracks, each with its steps.
   */
  questions?: 'grounding' | 'reasoning';
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
  questions: oneOf('grounding', 'reasoning'),
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
  const { seed, clips: counts, questions = 'grounding', pool, onProgress } = options;
  checkSeed('generateSyntheticDataset: seed', seed);
  checkCounts('generateSyntheticDataset: clips', counts);
  const isReasoning = questions === 'reasoning';
  const splits: Record<Split, Clip<Asked>[]> = isReasoning
    ? reasoningClips(seed, counts)
    : syntheticClips(seed, counts);
  // The stream keeps its first name: another would draw other half seconds.
  const captions = (clips: readonly Clip<Asked>[]) =>
    clips.flatMap((clip) =>
      captionSamples(clip, clipFile(clip), new Random(seed, clip.split, clip.index, 'moments')),
    );
  const samples: Record<(typeof FILES)[number], () => Sample[]> = {
    train: () => splits.train.flatMap((clip) => samplesOf(clip, isReasoning || hasRationale(clip))),
    validation: () => splits.validation.flatMap((clip) => samplesOf(clip)),
    test: () => splits.test.flatMap((clip) => samplesOf(clip)),
    captions: () => captions(splits.train.filter(hasRationale)),
    captionsValidation: () => captions(splits.validation),
  };
  const clips = SPLITS.flatMap((split) => splits[split]);
  await fillFolder(dir, {
    record: 'synthetic.json',
    // A dataset of the first kind has no field for it in its record.
    settings: { version: VERSION, seed, clips: counts, questions: isReasoning ? questions : undefined },
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

function hasRationale({ split, index }: Clip<Asked>): boolean {
  return split !== 'train' || index % RATIONALE_EVERY === 0;
}

/** What both kinds of questions have. */
type Asked = Pick<Sample, 'question' | 'options' | 'answer' | 'steps' | 'spans'> & { kind: string };

/** A clip's questions as they stand in the JSONL file. */
function samplesOf(clip: Clip<Asked>, withSteps = true): Sample[] {
  const counts: Partial<Record<string, number>> = {};
  return clip.questions.map(({ kind, question, options, answer, steps, spans }) => {
    const number = (counts[kind] ?? 0) + 1;
    counts[kind] = number;
    const rationale = withSteps ? { steps, ...(spans && { spans }) } : {};
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
  clip: Clip<Asked>,
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

function clipFile(clip: Pick<Clip, 'id'>): string {
  return `clips/${clip.id}.mp4`;
}
