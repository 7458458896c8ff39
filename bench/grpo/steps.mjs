// Our side of bench/grpo: takes steps on request. Reads jobs as lines of JSON.
//
//   node steps.mjs FOLDER PROMPTS SETTINGS

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import earsight from '../../dist/index.js';
import { peak } from '../own-process.mjs';
import { PausedTraining } from '../paused-training.mjs';
import { trainerOf } from './training.mjs';

const { models, nativeInfo, nn, torch } = earsight;
const [folder, file, text] = process.argv.slice(2);
const settings = JSON.parse(text);
torch.setNumThreads(settings.threads);

/** Seconds of the step so far. */
const parts = { generate: 0, optimizer: 0 };
const { step } = nn.optim.AdamW.prototype;
nn.optim.AdamW.prototype.step = function timed() {
  const start = performance.now();
  step.call(this);
  parts.optimizer += (performance.now() - start) / 1e3;
};

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
let steps = [];
let mark;
const clock = {
  onStepEnd() {
    const now = { seconds: performance.now() / 1e3, cpu: cpuSeconds() };
    steps.push({ ...parts, seconds: now.seconds - mark.seconds, cpu: now.cpu - mark.cpu });
    Object.assign(parts, { generate: 0, optimizer: 0 });
    mark = now;
  },
};
const training = new PausedTraining((pauses) => {
  const trainer = trainerOf({
    graph: models.loadGraph(folder, { dtype: 'float32' }),
    prompts: JSON.parse(readFileSync(file, 'utf8')),
    settings,
    onSampled(seconds) {
      parts.generate += seconds;
    },
    callbacks: [clock, ...pauses],
  });
  return () => trainer.train();
});

const jobs = {
  /** So many steps, each with its seconds, CPU seconds and the seconds of its parts. */
  async take({ count }) {
    steps = [];
    mark = { seconds: performance.now() / 1e3, cpu: cpuSeconds() };
    await training.take(count);
    return steps;
  },
  peak,
};

process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...options } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await jobs[job](options))}\n`);
}
process.exit(0); // the training still waits
