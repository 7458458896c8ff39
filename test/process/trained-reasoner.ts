/** A small model that has learned in seconds to reason in two steps: what it sees varies, and decides its answer. */
import type { Sample } from '../../lib/data/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { torch } from '../../lib/tensor/index.js';
import { SFTTrainer } from '../../lib/train/index.js';

export const questions: Sample[] = ['first', 'second', 'third'].map((id) => ({
  ...{ id, question: `${id} colour?`, options: ['red', 'blue'], answer: 'red' },
}));

const solutions = ['red', 'blue'].flatMap((seen) =>
  ['loud', 'quiet'].map(
    (heard) => `${seen}<end_of_step>\n${heard}<end_of_step>\n<answer>${seen === 'red' ? 'A' : 'B'}</answer>`,
  ),
);

export async function trainedReasoner(): Promise<OmniModel> {
  const rows = questions.flatMap((question) =>
    solutions.map((solution, i) => ({ ...question, id: `${question.id} ${i}`, steps: [solution] })),
  );
  torch.manualSeed(0);
  const model = newSmallModel(rows, { config: { text: { layers: 1 } } });
  const trainer = new SFTTrainer({
    model,
    trainDataset: rows,
    formatCompletion: ({ steps }) => (steps as string[])[0],
    config: {
      ...{ outputDir: null, maxSteps: 60, warmupSteps: 5, perDeviceTrainBatchSize: rows.length, seed: 0 },
      ...{ optim: 'muon', learningRate: 2e-3, muonLearningRate: 4e-3 },
    },
  });
  await trainer.train();
  return model;
}
