/**
 * What a finished stage leaves in its folder, so that an interrupted run can go on after it: the answers to the test
 * samples, written last and whole, and the trained model.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../data/index.js';
import type { Answered } from '../eval/index.js';
import { BadInputError, replaceFile } from '../files/index.js';
import { readJsonFile } from '../runtime/index.js';
import { checkpointSteps } from '../train/index.js';
import type { FinishedStage, Stage, StageTraining } from './stage.js';

const fileName = 'answers.json';

type WrittenParts = Pick<FinishedStage, 'training' | 'answered'>;

/** answers.json */
interface WrittenStage {
  training: StageTraining | null;
  answers: ({ id: string } & Omit<Answered, 'sample'>)[];
}

export function writeStage(folder: string, { training, answered }: WrittenParts): void {
  mkdirSync(folder, { recursive: true });
  const answers = answered.map(({ sample, ...answer }) => ({ id: sample.id, ...answer }));
  replaceFile(join(folder, fileName), `${JSON.stringify({ training, answers }, null, 1)}\n`);
}

/** The stage as it was written, or null when it is not finished. */
export function readStage(folder: string, samples: readonly Sample[]): WrittenParts | null {
  const file = join(folder, fileName);
  if (!existsSync(file)) return null;
  const { training, answers } = readJsonFile(file) as WrittenStage;
  if (training === undefined)
    throw new BadInputError(`${file}: written by another version; start the run anew in another folder`);
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  const answered = answers.map(({ id, ...answer }): Answered => {
    const sample = byId.get(id);
    if (sample === undefined)
      throw new Error(`${file}: answers sample '${id}', which the test file no longer has`);
    return { sample, ...answer };
  });
  return { training, answered };
}

/** The newest checkpoint of an unfinished stage, or undefined. */
export function newestCheckpoint(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const step = checkpointSteps(folder).at(-1);
  return step === undefined ? undefined : join(folder, `checkpoint-${step}`);
}

/** The first output of a stage that its folder does not hold. @param trained the folder that stands for 'model' */
export function missingOutput({ outputs }: Stage, folder: string, trained: string): string | undefined {
  return outputs
    .map((name) => (name === 'model' ? trained : join(folder, name)))
    .find((file) => !existsSync(file));
}
