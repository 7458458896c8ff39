// Measures a row of bench/grpo: both sides' processes, which take steps in turns, and what both make of the same completions.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Contestant } from '../contestant.mjs';
import { promptsOf } from '../prompts.mjs';
import { BenchmarkError, python, pythonEnvironment } from '../python.mjs';
import results from '../results-page.cjs';
import { agreementOf } from './report.cjs';
import { numGenerations } from './rows.cjs';

const own = (name) => new URL(name, import.meta.url).pathname;
/** Seconds of a turn, where a step is shorter; no more steps than so many. */
const turnSeconds = 0.5;
const mostSteps = 10;
/** Prompts of a training, which it goes through again and again. */
const prompts = 64;
/**
 * Of the check: two sets of completions, two updates each, so that the second has probability ratios. Ten times TRL's learning
 * rate; the larger it is, the more AdamW makes of rounding where a gradient is near 0.
 */
const checked = { steps: 2, iterations: 2, learningRate: 1e-5 };
/** Of the steps that are timed: as many as are asked for. */
const timed = { steps: 1e6, iterations: 1, learningRate: 1e-6 };

/** Both sides' programs over a model in a folder, by name; null where the peer does not start. */
async function start(names, { model, settings }) {
  const args = [model.folder, model.prompts, JSON.stringify(settings)];
  const ours = await Contestant.start(process.execPath, [own(names.own), ...args]);
  if (ours === null) throw new BenchmarkError('grpo: our program did not start');
  const peer = await Contestant.start(
    python(),
    [own(names.peer), ...args],
    pythonEnvironment(settings.threads),
  );
  return { own: ours, peer };
}

function makeModel(folder, { id, config, prompt }) {
  const model = { folder: join(folder, id), prompts: join(folder, `${id}.json`) };
  execFileSync(process.execPath, [
    own('../make-model.mjs'),
    ...[model.folder, 'float32', 'float32', JSON.stringify(config)],
  ]);
  writeFileSync(model.prompts, JSON.stringify(promptsOf(prompts, prompt, config.vocab_size)));
  return model;
}

/** @returns { peer: its version or null, agreement, cases } */
export async function measureRow(row, { folder, threads, turns, onCase }) {
  const model = makeModel(folder, row);
  const settingsOf = (more) => ({
    ...{ numGenerations, batch: row.batch, completion: row.completion },
    ...more,
  });
  const cases = [];
  let version = null;
  for (const each of threads) {
    const sides = await start(
      { own: 'steps.mjs', peer: 'trl_steps.py' },
      { model, settings: settingsOf({ ...timed, threads: each }) },
    );
    version = sides.peer?.version ?? null;
    cases.push({ threads: each, ...(await takeTurns(row, sides, turns)) });
    for (const side of Object.values(sides)) side?.stop();
    onCase(cases.at(-1));
  }
  if (version === null) return { peer: null };
  const settings = settingsOf({ ...checked, threads: threads[0] });
  return { peer: version, agreement: await agree(folder, row, { model, settings }), cases };
}

/** What a turn of each side takes, after a step that loads and allocates, and one that tells how long steps are. */
async function takeTurns(row, sides, turns) {
  const names = Object.keys(sides).filter((name) => sides[name] !== null);
  const steps = Object.fromEntries(names.map((name) => [name, []]));
  const counts = {};
  for (const name of names) {
    const [, { seconds }] = await sides[name].ask({ job: 'take', count: 2 });
    counts[name] = Math.max(1, Math.min(mostSteps, Math.round(turnSeconds / seconds)));
  }
  const load = loadavg()[0];
  for (let turn = 0; turn < turns; turn += 1) {
    for (const name of names) {
      const taken = await sides[name].ask({ job: 'take', count: counts[name] });
      for (const step of taken) steps[name].push(step);
    }
  }
  const summaries = {};
  for (const name of names)
    summaries[name] = summary(row, steps[name], await sides[name].ask({ job: 'peak' }));
  return { load, peer: null, ...summaries };
}

/** Least and median of the steps, medians of their parts: what is neither sampling nor optimizer is scores, loss and gradients. */
function summary({ batch, completion }, steps, bytes) {
  const of = (value) => results.median(steps.map(value));
  const median = of((step) => step.seconds);
  return {
    seconds: [Math.min(...steps.map((step) => step.seconds)), median],
    cpu: of((step) => step.cpu),
    generate: of((step) => step.generate),
    learn: of((step) => step.seconds - step.generate - step.optimizer),
    optimizer: of((step) => step.optimizer),
    rate: (batch * completion) / median,
    bytes,
  };
}

async function agree(folder, row, how) {
  const sides = await start({ own: 'agreement.mjs', peer: 'trl_agreement.py' }, how);
  const steps = await sides.own.ask({ job: 'take' });
  const theirs = await sides.peer.ask({ steps, folder: join(folder, `${row.id}-trl`) });
  const differences = await sides.own.ask({ job: 'compare', ...theirs });
  for (const side of Object.values(sides)) side.stop();
  return agreementOf(differences);
}
