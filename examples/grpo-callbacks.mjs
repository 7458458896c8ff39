// What a program may see and change within a GRPO step: node examples/grpo-callbacks.mjs
//
// onGenerate sees what the model wrote, onReward its scores, onAdvantage what the update is made of: `advantages` may be
// changed there, and completions taken out of the loss by `inLoss`.
import { GRPOTrainer } from 'earsight';
import { tinyModel } from './tiny-model.mjs';

/** The fraction of a completion that is letters and spaces. */
function readable({ completions }) {
  return completions.map((text) => (text.match(/[a-z ]/gi) ?? []).length / Math.max(1, text.length));
}

const questions = ['What was heard?', 'What was seen?', 'Which came first?', 'Who spoke?'];

const trainer = new GRPOTrainer({
  model: tinyModel(),
  rewardFuncs: [readable],
  trainDataset: questions.map((question, i) => ({ id: String(i), question })),
  config: {
    numGenerations: 8,
    perDeviceTrainBatchSize: 32,
    maxCompletionLength: 8,
    learningRate: 3e-3,
    maxSteps: 30,
    outputDir: null,
  },
  callbacks: [
    {
      /** A completion that another one of its group repeats teaches nothing new: one of them is in the loss. */
      onAdvantage(_state, _control, groups) {
        for (const { completions, inLoss } of groups) {
          const seen = new Set();
          for (const [i, { text }] of completions.entries()) {
            if (seen.has(text)) inLoss[i] = false;
            seen.add(text);
          }
        }
      },
      onReward({ step }, _control, groups) {
        if (step % 10 !== 9) return;
        const [{ sample, completions, rewards }] = groups;
        const best = rewards.indexOf(Math.max(...rewards));
        console.log(
          `step ${step + 1}: reward ${rewards[best]}: ${sample.question} ${JSON.stringify(completions[best].text)}`,
        );
      },
    },
  ],
});
await trainer.train();
