// What the report reads of a run's folder. The files may have been edited or come from elsewhere: everything is checked
// before it reaches the page, so that a number there is one.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { StageAccuracy } from '../eval/index.js';
import { fieldProblems } from '../models/index.js';
import { FileError, readJsonFile } from '../runtime/index.js';
import type { ReportClip } from './clips.js';

const count = z.int().nonnegative();

const accuracySchema = z.array(
  z.object({
    stage: z.string(),
    accuracy: z.array(
      z
        .object({
          kind: z.string(),
          view: z.enum(['av', 'v', 'a', 'none']),
          count,
          textOnly: count.optional(),
          correct: count,
          wellFormed: count,
          /** JSON writes NaN, the mean of no questions, as null. */
          chance: z
            .number()
            .min(0)
            .max(1)
            .nullable()
            .transform((value) => value ?? Number.NaN),
        })
        .refine(({ correct, count: all }) => correct <= all, {
          path: ['correct'],
          error: 'Too big: expected at most count',
        })
        .refine(({ wellFormed, count: all }) => wellFormed <= all, {
          path: ['wellFormed'],
          error: 'Too big: expected at most count',
        }),
    ),
  }),
);

const clipsSchema = z.array(
  z.object({
    sample: z.object({
      id: z.string(),
      kind: z.string().optional(),
      video: z.string().optional(),
      audio: z.string().nullable().optional(),
      question: z.string(),
      options: z.array(z.string()).optional(),
      answer: z.string().optional(),
    }),
    answers: z.array(z.object({ stage: z.string(), completion: z.string(), correct: z.boolean() })),
  }),
);

/** accuracy.json; none where the file is missing. @throws FileError naming the first wrong fields */
export const readAccuracy = (file: string): StageAccuracy[] => read(file, accuracySchema);

/** clips.json; none where the file is missing. @throws FileError naming the first wrong fields */
export const readClips = (file: string): ReportClip[] => read(file, clipsSchema);

function read<T>(file: string, schema: z.ZodType<T[]>): T[] {
  if (!existsSync(file)) return [];
  const value = readJsonFile(file);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FileError(file, fieldProblems(schema, result.error, value));
}
