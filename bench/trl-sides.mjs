// Two programs over one model that train: ours and TRL's, which take steps in turns.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.mjs';
import { BenchmarkError, python, pythonEnvironment } from './python.mjs';
import results from './results-page.cjs';

/** Seconds of a turn, where a step is shorter; no more steps than so many. */
const turnSeconds = 0.5;
const mostSteps = 10;

/** A folder of fresh weights, and a file of what is learned. */
export function makeModel(folder, id, config, data) {
  const model = { folder: join(folder, id), data: join(folder, `${id}.json`) };
  execFileSync(process.execPath, [
    fileURLToPath(new URL('make-model.mjs', import.meta.url)),
    ...[model.folder, 'float32', 'float32', JSON.stringify(config)],
  ]);
  writeFileSync(model.data, JSON.stringify(data));
  return model;
}

/** Both sides' programs over a model, by name; null where the peer does not start. @param programs their files */
export async function start(programs, { model, settings }) {
  const args = [model.folder, model.data, JSON.stringify(settings)];
  const own = await Contestant.start(process.execPath, [programs.own, ...args]);
  if (own === null) throw new BenchmarkError('our program did not start');
  const peer = await Contestant.start(
    python(),
    [programs.peer, ...args],
    pythonEnvironment(settings.threads),
  );
  return { own, peer };
}

export function stop(sides) {
  for (const side of Object.values(sides)) side?.stop();
}

/**
 * What a turn of each side takes, after a step that loads and allocates, and one that tells how long steps are.
 * @param summarise of a side's steps
 */
export async function takeTurns(sides, turns, summarise) {
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
    summaries[name] = { ...summarise(steps[name]), bytes: await sides[name].ask({ job: 'peak' }) };
  return { load, peer: null, ...summaries };
}

/** Least and median of the steps. */
export function secondsOf(steps) {
  const seconds = steps.map((step) => step.seconds);
  return [Math.min(...seconds), results.median(seconds)];
}
