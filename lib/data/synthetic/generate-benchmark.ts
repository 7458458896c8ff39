/**
 * Writes the synthetic benchmark to a folder: mp4 files, a file for each part in RivaBench's layout (readBenchmark), and
 * benchmark.json, the record of what it was made from. The same settings give the same bytes on the same machine and FFmpeg.
 */
import { join } from 'node:path';
import type { MediaPool } from '../../media/index.js';
import { checkSeed } from '../../runtime/index.js';
import { checkOptions, kinds, required } from '../../tensor/index.js';
import { letterOf } from '../letters.js';
import { withArtefact } from './artefacts.js';
import {
  type BenchmarkClip,
  type BenchmarkPart,
  benchmarkClips,
  benchmarkParts,
  stream,
} from './benchmark.js';
import { countKind } from './clips.js';
import { fillFolder } from './folder.js';
import { drawFrames, FPS, SIZE } from './render.js';
import { drawSound, SAMPLE_RATE } from './sound.js';

export interface SyntheticBenchmarkOptions {
  /** Integer; clips depend on it alone. */
  seed: number;
  /** Clips of each part, with two questions each; of `synthDec` the real ones, with a generated one and a question for each. */
  clips: Record<BenchmarkPart, number>;
  pool: Pick<MediaPool, 'encode'>;
  /** Called after each clip. */
  onProgress?: (done: number, total: number) => void;
}

/** Raised whenever the same settings give other clips or questions. */
const VERSION = 1;

const optionKinds = {
  seed: kinds.passedOn,
  clips: required(kinds.object),
  pool: required(kinds.object),
  onProgress: kinds.function,
};

/**
 * Makes the benchmark in `dir`, or finishes one of the same settings that was begun there.
 * @returns the paths of the parts' files
 * @throws DataError when the folder holds a benchmark of other settings
 */
export async function generateSyntheticBenchmark(
  dir: string,
  options: SyntheticBenchmarkOptions,
): Promise<Record<BenchmarkPart, string>> {
  checkOptions('generateSyntheticBenchmark', options, optionKinds);
  const { seed, clips: counts, pool, onProgress } = options;
  checkSeed('generateSyntheticBenchmark: seed', seed);
  checkOptions('generateSyntheticBenchmark: clips', counts, {
    academic: countKind,
    standUp: countKind,
    synthDec: countKind,
  });
  const clips = benchmarkClips(seed, counts);
  await fillFolder(dir, {
    record: 'benchmark.json',
    settings: { version: VERSION, seed, clips: counts },
    clips: new Map(clips.map((clip) => [clipFile(clip), (path) => encodeClip(path, clip, seed, pool)])),
    texts: new Map(
      benchmarkParts.map((part) => [fileOf(part), () => rowsOf(clips.filter((clip) => clip.part === part))]),
    ),
    onProgress,
  });
  return Object.fromEntries(benchmarkParts.map((part) => [part, join(dir, fileOf(part))])) as Record<
    BenchmarkPart,
    string
  >;
}

const fileOf = (part: BenchmarkPart): string => `${part.toLowerCase()}.json`;

const clipFile = ({ part, id }: BenchmarkClip): string => `clips/${part.toLowerCase()}-${id}.mp4`;

function rowsOf(clips: readonly BenchmarkClip[]): string {
  const rows = clips.flatMap((clip) =>
    clip.questions.map(({ question, options, answer }, i) => {
      const lines = options.map((option, index) => `${letterOf(index)}. ${option}`);
      const asked = ['<image>', question, 'Choose from:', ...lines].join('\n');
      return {
        id: clip.questions.length === 1 ? clip.id : `${clip.id}-${i + 1}`,
        video: clipFile(clip),
        conversations: [
          { from: 'human', value: asked },
          { from: 'gpt', value: lines[options.indexOf(answer)] },
        ],
      };
    }),
  );
  return `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
}

async function encodeClip(
  path: string,
  { part, index, events, artefact }: BenchmarkClip,
  seed: number,
  pool: SyntheticBenchmarkOptions['pool'],
): Promise<void> {
  const random = (purpose: string) => stream(seed, part, index, purpose);
  // A pair has the same picture and sound but for the artefact.
  const frames = drawFrames(events, random('pictures'));
  await pool.encode(path, {
    frames: artefact === undefined ? frames : withArtefact(frames, artefact, random('artefact')),
    width: SIZE,
    height: SIZE,
    fps: FPS,
    audio: drawSound(events, random('sound')),
    sampleRate: SAMPLE_RATE,
  });
}
