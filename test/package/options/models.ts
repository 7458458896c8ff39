import { batch, data, models, omni, rollout, torch } from '../../../lib/index.js';
import { tinyGraph } from '../../models/tiny.js';
import { type Entry, factory, negative, notACount, notPositive } from './entry.js';

const graph = tinyGraph();
const { packed } = batch.packTensors(
  batch.flattenTrees([{ root: { spans: [], textIds: [] }, children: [{ ids: [1] }] }], graph.layOut),
);
const omniModel = () => omni.OmniModel.fromConfig(models.smallConfig(300));
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
    name: 'batch.flattenTrees, a tree',
    call: (o) => batch.flattenTrees([o], graph.layOut),
    names: ['root', 'children'],
    given: { root: { spans: [], textIds: [] }, children: [] },
    wrong: { root: [1], children: [1] },
  },
  {
    name: 'batch.flattenTrees, a node',
    call: (o) => batch.flattenTrees([{ root: { spans: [], textIds: [] }, children: [o] }], graph.layOut),
    names: ['ids', 'lossMask', 'children'],
    given: { ids: [] },
    wrong: { ids: [1], lossMask: [1, [2], ['1']], children: [1] },
  },
  {
    name: 'models.loadGraph',
    type: 'LoadGraphOptions',
    call: (o) => models.loadGraph('no-such-folder', o),
    names: factory,
  },
  {
    name: 'batch.flattenTrees, a root',
    call: (o) => batch.flattenTrees([{ root: o, children: [] }], graph.layOut),
    names: ['spans', 'textIds', 'vision', 'audio'],
    given: { spans: [], textIds: [] },
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
    name: 'rollout.sampleTokens',
    type: 'SamplingOptions',
    call: (o) => rollout.sampleTokens(torch.zeros([1, 3]), [0.5], o),
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
    call: (o) => omniModel().generate(sample, o),
    names: [...samplerNames.slice(0, -1), 'view'],
    wrong: { ...wrongSampler, seed: notACount, view: ['va', 1] },
  },
  {
    name: 'OmniModel.generateBatch',
    type: 'GenerateBatchOptions',
    call: (o) => omniModel().generateBatch([], o),
    names: [...samplerNames.slice(0, -1), 'view'],
    wrong: { occurrences: [1, [0]], topP: notPositive },
  },
  {
    name: 'OmniModel.fromConfig',
    type: 'FreshParts',
    call: (o) => omni.OmniModel.fromConfig(models.smallConfig(300), o),
    names: ['tokenizer', 'template', 'processor'],
  },
  {
    name: 'OmniModel.fromConfig, processor',
    type: 'ProcessorConfig',
    call: (processor) => omni.OmniModel.fromConfig(models.smallConfig(300), { processor }),
    names: ['fps', 'maxFrames', 'minPixels', 'maxPixels', 'imageMean', 'imageStd', 'sampleRate'],
    wrong: { fps: notPositive, maxFrames: notACount },
  },
  {
    name: 'omni.newSmallModel',
    type: 'SmallModelOptions',
    call: (o) => omni.newSmallModel([], o),
    names: ['config', 'processor'],
  },
  {
    name: 'omni.newSmallModel, config',
    type: 'SmallConfig',
    call: (config) => omni.newSmallModel([], { config }),
    names: ['text', 'vision', 'audio', 'positions', 'initializerRange'],
  },
];
