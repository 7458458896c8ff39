/** Samples that stages of records name. */
import type { Sample } from '../../data/index.js';
import { BadInputError } from '../../files/index.js';

/** In the order of the ids, which the samples have. */
export function chosen(samples: readonly Sample[], ids: readonly string[]): Sample[] {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  return ids.map((id) => byId.get(id) as Sample);
}

/** @param ids of the paths in the file @throws BadInputError for one that the samples do not have */
export function checkIds(file: string, ids: Iterable<string>, samples: readonly Sample[]): void {
  const known = new Set(samples.map(({ id }) => id));
  for (const id of ids)
    if (!known.has(id))
      throw new BadInputError(
        `${file}: a path is of the sample '${id}', which the samples do not have; give the samples that the paths were sampled of`,
      );
}
