/**
 * What the demo makes and trains. The times are for 2 cores and must add up to less than 12 minutes: making clips 60 s,
 * decoding them 20 s, alignment 180 s, SFT 170 s, GRPO 130 s, evaluations 80 s.
 */
import type { WorldSettings } from '../data/index.js';
import { hasBf16Products } from './cpu-features.js';

export interface DemoPlan {
  clips: WorldSettings['clips'];
  /** The recipe, as it is written to the run's folder. */
  recipe: Record<string, unknown>;
}

export function demoPlan({
  quick,
  seed,
  threads,
  compare,
}: {
  quick: boolean;
  seed: number;
  threads: number;
  compare: boolean;
}): DemoPlan {
  const files = {
    data: 'world/train.jsonl',
    validation: 'world/validation.jsonl',
    test: 'world/test.jsonl',
    moments: 'world/moments.jsonl',
    output: '.',
  };
  const common = {
    ...files,
    seed,
    compareWithSft: compare,
    answers: 'text',
    bf16: hasBf16Products(),
    threads,
  };
  if (quick) {
    return {
      clips: { train: 24, validation: 2, test: 4 },
      recipe: {
        ...common,
        alignment: { maxSteps: 10, loggingSteps: 1 },
        sft: { maxSteps: 10, evalSteps: 5, loggingSteps: 1 },
        grpo: { maxSteps: 2, maxCompletionLength: 32, loggingSteps: 1 },
      },
    };
  }
  return {
    clips: { train: 1800, validation: 20, test: 250 },
    recipe: {
      ...common,
      alignment: { maxSeconds: 180 },
      sft: { maxSeconds: 170, evalSteps: 200 },
      grpo: { maxSeconds: 130, numTrainEpochs: 100 },
    },
  };
}
