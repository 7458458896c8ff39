// Records name their samples by id.

import type { Sample } from '../data/index.js';

/** @param dataset the name of the records in errors @returns the sample of record i @throws RangeError naming a record without one */
export function samplesById(
  samples: readonly Sample[],
  dataset: string,
): (record: { sampleId: string }, i: number) => Sample {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  return ({ sampleId }, i) => {
    const sample = byId.get(sampleId);
    if (sample !== undefined) return sample;
    throw new RangeError(
      `${dataset}[${i}].sampleId: got '${sampleId}', which none of the ${samples.length} samples has as its id; give the ` +
        'samples that the records were made of',
    );
  };
}
