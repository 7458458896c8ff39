// What the rows of bench/engine sample with.

import earsight from '../../dist/index.js';
import rollout from '../../dist/rollout/index.js';

const { noGrad, scope } = earsight;
const settings = { seed: 1, temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

export function promptOf(id, ids) {
  const root = { spans: [{ kind: 'text', length: ids.length }], textIds: ids };
  const tokens = { text: ids.length + 3, audio: 0, video: 0 };
  return { id, occurrence: 0, root, question: [1, 2, 3], text: '', tokens };
}

export const sample = (graph, prompts, lengths) =>
  rollout.sampleBatch(graph, prompts, { ...settings, ...lengths }, { stopIds: [], decode: () => '' });

/** Changes every weight in place, as an update does, by nothing: the next call packs them again. */
export function touch(graph) {
  noGrad(() =>
    scope(() => {
      for (const parameter of graph.parameters()) parameter.mul_(1);
    }),
  );
}
