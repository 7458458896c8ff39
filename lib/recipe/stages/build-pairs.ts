/** Pairs for process DPO, of paths and of the steps that were rolled out. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type PairRecord, readPaths, readSteps, recordLines, writeRecords } from '../../data/index.js';
import { alignColumns } from '../../eval/index.js';
import { checkFreeFile } from '../../files/index.js';
import { buildPairs, type DroppedPairs } from '../../process/index.js';
import { type RecordJob, recordStage } from '../records/record-stage.js';

/** How pairs are labelled. */
export const labelSchema = z.strictObject({
  labels: z.enum(['soft', 'hard']).default('soft'),
  mu: z.number().positive().default(0.25),
});

const schema = labelSchema.extend({
  minGap: z
    .number()
    .min(0)
    .max(1)
    .default(1 / 6),
  maxPathPairs: z.int().nonnegative().default(10),
  /** Default: the recipe's. */
  seed: z.int().nonnegative().optional(),
});

export const buildPairsStage = recordStage(
  { name: 'build-pairs', title: 'building pairs', schema, writes: 'pairs.jsonl' },
  {
    // Without rollouts there are pairs of paths alone.
    reads: [{ names: ['paths.jsonl'] }, { names: ['steps.jsonl'], isOptional: true }],
    asksModel: false,
    async run(job) {
      const { pairs, text } = made(job);
      checkFreeFile(job.output, { overwrite: job.overwrite, text: recordLines(pairs) });
      mkdirSync(dirname(job.output), { recursive: true });
      writeRecords(job.output, pairs);
      job.display?.log(text);
      return { done: pairs.length, total: pairs.length, tokens: 0, missing: 0 };
    },
    dryRun: async (job) => made(job).text,
  },
);

function made({ settings, seed, inputs: [pathsFile, stepsFile], title }: RecordJob) {
  let dropped: Partial<DroppedPairs> = {};
  const pairs = buildPairs({
    seed,
    ...schema.parse(settings),
    paths: readPaths(pathsFile as string),
    steps: stepsFile === undefined ? [] : readSteps(stepsFile),
    onDropped(counts) {
      dropped = counts;
    },
  });
  const ofKind = (kind: PairRecord['kind']): string => `${pairs.filter((pair) => pair.kind === kind).length}`;
  const left = Object.entries(dropped).filter(([, count]) => count > 0);
  const rows = [
    [title, ''],
    ['pairs of paths', ofKind('path')],
    ['pairs of steps', ofKind('step')],
    ...left.map(([reason, count]) => [`left out: ${reason}`, `${count}`]),
  ];
  return { pairs, text: alignColumns(rows) };
}
