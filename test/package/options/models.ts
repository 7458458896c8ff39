import { data, models, rollout, torch } from '../../../lib/index.js';
import { tinyGraph } from '../../models/tiny.js';
import { type Entry, factory, negative, notACount, notPositive } from './entry.js';

const graph = tinyGraph();
const { packed } = data.packTensors(
  data.pack(
    [{ prefix: { segments: [], textIds: [] }, question: [1], completions: [[2]] }],
    graph.config.positions,
  ),
);
const omni = () => rollout.OmniModel.fromConfig(rollout.smallConfig(300));
const sample = { id: 'a', question: 'q', video: 'clip.mp4' };
const pool = { encode: async () => {} };
const samplerNames = ['temperature', 'topP', 'topK', 'numGenerations', 'maxNewTokens', 'seed', 'stopIds'];
const sampling = { temperature: 1, topP: 1, topK: 0 };
const wrongSampling = { temperature: negative, topP: [...notPositive, 1.5], topK: notACount };
const wrongSampler = { ...wrongSampling, numGenerations: [...notACount, 0], maxNewTokens: [...notACount, 0] };

export const modelEntries: Entry[] = [
  { name: 'models.KvCache', call: (o) => new models.KvCache(1, graph.config.text, o), names: factory },
  {
    name: 'OmniGraph.forward',
    type: 'ForwardOptions',
    call: (o) => graph.forward(packed, o),
    names: ['media', 'cache'],
    wrong: { cache: [1] },
  },
  {
    name: 'OmniGraph.forward, packed',
    call: (o) => graph.forward(o),
    names: ['inputIds', 'positions', 'modality', 'nodes', 'vision', 'audio'],
    given: { ...packed },
  },
  {
    name: 'models.parseOmniConfig',
    type: 'OmniConfigInput',
    call: (o) => models.parseOmniConfig(o),
    names: ['text', 'vision', 'audio', 'positions', 'initializerRange'],
    given: { ...graph.config },
    wrong: { initializerRange: notPositive },
  },
  {
    name: 'models.OmniGraph',
    type: 'OmniConfig',
    call: (o) => new models.OmniGraph(o),
    names: ['text', 'vision', 'audio', 'positions', 'initializerRange'],
    given: { ...graph.config },
  },
  {
    name: 'data.pack, a prefix',
    call: (o) => data.pack([{ prefix: o, question: [1], completions: [] }], graph.config.positions),
    names: ['segments', 'textIds', 'vision', 'audio'],
    given: { segments: [], textIds: [] },
  },
  {
    name: 'data.pack, positions',
    type: 'PositionsConfig',
    call: (o) => data.pack([], o),
    names: ['rule', 'idsPerSecond', 'idsPerAudioToken', 'chunkSeconds'],
    given: { ...graph.config.positions },
    wrong: { rule: ['chunk', undefined], idsPerSecond: [...notPositive, undefined] },
  },
  {
    name: 'data.syntheticClips',
    call: (o) => data.syntheticClips(1, o),
    names: ['train', 'validation', 'test'],
    given: { train: 0, validation: 0, test: 0 },
    wrong: { train: [...notACount, 1e9, undefined], test: [2 ** 53] },
  },
  {
    name: 'data.generateSyntheticDataset',
    type: 'SyntheticOptions',
    call: (o) => data.generateSyntheticDataset('no-such-folder', o),
    names: ['seed', 'clips', 'pool', 'onProgress'],
    given: { seed: 1, clips: { train: 0, validation: 0, test: 0 }, pool },
    wrong: {
      seed: notACount,
      clips: [undefined, 1, { train: -1, validation: 0, test: 0 }, { train: 1 }],
      onProgress: [true],
    },
  },
  {
    name: 'rollout.chooseTokens',
    type: 'SamplingOptions',
    call: (o) => rollout.chooseTokens(torch.zeros([1, 3]), [0.5], o),
    names: ['temperature', 'topP', 'topK'],
    given: sampling,
    wrong: wrongSampling,
  },
  {
    name: 'rollout.sampleBatch',
    type: 'SamplerOptions',
    call: (o) => rollout.sampleBatch(graph, [], o),
    names: samplerNames,
    given: { ...sampling, numGenerations: 1, maxNewTokens: 1, seed: 0, stopIds: [] },
    wrong: { ...wrongSampler, seed: notACount, stopIds: [undefined, 3, ['3'], [Number.NaN]] },
  },
  {
    name: 'OmniModel.generate',
    type: 'GenerateOptions',
    call: (o) => omni().generate(sample, o),
    names: [...samplerNames.slice(0, -1), 'view'],
    wrong: { ...wrongSampler, seed: notACount, view: ['va', 1] },
  },
  {
    name: 'OmniModel.generateBatch',
    type: 'GenerateBatchOptions',
    call: (o) => omni().generateBatch([], o),
    names: [...samplerNames.slice(0, -1), 'view'],
    wrong: { occurrences: [1, [0]], topP: notPositive },
  },
  {
    name: 'OmniModel.fromConfig',
    type: 'FreshParts',
    call: (o) => rollout.OmniModel.fromConfig(rollout.smallConfig(300), o),
    names: ['tokenizer', 'template', 'processor'],
  },
  {
    name: 'OmniModel.fromConfig, processor',
    type: 'ProcessorConfig',
    call: (processor) => rollout.OmniModel.fromConfig(rollout.smallConfig(300), { processor }),
    names: ['fps', 'maxFrames', 'minPixels', 'maxPixels', 'imageMean', 'imageStd', 'sampleRate'],
    wrong: { fps: notPositive, maxFrames: notACount },
  },
  {
    name: 'rollout.newSmallModel',
    type: 'SmallModelOptions',
    call: (o) => rollout.newSmallModel([], o),
    names: ['config', 'processor'],
  },
  {
    name: 'rollout.newSmallModel, config',
    type: 'SmallConfig',
    call: (config) => rollout.newSmallModel([], { config }),
    names: ['text', 'vision', 'audio', 'positions', 'initializerRange'],
  },
];
