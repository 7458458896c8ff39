/** The training samples that paths, steps and pairs are of. */

import type { Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';
import type { RecipeSamples } from '../samples.js';
import type { Recipe } from '../stage.js';

export function askedSamples({ withRationale, answerOnly }: RecipeSamples): Sample[] {
  return [...withRationale, ...answerOnly];
}

/** @throws BadInputError naming a record of a file whose sample the recipe's data does not have */
export function checkRecords(
  file: string,
  records: readonly { sampleId: string }[],
  { data }: Recipe,
  samples: RecipeSamples,
): void {
  const known = new Set(askedSamples(samples).map(({ id }) => id));
  const lost = records.find(({ sampleId }) => !known.has(sampleId));
  if (lost === undefined) return;
  throw new BadInputError(
    `${file}: a record is of the sample '${lost.sampleId}', which ${data} does not have; give the samples that the records ` +
      "were made of as the recipe's data",
  );
}
