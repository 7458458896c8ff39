// GRPO with a reward of one's own: node examples/custom-reward.mjs
//
// A reward is a function from a batch of completions to scores. `null` leaves a sample out, NaN marks a failure; a failure
// is never a score of 0. Its name is the name of its metrics. In a recipe the same function stands in a file of its own
// (docs/recipes.md, "Rewards").
import { GRPOTrainer } from 'earsight';
import { tinyModel } from './tiny-model.mjs';

/** The fraction of a completion that is letters and spaces. */
function readable({ completions }) {
  return completions.map((text) => (text.match(/[a-z ]/gi) ?? []).length / Math.max(1, text.length));
}

/** The fraction of small letters, for the samples that ask for them; it does not apply to the others. */
function lowercase({ completions, samples }) {
  return completions.map((text, i) =>
    samples[i].metadata?.lowercase ? (text.match(/[a-z]/g) ?? []).length / Math.max(1, text.length) : null,
  );
}

const questions = ['What was heard?', 'What was seen?', 'Which came first?', 'Who spoke?'];
const trainDataset = questions.map((question, i) => ({
  id: String(i),
  question,
  answer: '',
  metadata: { lowercase: i < 2 },
}));

const trainer = new GRPOTrainer({
  model: tinyModel(),
  rewardFuncs: [readable, lowercase],
  trainDataset,
  config: {
    rewardWeights: [1, 0.5],
    numGenerations: 8,
    perDeviceTrainBatchSize: 32,
    maxCompletionLength: 8,
    learningRate: 3e-3,
    maxSteps: 30,
    loggingSteps: 5,
    outputDir: null,
  },
  callbacks: [
    {
      onLog({ step }, _, metrics) {
        const means = ['readable', 'lowercase'].map((name) => metrics[`rewards/${name}/mean`].toFixed(3));
        console.log(`step ${step}: readable ${means[0]}, lowercase ${means[1]}`);
      },
    },
  ],
});
await trainer.train();
