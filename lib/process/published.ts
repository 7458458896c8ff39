/** Records of process DPO in the layout of video-SALMONN-o1, with the labels of the loss. */
import { type PairRecord, type PublishedRecords, readPublishedProcess } from '../data/index.js';
import { alphaOf, type PairSettings } from './build-pairs.js';

/**
 * Reads a file of that layout. Its pairs get the alpha that `buildPairs` would give them.
 * @throws DataError naming row and field
 */
export function readPublished(
  file: string,
  labelling: Pick<PairSettings, 'labels' | 'mu'> = {},
): PublishedRecords<PairRecord> {
  const { pairs, ...others } = readPublishedProcess(file);
  return { ...others, pairs: pairs.map((pair) => ({ ...pair, alpha: alphaOf(pair, labelling) })) };
}
