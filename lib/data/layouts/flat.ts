/** The flat layout: one question a row, under the names that samples have in programs. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { checkUserFile, nearest, shown } from '../../runtime/index.js';
import { DataError, type Place } from '../errors.js';
import { letterOf } from '../letters.js';
import { exactOptions } from '../options.js';
import type { Sample } from '../sample.js';
import { checkRow, list, questionFields, text } from '../schema.js';
import type { SampleLayout } from './layout.js';

const sampleSchema = z.object({
  id: text('a non-empty text', 'give every sample its own "id" in quotes'),
  video: text('a path', 'write the path of a video file relative to this file').optional(),
  audio: text('a path or null', "write the path of a sound file, or null for the video's own track")
    .nullable()
    .optional(),
  question: text('a non-empty text', 'write the question'),
  system: text('a non-empty text', 'write the system message, or leave "system" out').optional(),
  history: list(
    z.strictObject(
      {
        question: z.string('a text|write the earlier question'),
        answer: z.string('a text|write what was replied'),
      },
      'an exchange|write { "question": ..., "answer": ... }',
    ),
    1,
    'a list of exchanges|write [{ "question": ..., "answer": ... }], or leave "history" out',
  ).optional(),
  ...questionFields,
});

export const flatLayout: SampleLayout = {
  name: 'flat',
  detects: () => true,
  read: (row, where) => [sampleOf(row, where)],
};

/** A sample of a row in the flat layout, which other layouts are turned into. */
export function sampleOf(row: Record<string, unknown>, where: Place): Sample {
  const { fields, metadata } = checkRow(sampleSchema, row, where);
  const sample: Sample = metadata === undefined ? fields : { ...fields, metadata };
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
