// In each dtype: how far the sampler is from the learner and both from float32, and how long packing takes.

import algorithms from '../../dist/algorithms/index.js';
import batch from '../../dist/batch/index.js';
import earsight from '../../dist/index.js';
import rollout from '../../dist/rollout/index.js';
import shapes from '../rollout/models.cjs';
import { promptOf, sample, touch } from './sampling.mjs';

const { models, noGrad, scope, torch } = earsight;
const config = shapes.models.small;
const lengths = { numGenerations: 8, maxNewTokens: 48 };
const packings = 5;
const prompts = Array.from({ length: 8 }, (_, p) =>
  promptOf(
    `p${p}`,
    Array.from({ length: 200 }, (_, i) => 5 + ((i * 7 + p * 31) % 200)),
  ),
);

/** The same weights every time. */
function fresh() {
  torch.manualSeed(0);
  return models.buildGraph(config);
}

let reference = null;
function exact() {
  reference ??= fresh();
  return reference;
}

/** The learner's log-probabilities of the completions: one pass over all. */
function taught(graph, groups) {
  const trees = prompts.map((prompt, i) =>
    batch.completionTree(
      prompt,
      groups[i].map(({ ids }) => ids),
    ),
  );
  return noGrad(() =>
    scope(() => {
      const { packed, targets } = batch.packTensors(batch.flattenTrees(trees, graph.layOut), 'cpu');
      const hidden = graph.forward(packed);
      return algorithms.tokenLogprobs(hidden, graph.headWeight, targets.targets, targets.rows).logp.toArray();
    }),
  );
}

function apart(own, others) {
  const differences = own.map((value, i) => Math.abs(value - others[i]));
  return {
    mean: differences.reduce((sum, value) => sum + value, 0) / differences.length,
    max: Math.max(...differences),
  };
}

/** Milliseconds of calls that pack, less those of the fastest one that does not. */
async function packingMilliseconds(graph) {
  const one = async (id) => {
    const start = performance.now();
    await sample(graph, [promptOf('one', [id])], { numGenerations: 1, maxNewTokens: 1 });
    return performance.now() - start;
  };
  const packing = [];
  const others = [];
  for (let i = 0; i < packings; i += 1) {
    touch(graph);
    packing.push(await one(2 * i));
    others.push(await one(2 * i + 1));
  }
  return packing.map((milliseconds) => milliseconds - Math.min(...others));
}

async function measure(graph) {
  const groups = await sample(graph, prompts, lengths);
  const own = groups.flat().flatMap(({ logprobs }) => logprobs);
  const learner = taught(graph, groups);
  const whole = taught(exact(), groups);
  const { packedBytes } = rollout.samplingStats(graph);
  const found = {
    ...{ packedBytes, apart: apart(own, learner) },
    ...{ learner: apart(learner, whole), sampler: apart(own, whole) },
  };
  return { ...found, packing: await packingMilliseconds(graph) };
}

export const dtypeRows = [
  { title: 'float32', measure: () => measure(fresh()) },
  {
    title: "float32, layers computed in bfloat16 (`computeIn('bfloat16')`)",
    measure() {
      const graph = fresh();
      graph.computeIn('bfloat16');
      return measure(graph);
    },
  },
  { title: 'bfloat16', measure: () => measure(fresh().to('bfloat16')) },
];
