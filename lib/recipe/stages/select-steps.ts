/** Contrastive step selection: the steps of paths that depend most on what is seen and heard. */
import { z } from 'zod';
import { readPaths } from '../../data/index.js';
import { perturbations, selectSteps } from '../../process/index.js';
import { groupBy } from '../../runtime/index.js';
import { checkIds, chosen } from '../records/chosen.js';
import { recordStage } from '../records/record-stage.js';
import { samplewise } from '../records/samplewise.js';

const schema = z.strictObject({
  perturb: z.enum(perturbations).default('pixelNoise'),
  top: z.int().min(1).default(3),
  /** Samples whose paths are compared together. */
  batchSize: z.int().min(1).default(8),
  /** Default: the recipe's. */
  seed: z.int().nonnegative().optional(),
});

const command = samplewise(
  schema,
  [{ names: ['paths.jsonl'] }],
  (options, { samples, protocol, inputs: [file] }) => {
    const paths = groupBy(readPaths(file as string), ({ sampleId }) => sampleId);
    checkIds(file as string, paths.keys(), samples);
    const pathsOf = (ids: readonly string[]) => ids.flatMap((id) => paths.get(id) ?? []);
    return {
      expected: new Map([...paths].map(([id, own]) => [id, own.length])),
      counts: (ids) => [['paths', pathsOf(ids).length]],
      batchSize: options.batchSize,
      tokens: 'tokens of paths',
      make: (model, ids, { onRecords }) =>
        selectSteps({
          ...options,
          ...{ protocol, model, samples: chosen(samples, ids), paths: pathsOf(ids), onRecords },
        }),
    };
  },
);

export const selectStepsStage = recordStage(
  { name: 'select-steps', title: 'selecting steps', schema, writes: 'selected.jsonl' },
  command,
);
