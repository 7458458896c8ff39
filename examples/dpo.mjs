// DPO on pairs of completions: node examples/dpo.mjs [pairs.jsonl]
//
// A line of the file is { "prompt": "...", "chosen": "...", "rejected": "..." }, texts or messages, as TRL has them, or a
// sample with "chosen" and "rejected". The reference of the loss is the model as it was before.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DPOTrainer, data } from 'earsight';
import { tinyModel } from './tiny-model.mjs';

const folder = mkdtempSync(join(tmpdir(), 'earsight-dpo-'));
try {
  const trainDataset = data.readPreferences(process.argv[2] ?? writePairs(join(folder, 'pairs.jsonl')));
  const trainer = new DPOTrainer({
    model: tinyModel(),
    trainDataset,
    config: {
      beta: 0.1,
      learningRate: 1e-3,
      perDeviceTrainBatchSize: 4,
      maxSteps: 12,
      loggingSteps: 4,
      outputDir: null,
    },
    callbacks: [
      {
        onLog({ step }, _, metrics) {
          const accuracy = metrics['rewards/accuracies'].toFixed(2);
          console.log(`step ${step}: loss ${metrics.loss.toFixed(3)}, chosen preferred ${accuracy}`);
        },
      },
    ],
  });
  await trainer.train();
} finally {
  rmSync(folder, { recursive: true });
}

/** Polite answers are preferred to curt ones. */
function writePairs(file) {
  const things = ['the time', 'a song', 'a joke', 'the way', 'some water', 'an answer', 'a story', 'a hint'];
  const rows = things.map((thing) => ({
    prompt: [{ role: 'user', content: `Give me ${thing}.` }],
    chosen: [{ role: 'assistant', content: `Gladly, here is ${thing}.` }],
    rejected: [{ role: 'assistant', content: 'No.' }],
  }));
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  return file;
}
