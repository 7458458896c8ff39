/** Samples that stages of records name. */
import type { Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';

/** In the order of the ids. @throws BadInputError */
export function chosen(samples: readonly Sample[], ids: readonly string[]): Sample[] {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  return ids.map((id) => {
    const sample = byId.get(id);
    if (sample !== undefined) return sample;
    throw new BadInputError(
      `a path is of the sample '${id}', which the samples do not have; give the samples that the paths were sampled of`,
    );
  });
}
