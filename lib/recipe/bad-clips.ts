/** Clips that cannot be used: found before anything is trained, all of them, and then an error or left out. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clipKey, type DataRow, hasMedia } from '../data/index.js';
import { BadInputError, replaceFile } from '../files/index.js';
import { MediaError, type MediaErrorCode } from '../media/index.js';
import type { Progress } from './display.js';
import { limitAdvice } from './limit-advice.js';
import type { RecipeSamples } from './samples.js';
import type { Recipe } from './stage.js';

interface BadSample {
  sample: DataRow;
  error: MediaError;
}

/** Failures that say nothing about the file: every other clip would meet them too. */
const faultless: readonly MediaErrorCode[] = ['NODE_AV_MISSING', 'CLOSED', 'INTERNAL', 'BAD_REQUEST'];

const listFile = 'skipped-samples.jsonl';

interface UsableSamples {
  samples: RecipeSamples;
  /** Samples that were left out. */
  skipped: BadSample[];
}

/**
 * Looks at the clips of all samples and leaves out those that cannot be used.
 * @param look rejects with a MediaError for a clip that cannot be used
 * @throws BadInputError listing all of them, where the recipe does not say to skip them or nothing is left
 */
export async function usableSamples(
  { onBadClip }: Recipe,
  all: RecipeSamples,
  progress: Progress,
  look: (sample: DataRow) => Promise<unknown>,
): Promise<UsableSamples> {
  const samples = Object.values(all).flat();
  const bad = await findBad(samples, progress, look);
  if (bad.length > 0 && onBadClip === 'stop') {
    const fix =
      "Fix: mend or remove them, or leave their samples out: 'onBadClip: skip' in the recipe, or --on-bad-clip skip.";
    throw new BadInputError(`${badText(bad, samples)}\n${fix}`);
  }
  return leaveOut({ samples: all, skipped: [] }, bad);
}

/**
 * Does what decodes some of the clips. One that only its decoding shows to be of no use is left out as well, where the
 * recipe skips such clips, and the work is done anew.
 */
export async function retryWithout<T>(
  { onBadClip }: Pick<Recipe, 'onBadClip'>,
  usable: UsableSamples,
  work: (usable: UsableSamples) => Promise<T>,
): Promise<T> {
  try {
    return await work(usable);
  } catch (error) {
    if (onBadClip === 'stop' || !isFaultOfClip(error)) throw error;
    const bad = Object.values(usable.samples)
      .flat()
      .filter(({ video, audio }) => video === error.file || audio === error.file)
      .map((sample) => ({ sample, error }));
    if (bad.length === 0) throw error;
    return retryWithout({ onBadClip }, leaveOut(usable, bad), work);
  }
}

/** @throws BadInputError where a list that had samples has none left */
function leaveOut({ samples, skipped }: UsableSamples, more: readonly BadSample[]): UsableSamples {
  const all = [...skipped, ...more];
  const bad = new Set(more.map(({ sample }) => sample));
  const left = Object.entries(samples).map(([name, list]: [string, DataRow[]]) => {
    const usable = list.filter((sample) => !bad.has(sample));
    if (usable.length === 0 && list.length > 0) {
      const every = [...Object.values(samples).flat(), ...skipped.map(({ sample }) => sample)];
      throw new BadInputError(`${badText(all, every)}\nNo ${titles[name] ?? `rows of ${name}`} are left.`);
    }
    return [name, usable];
  });
  return { samples: Object.fromEntries(left) as unknown as RecipeSamples, skipped: all };
}

function isFaultOfClip(error: unknown): error is MediaError {
  return error instanceof MediaError && !faultless.includes(error.code);
}

const titles: Record<string, string> = {
  captions: 'captions',
  captionsValidation: 'captions for validation',
  withRationale: 'training samples with steps',
  answerOnly: 'training samples with an answer only',
  validation: 'validation samples',
  test: 'test samples',
};

async function findBad(
  samples: readonly DataRow[],
  progress: Progress,
  look: (sample: DataRow) => Promise<unknown>,
): Promise<BadSample[]> {
  let done = 0;
  try {
    const found = await Promise.all(
      samples.map(async (sample): Promise<BadSample[]> => {
        try {
          await look(sample);
          return [];
        } catch (error) {
          if (!isFaultOfClip(error)) throw error;
          return [{ sample, error }];
        } finally {
          done += 1;
          progress.update(done, samples.length);
        }
      }),
    );
    return found.flat();
  } finally {
    progress.stop();
  }
}

/** Other samples of a clip that a line names. */
const shownIds = 8;

/** `2 of 90 clips cannot be used:`, and a line for each. */
export function badText(bad: readonly BadSample[], samples: readonly DataRow[]): string {
  const clips = new Map<string, BadSample[]>();
  for (const it of bad) clips.set(clipKey(it.sample), [...(clips.get(clipKey(it.sample)) ?? []), it]);
  const all = new Set(samples.filter(hasMedia).map(clipKey)).size;
  const lines = [...clips.values()].map(([{ error }, ...more]) => {
    const ids = more.slice(0, shownIds).map(({ sample }) => `'${sample.id}'`);
    if (more.length > shownIds) ids.push('...');
    return `  ${error.message}${more.length === 0 ? '' : `, and of ${more.length} more: ${ids.join(', ')}`}`;
  });
  const advice = new Set(bad.flatMap(({ error }) => limitAdvice(error.code) ?? []));
  return [`${clips.size} of ${all} clips cannot be used:`, ...lines, ...advice].join('\n');
}

/** Leaves the list of skipped samples in the run's folder, or none where all are used. @returns the file, or null */
export function writeSkipped(folder: string, skipped: readonly BadSample[]): string | null {
  const file = join(folder, listFile);
  if (skipped.length === 0) {
    if (existsSync(file)) rmSync(file);
    return null;
  }
  mkdirSync(folder, { recursive: true });
  const rows = skipped.map(({ sample: { id }, error: { file: clip, code, reason } }) => ({
    id,
    file: clip,
    code,
    reason,
  }));
  replaceFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}
