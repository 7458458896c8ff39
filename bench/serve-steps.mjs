// Our side of a benchmark that trains: takes steps on request, and says how long they took. Reads jobs as lines of JSON.

import { createInterface } from 'node:readline';
import earsight from '../dist/index.js';
import { peak } from './own-process.mjs';
import { PausedTraining } from './paused-training.mjs';

const { nativeInfo, nn } = earsight;

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Answers each job by the function of its name. */
export async function serve(jobs) {
  process.stdout.write(`${nativeInfo().libtorch.version}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    const { job, ...options } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await jobs[job](options))}\n`);
  }
}

/**
 * Serves steps until the benchmark ends.
 * @param names of the parts of a step besides the optimizer's
 * @param begin is called with the callbacks of the trainer and with what adds seconds to a part; returns what begins the training
 */
export async function serveSteps(names, begin) {
  const parts = Object.fromEntries([...names, 'optimizer'].map((name) => [name, 0]));
  const { step } = nn.optim.AdamW.prototype;
  nn.optim.AdamW.prototype.step = function timed() {
    const start = performance.now();
    step.call(this);
    parts.optimizer += (performance.now() - start) / 1e3;
  };
  let steps = [];
  let mark;
  const clock = {
    onStepEnd() {
      const now = { seconds: performance.now() / 1e3, cpu: cpuSeconds() };
      steps.push({ ...parts, seconds: now.seconds - mark.seconds, cpu: now.cpu - mark.cpu });
      for (const name of Object.keys(parts)) parts[name] = 0;
      mark = now;
    },
  };
  const training = new PausedTraining((pauses) =>
    begin([clock, ...pauses], (name, seconds) => {
      parts[name] += seconds;
    }),
  );
  await serve({
    /** So many steps, each with its seconds, CPU seconds and the seconds of its parts. */
    async take({ count }) {
      steps = [];
      mark = { seconds: performance.now() / 1e3, cpu: cpuSeconds() };
      await training.take(count);
      return steps;
    },
    peak,
  });
  process.exit(0); // the training still waits
}
