// Our side of bench/preference: process DPO of a text model on pairs of ids whose labels are certain, which is DPO. No tokenizer.

import earsight from '../../dist/index.js';

const { models, train } = earsight;

/** The model as a trainer takes it: completions are texts of ids. */
function idModel(graph, pairs) {
  const promptOf = ({ id }) => {
    const question = pairs[Number(id)].prompt;
    return {
      ...{ id, occurrence: 0, root: { spans: [], textIds: [] }, question, text: id },
      tokens: { text: question.length, audio: 0, video: 0 },
    };
  };
  return {
    graph,
    views: ['av'],
    prepare: async (samples) => ({ av: samples.map(promptOf) }),
    encodeCompletion: (text) => JSON.parse(text),
    savePretrained: (folder) => models.saveGraph(graph, folder),
  };
}

export function trainerOf({ graph, pairs, settings, callbacks }) {
  const ids = pairs.map((_, i) => String(i));
  return new train.ProcessDPOTrainer({
    model: idModel(graph, pairs),
    samples: ids.map((id) => ({ id, question: id })),
    trainDataset: pairs.map(({ chosen, rejected }, i) => ({
      ...{ sampleId: ids[i], prefix: [], chosen: JSON.stringify(chosen), rejected: JSON.stringify(rejected) },
      ...{ pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' },
    })),
    config: {
      ...{ outputDir: null, lrSchedulerType: 'constant', learningRate: settings.learningRate },
      ...{ maxSteps: settings.steps, perDeviceTrainBatchSize: settings.batch, beta: 0.1, seed: 0 },
      loggingSteps: 1,
    },
    callbacks,
  });
}
