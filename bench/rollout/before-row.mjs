// Measures a row beside an earlier commit of this repository: both packages run the same clips and steps with the same
// weights, a process each, in turns.

import { join } from 'node:path';
import { demoPlan } from '../../dist/cli/demo-plan.js';
import earsight from '../../dist/index.js';
import { Contestant } from '../contestant.mjs';
import { BenchmarkError } from '../python.mjs';
import { builtCommit } from './built-commit.mjs';
import { idsCheck } from './comparisons.cjs';

const { data, media } = earsight;
const program = new URL('./omni.mjs', import.meta.url).pathname;
const own = new URL('../../dist', import.meta.url).pathname;
const views = 3;
const shape = { prompts: 16, numGenerations: 8, newTokens: 48 };
/** Of the comparison in float32. */
const compared = { prompts: 4, numGenerations: 1, newTokens: 32 };
const trainer = {
  learningRate: 1e-4,
  numGenerations: shape.numGenerations,
  perDeviceTrainBatchSize: shape.prompts * shape.numGenerations,
  maxCompletionLength: shape.newTokens,
  warmupSteps: 5,
};
/** Runs of each side. */
const runs = { rollouts: 3, grpo: 3 };

const requests = {
  rollouts: { job: 'rollouts', ...shape },
  grpo: { job: 'grpo', config: trainer, steps: 1 },
};

let dataset = null;
/** Clips and samples of the demo, the same for all rows: as many as the turns of a row visit without seeing one twice. */
async function samplesIn(folder) {
  if (dataset !== null) return dataset;
  const pool = new media.MediaPool({ tmpDir: folder });
  const settings = { seed: 0, clips: { train: 80, validation: 1, test: 1 } };
  dataset = (await data.generateSyntheticDataset(join(folder, 'dataset'), { ...settings, pool })).train;
  await pool.close();
  return dataset;
}

async function start(dist, samples, threads, dtype) {
  const contestant = await Contestant.start(process.execPath, [
    program,
    dist,
    samples,
    String(threads),
    dtype,
  ]);
  if (contestant === null) throw new BenchmarkError(`rollout: the program over ${dist} did not start`);
  return contestant;
}

/** Both sides in float32: the same weights, and the same ids by the same random numbers. */
async function checkSame(sides) {
  const [ours, theirs] = await Promise.all(sides.map((side) => side.ask({ job: 'fingerprint' })));
  const isSame = ours.length === theirs.length && ours.every((value, i) => value === theirs[i]);
  if (!isSame) throw new BenchmarkError('rollout: the commits draw different weights from the same seed');
  const ask = (side) => side.ask({ job: 'rollouts', ...compared, turn: 0, returnsIds: true });
  return idsCheck((await ask(sides[0])).ids, (await ask(sides[1])).ids);
}

function sideOf(dtype, { job }, seconds, bytes) {
  const call = Math.min(...seconds);
  const { prompts, numGenerations, newTokens } = shape;
  // A GRPO step's completions end where they end.
  const rate = job === 'rollouts' ? (views * prompts * numGenerations * newTokens) / call : null;
  const step = job === 'rollouts' ? call / newTokens : call;
  return { dtype, step, call, rate, decodeRate: null, bytes };
}

async function measure(row, sides, dtype, probe) {
  const request = requests[row.job];
  const seconds = sides.map(() => []);
  const reads = [];
  for (let turn = -1; turn < runs[row.job]; turn += 1) {
    reads.push(probe());
    for (const [i, side] of sides.entries()) {
      const answer = await side.ask({ ...request, turn: turn + 1 });
      if (turn >= 0) seconds[i].push(answer.seconds);
    }
  }
  const bytes = await Promise.all(sides.map((side) => side.ask({ job: 'peak' })));
  const [ours, theirs] = sides.map((_, i) => sideOf(dtype, row, seconds[i], bytes[i]));
  const ratio = theirs.call / ours.call;
  return {
    title: row.title,
    own: ours,
    peer: theirs,
    machine: { read: Math.max(...reads), ...(await sides[0].ask({ job: 'productRate' })) },
    ratios: { call: ratio, fraction: 1 / ratio },
    of: row.of,
    target: row.target,
  };
}

/** @returns { cases, checks, peer: the commit } */
export async function measureBeforeRow(row, { folder, threads, probe, onCase }) {
  const before = join(builtCommit(row.peer), 'dist');
  const samples = await samplesIn(folder);
  const started = [];
  const both = async (dtype) => {
    const sides = [await start(own, samples, threads, dtype), await start(before, samples, threads, dtype)];
    started.push(...sides);
    return sides;
  };
  try {
    const checks = [await checkSame(await both('float32'))];
    const { recipe } = demoPlan({ quick: false, seed: 0, threads, compare: false });
    const dtype = recipe.bf16 ? 'bfloat16' : 'float32';
    const measured = await measure(row, dtype === 'float32' ? started : await both(dtype), dtype, probe);
    onCase(measured);
    return { cases: [measured], checks, peer: row.peer };
  } finally {
    for (const side of started) side.stop();
  }
}
