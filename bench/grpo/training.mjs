// Our side of bench/grpo: a GRPO training of a text model on prompts of ids, without a tokenizer. A completion has as many tokens
// as it may have.

import earsight from '../../dist/index.js';
import rollout from '../../dist/rollout/index.js';

const { models, train } = earsight;
const words = (ids) => ids.map((id) => `w${id}`).join(' ');

/** The model as a trainer takes it. @param onSampled hears the seconds of each call and its completions, a list a prompt */
function idModel(graph, prompts, onSampled) {
  const promptOf = ({ id }, occurrence) => {
    const question = prompts[Number(id)];
    return {
      ...{ id, occurrence, root: { spans: [], textIds: [] }, question, text: words(question) },
      tokens: { text: question.length, audio: 0, video: 0 },
    };
  };
  return {
    graph,
    views: ['av'],
    async prepare(samples, { occurrences }) {
      return { av: samples.map((sample, i) => promptOf(sample, occurrences?.[i] ?? 0)) };
    },
    async samplePrompts(asked, params, options) {
      const start = performance.now();
      const completions = await rollout.sampleBatch(graph, asked, params, {
        ...options,
        ...{ stopIds: [], decode: words },
      });
      onSampled((performance.now() - start) / 1e3, asked, completions);
      return completions;
    },
    encodeCompletion: (text) => text.split(' ').map((word) => Number(word.slice(1))),
    savePretrained: (folder) => models.saveGraph(graph, folder),
  };
}

/** The share of even ids: a number that float32 holds. */
function evenIds({ completionIds }) {
  return completionIds.map((ids) => ids.filter((id) => id % 2 === 0).length / ids.length);
}

export function trainerOf({ graph, prompts, settings, onSampled, callbacks }) {
  return new train.GRPOTrainer({
    model: idModel(graph, prompts, onSampled),
    rewardFuncs: [evenIds],
    trainDataset: prompts.map((ids, i) => ({ id: String(i), question: words(ids) })),
    config: {
      ...{ outputDir: null, lrSchedulerType: 'constant', learningRate: settings.learningRate },
      ...{ maxSteps: settings.steps, numIterations: settings.iterations, seed: 0 },
      ...{ numGenerations: settings.numGenerations, perDeviceTrainBatchSize: settings.batch },
      ...{ maxCompletionLength: settings.completion, lossType: 'dapo', beta: 0 },
    },
    callbacks,
  });
}
