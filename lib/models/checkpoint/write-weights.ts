/** Writes weights into a folder: one file, or shards with the index by which transformers finds them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StateDict, torch } from '../../tensor/index.js';
import { indexFile } from './files.js';
import { splitWeights } from './split.js';

/** @param weights under their names in files @param maxShardSize bytes */
export function writeWeights(folder: string, weights: StateDict, maxShardSize: number): void {
  const { files, totalSize } = splitWeights(weights, maxShardSize);
  for (const [name, shard] of files) torch.save(shard, join(folder, name), { format: 'pt' });
  if (files.size === 1) return;
  const places = [...files].flatMap(([file, shard]) => Object.keys(shard).map((name) => [name, file]));
  const index = {
    metadata: {
      total_parameters: Object.values(weights).reduce((sum, tensor) => sum + tensor.numel(), 0),
      total_size: totalSize,
    },
    weight_map: Object.fromEntries(places.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  writeFileSync(join(folder, indexFile), `${JSON.stringify(index, null, 2)}\n`);
}
