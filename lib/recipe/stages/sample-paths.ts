/** Sampling of paths: solutions of the training samples, compared with their answers. */
import { z } from 'zod';
import { samplePaths } from '../../process/index.js';
import { chosen } from '../records/chosen.js';
import { recordStage } from '../records/record-stage.js';
import { samplewise, solutionShape } from '../records/samplewise.js';

const schema = z.strictObject({
  numPaths: z.int().min(1).default(10),
  /** Samples whose paths are sampled together. */
  batchSize: z.int().min(1).default(8),
  ...solutionShape,
});

const command = samplewise(schema, [], (options, { samples, protocol }) => {
  const { numPaths, batchSize } = options;
  return {
    expected: new Map(samples.map(({ id }) => [id, numPaths])),
    counts: (ids) => [['paths', ids.length * numPaths]],
    batchSize,
    tokens: 'sampled tokens',
    make: (model, ids, { onRecords }) =>
      samplePaths({ ...options, protocol, model, samples: chosen(samples, ids), onRecords }),
  };
});

export const samplePathsStage = recordStage(
  { name: 'sample-paths', title: 'sampling paths', schema, writes: 'paths.jsonl' },
  command,
);
