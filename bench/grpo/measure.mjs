// Measures a row of bench/grpo: both sides' processes, which take steps in turns, and what both make of the same completions.

import { join } from 'node:path';
import { promptsOf } from '../prompts.mjs';
import results from '../results-page.cjs';
import { makeModel, secondsOf, start, stop, takeTurns } from '../trl-sides.mjs';
import report from './report.cjs';
import { numGenerations } from './rows.cjs';

const own = (name) => new URL(name, import.meta.url).pathname;
const timedPrograms = { own: own('steps.mjs'), peer: own('trl_steps.py') };
const checkedPrograms = { own: own('agreement.mjs'), peer: own('trl_agreement.py') };
/** Prompts of a training, which it goes through again and again. */
const prompts = 64;
/**
 * Of the check: two sets of completions, two updates each, so that the second has probability ratios. Ten times TRL's learning
 * rate; the larger it is, the more AdamW makes of rounding where a gradient is near 0.
 */
const checked = { steps: 2, iterations: 2, learningRate: 1e-5 };
/** Of the steps that are timed: as many as are asked for. */
const timed = { steps: 1e6, iterations: 1, learningRate: 1e-6 };

/** @returns { peer: its version or null, agreement, cases } */
export async function measureRow(row, { folder, threads, turns, onCase }) {
  const { id, config, prompt, batch, completion } = row;
  const model = makeModel(folder, id, config, promptsOf(prompts, prompt, config.vocab_size));
  const settingsOf = (more) => ({ numGenerations, batch, completion, ...more });
  const cases = [];
  let version = null;
  for (const each of threads) {
    const sides = await start(timedPrograms, { model, settings: settingsOf({ ...timed, threads: each }) });
    version = sides.peer?.version ?? null;
    cases.push({ threads: each, ...(await takeTurns(sides, turns, (steps) => summary(row, steps))) });
    stop(sides);
    onCase(cases.at(-1));
  }
  if (version === null) return { peer: null };
  const settings = settingsOf({ ...checked, threads: threads[0] });
  return { peer: version, agreement: await agree(folder, row, { model, settings }), cases };
}

/** Least and median of the steps, medians of their parts: what is neither sampling nor optimizer is scores, loss and gradients. */
function summary({ batch, completion }, steps) {
  const of = (value) => results.median(steps.map(value));
  const seconds = secondsOf(steps);
  return {
    seconds,
    cpu: of((step) => step.cpu),
    generate: of((step) => step.generate),
    learn: of((step) => step.seconds - step.generate - step.optimizer),
    optimizer: of((step) => step.optimizer),
    rate: (batch * completion) / seconds[1],
  };
}

async function agree(folder, row, how) {
  const sides = await start(checkedPrograms, how);
  const steps = await sides.own.ask({ job: 'take' });
  const theirs = await sides.peer.ask({ steps, folder: join(folder, `${row.id}-trl`) });
  const differences = await sides.own.ask({ job: 'compare', ...theirs });
  stop(sides);
  return report.agreementOf(differences);
}
