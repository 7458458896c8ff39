// A model of two towers and a decoder, small enough for a hundred steps in seconds, that knows three clips of noise and
// shows them in the views 'av', 'v' and 'a'. What it makes draws nothing from the default generator.
const dist = '../../../dist';
const { OmniGraph, parseOmniConfig } = require(`${dist}/models/index.js`);
const { sampleBatch } = require(`${dist}/rollout/index.js`);
const { torch } = require(`${dist}/tensor/index.js`);

const config = {
  text: {
    ...{ vocab: 32, hiddenSize: 16, layers: 1, heads: 2, kvHeads: 1, headDim: 8, intermediate: 16 },
    mropeSection: [2, 1, 1],
  },
  vision: {
    ...{ patch: 4, width: 16, depth: 1, heads: 2, intermediate: 16, window: 16, fullAttentionLayers: [0] },
  },
  audio: {
    ...{ melBins: 8, chunk: 20, stem: { kind: '1d', strides: [1, 2] }, width: 16, depth: 1, heads: 2 },
    ...{ intermediate: 16, pool: 2 },
  },
  positions: { rule: 'chunked', idsPerSecond: 25 },
  initializerRange: 0.2,
};

const END = 31;
const text = { kind: 'text', length: 2 };
const picture = { rows: 2, columns: 2, times: [0] };
const roots = {
  av: ({ vision, audio }) => ({
    spans: [text, { kind: 'clip', tokens: 5, ...picture }],
    textIds: [3, 4, 5, 6, 7, 8],
    ...{ vision, audio },
  }),
  v: ({ vision }) => ({ spans: [text, { kind: 'video', ...picture }], textIds: [3, 4], vision }),
  a: ({ audio }) => ({ spans: [text, { kind: 'audio', tokens: 5 }], textIds: [3, 4], audio }),
};

function noise(video) {
  const generator = new torch.Generator().manualSeed(Number.parseInt(video, 10));
  return {
    vision: { patches: torch.randn([16, 96], { generator }), grids: [[1, 4, 4]] },
    audio: { mel: torch.randn([8, 20], { generator }), frames: [20] },
  };
}

/** Nine questions, three about each clip. */
const samples = Array.from({ length: 9 }, (_, i) => ({
  id: `s${i}`,
  video: `${Math.floor(i / 3)}.mp4`,
  question: String(i),
}));

function clipModel() {
  torch.manualSeed(1);
  const graph = new OmniGraph(parseOmniConfig(config));
  return {
    graph,
    async prepare(asked, { views, occurrences }) {
      const clips = new Map(asked.map(({ video }) => [video, noise(video)]));
      const prompts = (view) => {
        const made = new Map([...clips].map(([video, clip]) => [video, roots[view](clip)]));
        return asked.map(({ id, video, question }, i) => ({
          ...{ id, occurrence: occurrences?.[i] ?? 0, root: made.get(video) },
          ...{ question: [10 + Number(question)], text: question },
          tokens: { text: 3, audio: 5, video: 4 },
        }));
      };
      return Object.fromEntries(views.map((view) => [view, prompts(view)]));
    },
    samplePrompts: (prompts, params, { media }) =>
      sampleBatch(graph, prompts, params, { stopIds: [END], decode: (ids) => ids.join(' '), media }),
    encodeCompletion: () => [20, 21, END],
    savePretrained() {},
  };
}

module.exports = { clipModel, samples };
