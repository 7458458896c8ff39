/** Stages of records that ask a model about one sample after the other: their settings, and what they do with them. */
import { z } from 'zod';
import type { OmniModel } from '../../omni/index.js';
import type { Judge } from '../../rewards/index.js';
import { noDisplay } from '../display.js';
import { judgeSetting, mapJudgePaths, StageJudges } from '../judges.js';
import { withPaths } from '../paths.js';
import type { Settings } from '../stage.js';
import type { RecordCommand, RecordInput, RecordJob } from './record-stage.js';
import { dryRunText, fileDigest, type RecordWork, runRecords } from './record-work.js';

/** Settings of a stage with its defaults, and the judge that they name. */
type StageOptions<S extends z.ZodObject> = Omit<z.infer<S>, 'seed' | 'judge'> & {
  seed: number;
  judge?: Judge;
};

/**
 * A command whose records are made sample by sample.
 * @param schema of its settings, `seed` among them
 * @param workOf what is to be done
 */
export function samplewise<S extends z.ZodObject>(
  schema: S,
  reads: readonly RecordInput[],
  workOf: (options: StageOptions<S>, job: RecordJob) => RecordWork,
): RecordCommand {
  const within = async <T>(
    job: RecordJob,
    use: (work: RecordWork, model: OmniModel, options: { title: string; madeOf: object }) => Promise<T>,
  ): Promise<T> => {
    const model = job.model as OmniModel;
    const settings: Settings = { seed: job.seed, ...schema.parse(job.settings) };
    const { judge: named, ...others } = settings;
    const judges = new StageJudges(model, job.isTrial ?? false);
    try {
      const judge = named === undefined ? {} : { judge: judges.of(judgeSetting(named)) };
      const work = workOf({ ...others, ...judge } as StageOptions<S>, job);
      return await use(work, model, { title: job.title, madeOf: madeOf(job, settings) });
    } finally {
      await judges.close();
    }
  };
  return {
    reads,
    asksModel: true,
    run: (job) =>
      within(job, (work, model, options) => {
        const { overwrite, display = noDisplay } = job;
        return runRecords(work, job.output, model, { ...options, overwrite, display });
      }),
    dryRun: (job) =>
      within(job, (work, model, options) =>
        dryRunText(work, job.output, model, { ...options, overwrite: job.overwrite }),
      ),
  };
}

/** Without what the records do not depend on. */
function madeOf({ inputs, origin, protocol }: RecordJob, { batchSize: _, ...settings }: Settings): object {
  const digests = inputs.flatMap((file) => (file === undefined ? [] : [fileDigest(file)]));
  return { ...origin, protocol, inputs: digests, settings };
}

/** How solutions are sampled and scored, in settings. */
export const solutionShape = {
  /** How answers are compared with the reference. Default: by option where there are options, else exactly. */
  by: z.enum(['option', 'exact', 'numeric', 'judge']).optional(),
  judge: withPaths(z.unknown(), mapJudgePaths).optional(),
  temperature: z.number().nonnegative().default(1),
  topP: z.number().gt(0).max(1).default(0.9),
  topK: z.int().nonnegative().default(0),
  minP: z.number().min(0).max(1).default(0),
  maxNewTokens: z.int().min(1).default(512),
  /** Default: the recipe's. */
  seed: z.int().nonnegative().optional(),
};
