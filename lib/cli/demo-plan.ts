/**
 * What the demo makes and trains. Stages end by their steps, SFT's earlier by what they have learned: the same model on
 * every machine. docs/results/demo.md has its time.
 */
import type { SyntheticSettings } from '../data/index.js';
import { hasBf16Products } from './cpu-features.js';

export interface DemoPlan {
  clips: SyntheticSettings['clips'];
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
    data: 'dataset/train.jsonl',
    validation: 'dataset/validation.jsonl',
    test: 'dataset/test.jsonl',
    captions: 'dataset/captions.jsonl',
    captionsValidation: 'dataset/captions-validation.jsonl',
    output: '.',
  };
  const common = {
    ...files,
    seed,
    compareWithSft: compare,
    answers: 'text',
    // Captions of sight and sound overlap in time, which the strict format refuses.
    rewards: [{ name: 'format', mode: 'published' }, { name: 'answer' }, { name: 'modality' }],
    bf16: hasBf16Products(),
    threads,
  };
  if (quick) {
    return {
      clips: { train: 24, validation: 2, test: 4 },
      recipe: {
        ...common,
        // Too short to learn anything.
        stopAtChance: false,
        captionSft: { maxSteps: 10, loggingSteps: 1 },
        sft: { maxSteps: 10, evalSteps: 5, loggingSteps: 1 },
        grpo: { maxSteps: 2, maxCompletionLength: 32, loggingSteps: 1 },
      },
    };
  }
  return {
    clips: { train: 1800, validation: 40, test: 250 },
    recipe: {
      ...common,
      captionSft: { maxSteps: 1400, evalSteps: 100, earlyStoppingTarget: 0.002, earlyStoppingPatience: 5 },
      sft: {
        maxSteps: 1200,
        perDeviceTrainBatchSize: 16,
        evalSteps: 100,
        earlyStoppingTarget: 0.002,
        earlyStoppingPatience: 3,
      },
      grpo: {
        maxSteps: 80,
        optim: 'muon',
        learningRate: 1e-4,
        muonLearningRate: 3e-4,
        adamBeta2: 0.98,
        admit: { min: 0.01, max: 0.99 },
      },
    },
  };
}
