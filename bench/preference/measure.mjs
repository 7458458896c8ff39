// Measures a row of bench/preference: both sides' processes, which take steps in turns, and what both make of the same pairs.

import { join } from 'node:path';
import { promptsOf } from '../prompts.mjs';
import results from '../results-page.cjs';
import { makeModel, secondsOf, start, stop, takeTurns } from '../trl-sides.mjs';
import report from './report.cjs';

const own = (name) => new URL(name, import.meta.url).pathname;
const timedPrograms = { own: own('steps.mjs'), peer: own('trl_steps.py') };
const checkedPrograms = { own: own('agreement.mjs'), peer: own('trl_agreement.py') };
/** Pairs of a training, which it goes through again and again. */
const pairs = 64;
/** TRL's, which moves what a random model says of hundreds of tokens far enough. */
const learningRate = 1e-6;
/** Of the check: updates on the same pairs, so that the later ones have log-ratios. */
const checked = { steps: 3, learningRate };
/** Of the steps that are timed: as many as are asked for. */
const timed = { steps: 1e6, learningRate };

/** Pairs of random ids but the first, which pads, and the last, which ends both completions. */
function pairsOf(count, { prompt, completion, config: { vocab_size: vocabulary } }) {
  const ids = promptsOf(count, prompt + 2 * (completion - 1), vocabulary - 2);
  return ids.map((drawn) => {
    const given = drawn.map((id) => id + 1);
    const side = (start) => [...given.slice(start, start + completion - 1), vocabulary - 1];
    return {
      ...{ prompt: given.slice(0, prompt), chosen: side(prompt), rejected: side(prompt + completion - 1) },
    };
  });
}

/** @returns { peer: its version or null, agreement, cases } */
export async function measureRow(row, { folder, threads, turns, onCase }) {
  const { id, config, batch } = row;
  const cases = [];
  let version = null;
  const model = makeModel(folder, id, config, pairsOf(pairs, row));
  for (const each of threads) {
    const sides = await start(timedPrograms, { model, settings: { ...timed, batch, threads: each } });
    version = sides.peer?.version ?? null;
    cases.push({ threads: each, ...(await takeTurns(sides, turns, (steps) => summary(row, steps))) });
    stop(sides);
    onCase(cases.at(-1));
  }
  if (version === null) return { peer: null };
  // Every update is on all pairs, in whatever order.
  const same = makeModel(folder, `${id}-check`, config, pairsOf(batch, row));
  const settings = { ...checked, batch, threads: threads[0] };
  return { peer: version, agreement: await agree(folder, row, { model: same, settings }), cases };
}

/** Least and median of the steps; `learn` is all but the optimizer. */
function summary({ batch, prompt, completion }, steps) {
  const of = (value) => results.median(steps.map(value));
  const seconds = secondsOf(steps);
  return {
    seconds,
    cpu: of((step) => step.cpu),
    learn: of((step) => step.seconds - step.optimizer),
    optimizer: of((step) => step.optimizer),
    rate: (2 * batch * (prompt + completion)) / seconds[1],
  };
}

async function agree(folder, { id }, how) {
  const sides = await start(checkedPrograms, how);
  await sides.own.ask({ job: 'take' });
  const theirs = await sides.peer.ask({ folder: join(folder, `${id}-trl`) });
  const differences = await sides.own.ask({ job: 'compare', ...theirs });
  stop(sides);
  return report.agreementOf(differences);
}
