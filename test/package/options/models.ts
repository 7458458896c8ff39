import { batch, data, models, omni, rollout, torch } from '../../../lib/index.js';
import { tinyGraph } from '../../models/tiny.js';
import { type Entry, factory, negative, notABoolean, notACount, notPositive } from './entry.js';
import { loraNames, wrongLora } from './nn.js';

const graph = tinyGraph();
const { packed } = batch.packTensors(
  batch.flattenTrees([{ root: { spans: [], textIds: [] }, children: [{ ids: [1] }] }], graph.layOut),
);
const omniModel = () => omni.OmniModel.fromConfig(models.smallConfig(300));
const sample = { id: 'a', question: 'q', video: 'clip.mp4' };
const pool = { encode: async () => {} };
const samplingNames = ['temperature', 'topP', 'topK', 'minP', 'repetitionPenalty'];
const paramNames = [...samplingNames, 'numGenerations', 'maxNewTokens', 'seed', 'stop', 'includeStop'];
const samplerNames = ['stopIds', 'decode', 'prefixes', 'streams', 'media', 'signal', 'onStep', 'onText'];
const generateNames = [...paramNames, 'view', 'prefix', 'signal'];
const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };
const params = { ...sampling, numGenerations: 1, maxNewTokens: 1, seed: 0 };
const decode = () => '';
const wrongSampling = {
  temperature: negative,
  topP: [...notPositive, 1.5],
  topK: notACount,
  minP: [...negative, 1.5],
  repetitionPenalty: notPositive,
};
const wrongParams = {
  ...wrongSampling,
  numGenerations: [...notACount, 0],
  maxNewTokens: [...notACount, 0],
  seed: notACount,
  stop: ['a', [''], [1]],
  includeStop: notABoolean,
};

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
    names: [...factory, 'onProgress', 'adapter'],
    wrong: { onProgress: [1] },
  },
  {
    name: 'graph.addAdapter',
    type: 'AdapterOptions',
    call: (o) => tinyGraph().addAdapter(o),
    names: loraNames,
    wrong: wrongLora,
  },
  {
    name: 'models.saveGraph',
    type: 'SaveGraphOptions',
    call: (o) => models.saveGraph(graph, '/dev/null/x', o),
    names: ['maxShardSize', 'also'],
    wrong: { maxShardSize: [0, -1, 1.5, 'large', '5', '5GiB', '-5GB', null, Number.NaN], also: [1] },
  },
  {
    name: 'OmniModel.savePretrained',
    type: 'SavePretrainedOptions',
    call: (o) => omniModel().savePretrained('/dev/null/x', o),
    names: ['maxShardSize'],
    wrong: { maxShardSize: [0, '5', true] },
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
    names: samplingNames,
    given: sampling,
    wrong: wrongSampling,
  },
  {
    name: 'rollout.sampleTokens, rows',
    type: 'RowOptions',
    call: (o) => rollout.sampleTokens(torch.zeros([1, 3]), [0.5], sampling, o),
    names: ['name', 'seen'],
    wrong: { name: [1], seen: [[]] },
  },
  {
    name: 'rollout.sampleBatch',
    type: 'SamplerOptions',
    call: (o) => rollout.sampleBatch(graph, [], params, o),
    names: samplerNames,
    given: { stopIds: [], decode },
    wrong: {
      stopIds: [undefined, 3, ['3'], [Number.NaN]],
      decode: [undefined, 1],
      prefixes: [[1], [[]], 'a'],
      streams: [[-1], [0]],
      signal: [1, {}],
      onText: [1],
    },
  },
  {
    name: 'rollout.sampleBatch, params',
    call: (o) => rollout.sampleBatch(graph, [], o, { stopIds: [], decode }),
    names: paramNames,
    given: params,
    wrong: wrongParams,
  },
  {
    name: 'OmniModel.generate',
    type: 'GenerateOptions',
    call: (o) => omniModel().generate(sample, o),
    names: [...generateNames, 'promptLogprobs'],
    wrong: { ...wrongParams, view: ['va', 1], prefix: [1, [1, 'a'], [-1]], promptLogprobs: notABoolean },
  },
  {
    name: 'OmniModel.generateBatch',
    type: 'GenerateBatchOptions',
    call: (o) => omniModel().generateBatch([], o),
    names: generateNames,
    wrong: { occurrences: [1, [0]], topP: notPositive },
  },
  {
    name: 'OmniModel.finalAnswers',
    type: 'FinalAnswerOptions',
    call: (o) => omniModel().finalAnswers([], [], o),
    names: ['media', 'signal', 'protocol', 'prefixes'],
    wrong: { media: [1], signal: ['stop'], prefixes: [1, [[1.5]]] },
  },
  {
    name: 'OmniModel.prepare',
    type: 'PrepareOptions',
    call: (o) => omniModel().prepare([], o),
    names: ['views', 'occurrences', 'seed'],
    given: { views: ['av'] },
    wrong: { views: [undefined, 'av', ['va']], occurrences: [1, [0]], seed: notACount },
  },
  {
    name: 'OmniModel.samplePrompts',
    type: 'SamplePromptsOptions',
    call: (o) => omniModel().samplePrompts([], {}, o),
    names: ['media', 'prefixes', 'tries', 'signal', 'onText'],
    wrong: { prefixes: ['a', ['a'], [[1, 'a']]], tries: [[0], [-1]], signal: [1, {}], onText: [1] },
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
