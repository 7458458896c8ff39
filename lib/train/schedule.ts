// The learning rate over the steps, by the names and rules of transformers' TrainingArguments.

import { z } from 'zod';
import { optim } from '../nn/index.js';

export const scheduleFields = {
  lrSchedulerType: z.enum(['constant', 'linear', 'cosine', 'cosine_with_min_lr']).default('linear'),
  /** Of 'cosine_with_min_lr': the learning rate of the last step. */
  lrSchedulerKwargs: z.strictObject({ minLr: z.number().nonnegative() }).nullable().default(null),
  warmupSteps: z.int().nonnegative().default(0),
  /** Fraction of the steps that warm up, rounded up, where warmupSteps is 0. */
  warmupRatio: z.number().min(0).max(1).default(0),
};

type ScheduleConfig = z.infer<z.ZodObject<typeof scheduleFields>> & { learningRate: number };

/** What the fields ask of each other. */
export function fitsSchedule({ lrSchedulerType, lrSchedulerKwargs, learningRate }: ScheduleConfig): boolean {
  if (lrSchedulerType !== 'cosine_with_min_lr') return lrSchedulerKwargs === null;
  return lrSchedulerKwargs !== null && lrSchedulerKwargs.minLr <= learningRate;
}

export const schedulePair = {
  path: ['lrSchedulerKwargs'],
  error:
    "expected { minLr }, at most learningRate, with lrSchedulerType 'cosine_with_min_lr', and none without it",
};

/** The factor of the learning rate at each step. */
export function scheduleOf(config: ScheduleConfig, totalSteps: number): optim.Schedule {
  const { lrSchedulerType: type, lrSchedulerKwargs, learningRate, warmupRatio } = config;
  const warmupSteps = config.warmupSteps > 0 ? config.warmupSteps : Math.ceil(totalSteps * warmupRatio);
  if (type !== 'cosine_with_min_lr') return optim[type]({ warmupSteps, totalSteps });
  return optim.cosine({ warmupSteps, totalSteps, minFactor: (lrSchedulerKwargs?.minLr ?? 0) / learningRate });
}
