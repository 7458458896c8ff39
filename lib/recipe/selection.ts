/** Which samples a recipe or one of its stages trains on: its fields `filter` and `balance`. */
import { z } from 'zod';
import { type Sample, type Selection, type SelectionRules, selectSamples } from '../data/index.js';
import { BadInputError } from '../files/index.js';

const grade = z.number({ error: 'expected a number from 0 to 10' }).min(0).max(10);
const filterSchema = z
  .strictObject({
    answerAccuracy: grade,
    questionLogic: grade,
    composite: grade,
    videoDependency: grade,
    audioDependency: grade,
    shouldFilter: z.literal(false, {
      error: "expected false, which leaves out samples whose 'shouldFilter' is true",
    }),
  })
  .partial();
const balanceSchema = z
  .strictObject({
    dropCategories: z.array(z.string(), { error: 'expected a list of categories' }),
    minCategorySize: z.int().min(1),
    maxCategoryRatio: z.number().min(1),
  })
  .partial();

/** Of recipes and of stages that choose among the samples. */
export const selectionFields = { filter: filterSchema.optional(), balance: balanceSchema.optional() };

/** @throws DataError for a sample without a field that a rule looks at, BadInputError where none is left */
export function selected(samples: readonly Sample[], rules: SelectionRules, file: string): Selection {
  const selection = selectSamples(samples, rules, file);
  if (selection.kept.length > 0 || samples.length === 0) return selection;
  const why = selectionText(selection, samples.length).join('; ');
  throw new BadInputError(`${file}: no sample is left to train on; ${why}; change 'filter' or 'balance'`);
}

/** `filter: 12 of 40 samples are left out: 7 with composite below 7, 5 with shouldFilter` */
export function selectionText({ leftOut }: Selection, total: number): string[] {
  let left = total;
  return (['filter', 'balance'] as const).flatMap((by) => {
    const own = leftOut.filter((it) => it.by === by);
    if (own.length === 0) return [];
    const count = own.reduce((sum, it) => sum + it.count, 0);
    const text = `${by}: ${count} of ${left} samples are left out: ${own.map((it) => `${it.count} ${it.why}`).join(', ')}`;
    left -= count;
    return [text];
  });
}
