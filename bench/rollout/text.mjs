// Our side of the text rows of bench/rollout: completions of prompts of ids by the sampler. Reads jobs as lines of JSON.
//
//   node text.mjs FOLDER DTYPE THREADS

import { createInterface } from 'node:readline';
import earsight from '../../dist/index.js';
import rollout from '../../dist/rollout/index.js';
import { peak, productRate } from '../own-process.mjs';

const { models, nativeInfo, torch } = earsight;
const [folder, dtype, threads] = process.argv.slice(2);
torch.setNumThreads(Number(threads));
const graph = models.loadGraph(folder, { dtype });
const greedy = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 };

/** Greedy completions of so many tokens, and the seconds of the call. */
async function generate({ prompts, numGenerations, newTokens }) {
  const asked = prompts.map((question, i) => ({
    id: String(i),
    occurrence: 0,
    root: { spans: [], textIds: [] },
    question,
    text: '',
    tokens: { text: question.length, audio: 0, video: 0 },
  }));
  const params = { ...greedy, numGenerations, maxNewTokens: newTokens };
  const start = performance.now();
  const completions = await rollout.sampleBatch(graph, asked, params, { stopIds: [], decode: () => '' });
  const seconds = (performance.now() - start) / 1e3;
  const all = completions.flat();
  return { seconds, ids: all.map(({ ids }) => ids), logprobs: all.map(({ logprobs }) => logprobs) };
}

const jobs = { generate, peak, productRate: () => productRate(torch) };

process.stdout.write(`${nativeInfo().libtorch.version}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...options } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await jobs[job](options))}\n`);
}
