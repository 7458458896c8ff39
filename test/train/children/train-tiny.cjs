// train-tiny.cjs <outputDir> <what>
//
// Two steps of SFT by a tiny model of text, a checkpoint after each, of which the newest stays. <what>:
//   kill N        is killed (SIGKILL) instead of its N-th change to the disk after the first checkpoint
//   hold          writes 'training' in its first step and waits there until its input ends
//   resume FOLDER continues from a checkpoint
//   whole         only trains
const { mkdirSync } = require('node:fs');
const { killAt } = require('../../files/children/kill-at.cjs');

const dist = '../../../dist';
const { OmniGraph, parseOmniConfig, saveGraph } = require(`${dist}/models/index.js`);
const { torch } = require(`${dist}/tensor/index.js`);
const { SFTTrainer } = require(`${dist}/train/index.js`);

const [outputDir, what, n] = process.argv.slice(2);

const text = {
  ...{ vocab: 28, hiddenSize: 16, layers: 1, heads: 2, kvHeads: 1, headDim: 8, intermediate: 16 },
  mropeSection: [2, 1, 1],
};
torch.manualSeed(1);
const graph = new OmniGraph(parseOmniConfig({ text, positions: { rule: 'merged', idsPerSecond: 4 } }));
const root = { spans: [{ kind: 'text', length: 1 }], textIds: [0] };
const model = {
  graph,
  prepare: async (samples) => ({
    av: samples.map(({ question }) => ({ root, question: [2], text: question })),
  }),
  encodeCompletion: () => [3, 4, 1],
  savePretrained(folder) {
    mkdirSync(folder, { recursive: true });
    saveGraph(graph, folder);
  },
};

const callbacks = {
  kill: {
    onSave: ({ step }) => {
      if (step === 1) killAt(Number(n));
    },
  },
  hold: {
    onStepEnd: async () => {
      process.stdout.write('training\n');
      for await (const _ of process.stdin);
    },
  },
};

new SFTTrainer({
  model,
  trainDataset: [0, 1, 2].map((i) => ({ id: `s${i}`, video: `${i}.mp4`, question: 'a' })),
  formatCompletion: () => 'ab',
  config: {
    ...{ outputDir, maxSteps: 2, saveSteps: 1, saveTotalLimit: 1, loggingSteps: 1 },
    ...{ perDeviceTrainBatchSize: 1, learningRate: 1e-2 },
  },
  callbacks: what in callbacks ? [callbacks[what]] : [],
})
  .train({ resumeFrom: what === 'resume' ? n : undefined })
  .then(({ state }) => process.stdout.write(`${state.step}\n`));
