/**
 * How samples are read from disk. Everything is checked when a file is read, so
 * that a mistake in line 90,000 shows before the training and not in its third hour.
 */
import { dirname, resolve } from 'node:path';
import { checkUserFile, nearest, shown } from '../runtime/index.js';
import { DataError, type Place } from './errors.js';
import { flatten } from './layouts.js';
import { letterOf } from './letters.js';
import { readRows } from './lines.js';
import { exactOptions } from './options.js';
import type { Sample } from './sample.js';
import { checkRow, sampleSchema } from './schema.js';

/**
 * Reads a JSONL file of samples (or a JSON array) in any of the layouts that layouts.ts knows. Media paths are
 * relative to the file and must exist; ids must differ.
 * @throws DataError for the first thing that does not fit.
 */
export function readSamples(file: string): Sample[] {
  const lineOf = new Map<string, number>();
  return readRows(file).flatMap(({ line, value }) => {
    const samples = samplesOf(value, { file, line });
    for (const { id } of samples) {
      const earlier = lineOf.get(id);
      if (earlier !== undefined) {
        throw new DataError(
          { file, line, field: 'id' },
          `got ${shown(id)}, already used in line ${earlier}`,
          'give every sample its own "id"',
        );
      }
      lineOf.set(id, line);
    }
    return samples;
  });
}

/**
 * Checks one row (any layout) of one question and returns it as a Sample with absolute paths and the answer as its
 * option's text.
 * @param where names the file, to which paths are relative, and the line for messages.
 */
export function validateSample(row: Record<string, unknown>, where: Place): Sample {
  const [sample, ...more] = samplesOf(row, where);
  if (more.length === 0) return sample;
  const problem = `got a conversation of ${more.length + 1} questions, expected one`;
  throw new DataError(where, problem, 'write one question a row, or read a file of them with readSamples');
}

/** The samples of one row: one, or one for each question of a conversation. */
function samplesOf(row: Record<string, unknown>, where: Place): Sample[] {
  return flatten(row, where).map((flat) => sampleOf(flat, where));
}

function sampleOf(row: Record<string, unknown>, where: Place): Sample {
  const { fields, metadata } = checkRow(sampleSchema, row, where);
  const sample: Sample = metadata === undefined ? fields : { ...fields, metadata };
  if (sample.video === undefined && (sample.audio ?? null) === null) {
    throw new DataError(
      { ...where, field: 'video' },
      `got nothing, expected a video or a sound file`,
      'write the path of the clip in "video"',
    );
  }
  if (sample.video !== undefined) sample.video = existing(sample.video, { ...where, field: 'video' });
  if (sample.audio != null) sample.audio = existing(sample.audio, { ...where, field: 'audio' });
  if (sample.options !== undefined && sample.answer !== undefined) {
    sample.answer = optionOf(sample.answer, sample.options, { ...where, field: 'answer' });
  }
  return sample;
}

function existing(path: string, where: Place): string {
  const absolute = resolve(dirname(where.file), path);
  checkUserFile(absolute, (reason) => {
    const fix = 'give the path of a media file, relative to the file that names it';
    return new DataError(where, `got ${shown(path)}, but ${absolute} cannot be read: ${reason}`, fix);
  });
  return absolute;
}

/** The option that an answer names by its exact text or its capital letter. */
function optionOf(answer: string, options: string[], where: Place): string {
  const [index, other] = exactOptions(answer, options);
  if (other !== undefined) {
    throw new DataError(
      where,
      `got ${shown(answer)}, which is the text of option ${letterOf(index)} and the letter of option ${shown(options[other])}`,
      'rename the options so that no text is the letter of another option',
    );
  }
  if (index !== undefined) return options[index];
  const close = nearest(answer, options);
  throw new DataError(
    where,
    `got ${shown(answer)}, expected the exact text of an option (${options.map(shown).join(', ')}) or a letter A to ${letterOf(options.length - 1)}`,
    close === undefined ? 'write the right option' : `did you mean ${shown(close)}?`,
  );
}
