// train-grpo.cjs <outputDir> [n] [checkpoint]
//
// A hundred steps of GRPO with all that a step draws or keeps: an adapter with dropout and a KL penalty, prompts that are
// refused and refilled, three views, groups that are divided, evaluations with a best checkpoint, logs of completions, and a
// judge that keeps its verdicts in a file. Begins anew, or continues a checkpoint. Prints 'training', the number of each step
// and at the end how many changes to the disk were made.
// n: is killed (SIGKILL) instead of its n-th change, or in the middle of it.
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { createHash } = require('node:crypto');
const { setImmediate } = require('node:timers/promises');
const { killAt } = require('../../files/children/kill-at.cjs');
const { clipModel, samples } = require('./clip-model.cjs');

const dist = '../../../dist';
const { torch } = require(`${dist}/tensor/index.js`);
const { GRPOTrainer } = require(`${dist}/train/index.js`);

const [outputDir, n = '0', resumeFrom] = process.argv.slice(2);
torch.setNumThreads(1);
const changes = killAt(Number(n), { torn: true });

const model = clipModel();
// Other numbers than the checkpoint's: all of them come from there.
torch.manualSeed(resumeFrom === undefined ? 5 : 6);
model.graph.addAdapter({ r: 8, alpha: 32, dropout: 0.05 });
torch.manualSeed(process.pid);

const verdictsFile = `${outputDir}.verdicts.jsonl`;
const verdicts = new Map();
if (existsSync(verdictsFile)) {
  const lines = readFileSync(verdictsFile, 'utf8').split('\n');
  for (const line of lines) {
    try {
      verdicts.set(...JSON.parse(line));
    } catch {
      // The last one of a killed process.
    }
  }
}

/** Slow, and asked once for each beginning of a text. */
async function judged({ completionIds }) {
  const scores = [];
  for (const [first] of completionIds) {
    if (!verdicts.has(first)) {
      await setImmediate();
      verdicts.set(first, createHash('sha256').update(String(first)).digest()[0] / 255);
      appendFileSync(verdictsFile, `${JSON.stringify([first, verdicts.get(first)])}\n`);
    }
    scores.push(verdicts.get(first));
  }
  return scores;
}

/** Whether the completion with all tracks ends higher than those with one; of every third sample all are alike. */
function modality({ samples: asked, rollouts: { av, v, a } }) {
  const last = ({ ids }) => ids.at(-1);
  return asked.map(({ id }, i) => {
    if (Number(id.slice(1)) % 3 === 0) return 0;
    return Number(last(av[i]) >= Math.max(last(v[i]), last(a[i])));
  });
}
modality.views = ['v', 'a'];

process.stdout.write('training\n');
new GRPOTrainer({
  model,
  rewardFuncs: [modality, judged],
  trainDataset: samples,
  evalDataset: samples.slice(0, 2),
  config: {
    ...{ outputDir, overwriteOutputDir: true, seed: 7, maxSteps: 100, saveSteps: 10, saveTotalLimit: 3 },
    ...{ learningRate: 3e-3, warmupSteps: 5, lrSchedulerType: 'cosine', weightDecay: 0.1, loggingSteps: 3 },
    ...{ numGenerations: 4, perDeviceTrainBatchSize: 8, maxCompletionLength: 6, beta: 0.03, evalSteps: 20 },
    ...{ logCompletions: true, logCompletionsSteps: 7, logCompletionsParquet: true, reportTo: ['csv'] },
    ...{ loadBestModelAtEnd: true, metricForBestModel: 'reward', maxTokensPerMicroBatch: 80 },
    // The judge's verdicts differ within most groups: they count, but admit nothing.
    ...{ rewardWeights: [1, 0.5], maxRefillRounds: 2 },
    admit: ({ scores }) => new Set(scores.map(([first]) => first)).size > 1,
  },
  callbacks: [{ onStepEnd: ({ step }) => void process.stdout.write(`${step}\n`) }],
})
  .train({ resumeFrom })
  .then(() => process.stdout.write(`changes ${changes()}\n`));
