// How late the event loop is while the engine packs, reads a long prompt, and writes completions.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import earsight from '../../dist/index.js';
import { promptsOf } from '../prompts.mjs';
import { promptOf, sample, touch } from './sampling.mjs';

const { models } = earsight;
const config = {
  ...{ model_type: 'qwen2', vocab_size: 32_000, hidden_size: 896, intermediate_size: 4864 },
  ...{ num_hidden_layers: 8, num_attention_heads: 14, num_key_value_heads: 2, tie_word_embeddings: true },
};
const idleSeconds = 2;
const lengths = { numGenerations: 8, maxNewTokens: 64 };
const prompts = promptsOf(2, 2048, config.vocab_size).map((ids, i) => promptOf(String(i), ids));

let graph = null;
function model() {
  graph ??= models.buildGraph(config);
  return graph;
}

/** Seconds of the work, and percentiles of the delay in milliseconds. */
async function delayDuring(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1e3;
  delay.disable();
  const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map((ns) => ns / 1e6);
  return { seconds, p50, p99, max };
}

/** In this order: the first prompt is packed for, the second finds the weights packed, and itself the next time. */
export const delayRows = [
  { title: 'idle', measure: () => delayDuring(() => sleep(1e3 * idleSeconds)) },
  {
    title: 'first packing, prompt, completions',
    measure() {
      const made = model();
      return delayDuring(() => sample(made, [prompts[0]], lengths));
    },
  },
  { title: 'prompt, completions', measure: () => delayDuring(() => sample(model(), [prompts[1]], lengths)) },
  {
    title: 'completions of a prompt that is there',
    measure: () => delayDuring(() => sample(model(), [prompts[1]], lengths)),
  },
  {
    title: 'packing after an update, prompt, one token',
    async measure() {
      touch(model());
      return delayDuring(() => sample(model(), [prompts[0]], { numGenerations: 1, maxNewTokens: 1 }));
    },
  },
];
