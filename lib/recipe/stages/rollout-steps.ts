/** Rollouts of the steps of wrong paths, and of alternatives to them. */
import { z } from 'zod';
import { readPaths } from '../../data/index.js';
import { expandedSteps, rolloutSteps, wrongPaths } from '../../process/index.js';
import { checkIds, chosen } from '../records/chosen.js';
import { recordStage } from '../records/record-stage.js';
import { samplewise, solutionShape } from '../records/samplewise.js';

const schema = z.strictObject({
  rollouts: z.int().min(1).default(6),
  tries: z.int().min(1).default(3),
  /** Longest alternative, tokens. */
  maxStepTokens: z.int().min(1).default(64),
  ...solutionShape,
});

/** Without a selection all steps are rolled out. */
const reads = [{ names: ['selected.jsonl', 'paths.jsonl'] }];

const command = samplewise(schema, reads, (options, { samples, protocol, inputs: [file] }) => {
  const paths = wrongPaths(readPaths(file as string));
  checkIds(file as string, paths.keys(), samples);
  const expected = new Map([...paths].map(([id, own]) => [id, expandedSteps(own).length]));
  return {
    expected,
    counts(ids) {
      const steps = ids.reduce((sum, id) => sum + (expected.get(id) as number), 0);
      return [
        ['steps', steps],
        ['alternatives, at most', steps * options.tries],
        ['rollouts, at most', steps * 2 * options.rollouts],
      ];
    },
    batchSize: 2,
    tokens: 'sampled tokens',
    make: (model, ids, { onRecords }) =>
      rolloutSteps({
        ...options,
        protocol,
        model,
        onRecords,
        samples: chosen(samples, ids),
        paths: ids.flatMap((id) => paths.get(id) ?? []),
      }),
  };
});

export const rolloutStepsStage = recordStage(
  { name: 'rollout-steps', title: 'rolling out steps', schema, writes: 'steps.jsonl' },
  command,
);
