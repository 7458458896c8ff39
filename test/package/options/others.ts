import {
  data,
  evaluation,
  judges,
  media,
  models,
  omni,
  report,
  rewards,
  text,
  train,
} from '../../../lib/index.js';
import { tinyGraph } from '../../models/tiny.js';
import { tinyModel } from '../../train/tiny-model.js';
import {
  type Entry,
  negative,
  notABoolean,
  notACount,
  notANumber,
  notPositive,
  type Options,
} from './entry.js';

const graph = tinyGraph();
const model = tinyModel();
const tokenizer = text.buildTokenizer(['hello'], { control: ['<end>'] });
const omniModel = () => omni.OmniModel.fromConfig(models.smallConfig(300));
export const pool = new media.MediaPool({ workers: 1 });

const judge = { name: 'constant', judge: async () => [] };
const notAJudge = [undefined, 'self-check', {}];

/** Names that do not begin as hooks do are a callback's own: misspelt ones here begin so. */
function prefixed(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/^x/, 'onX'), value]),
  );
}

export const otherEntries: Entry[] = [
  {
    name: 'rewards.modalityReward',
    type: 'ModalityRewardOptions',
    call: (o) => rewards.modalityReward(o),
    names: ['alpha', 'compare', 'rule', 'by', 'judge'],
    wrong: {
      alpha: [...notANumber, Infinity],
      compare: ['indices'],
      rule: ['atleast'],
      by: ['text'],
      judge: ['self-check', {}],
    },
  },
  {
    name: 'rewards.formatReward',
    type: 'FormatRewardOptions',
    call: (o) => rewards.formatReward(o),
    names: ['mode'],
    wrong: { mode: ['loose', 1] },
  },
  {
    name: 'rewards.answerReward',
    call: (o) => rewards.answerReward(o),
    names: ['by', 'judge'],
    wrong: { by: ['text'], judge: ['self-check', {}] },
  },
  {
    name: 'rewards.consistencyReward',
    type: 'ConsistencyRewardOptions',
    call: (o) => rewards.consistencyReward(o as never),
    names: ['judge'],
    given: { judge },
    wrong: { judge: notAJudge },
  },
  {
    name: 'rewards.completenessReward',
    type: 'CompletenessRewardOptions',
    call: (o) => rewards.completenessReward(o as never),
    names: ['judge'],
    given: { judge },
    wrong: { judge: notAJudge },
  },
  {
    name: 'rewards.temporalReward',
    type: 'TemporalRewardOptions',
    call: (o) => rewards.temporalReward(o),
    names: ['ratio', 'bonus'],
    wrong: { ratio: [...notANumber, -1], bonus: [...notANumber, Infinity] },
  },
  {
    name: 'rewards.necessityReward',
    type: 'NecessityRewardOptions',
    call: (o) => rewards.necessityReward(o as never),
    names: ['score'],
    given: { score: () => [] },
    wrong: { score: [undefined, 'self-check', {}] },
  },
  {
    name: 'data.selectSamples',
    call: (o) => data.selectSamples([], o, 'train.jsonl'),
    names: ['filter', 'balance'],
    wrong: { filter: [1], balance: ['category'] },
  },
  {
    name: 'data.selectSamples: filter',
    call: (o) => data.selectSamples([], { filter: o }, 'train.jsonl'),
    names: [
      'answerAccuracy',
      'questionLogic',
      'composite',
      'videoDependency',
      'audioDependency',
      'shouldFilter',
    ],
    wrong: { answerAccuracy: [...negative, 11], composite: [...negative, 11], shouldFilter: [true, 1] },
  },
  {
    name: 'data.selectSamples: balance',
    call: (o) => data.selectSamples([], { balance: o }, 'train.jsonl'),
    names: ['dropCategories', 'minCategorySize', 'maxCategoryRatio'],
    wrong: {
      dropCategories: ['none', [1]],
      minCategorySize: [...notACount, 0],
      maxCategoryRatio: [...notPositive, 0.5],
    },
  },
  {
    name: 'judges.selfCheck',
    type: 'SelfCheckOptions',
    call: (o) => judges.selfCheck(o as never),
    names: ['model', 'reference', 'temperature', 'captionQuestions'],
    given: { model: {} },
    wrong: {
      model: [undefined, 'folder'],
      reference: ['folder'],
      temperature: notPositive,
      captionQuestions: ['a question', [1], [], ['']],
    },
  },
  {
    name: 'judges.openAI',
    type: 'OpenAIJudgeOptions',
    call: (o) => judges.openAI(o as never),
    names: [
      'baseUrl',
      'model',
      'apiKeyEnv',
      'concurrency',
      'timeoutSeconds',
      'retries',
      'cacheFolder',
      'media',
    ],
    given: { baseUrl: 'http://127.0.0.1:8000/v1', model: 'm' },
    wrong: {
      baseUrl: [undefined, 1, 'a server'],
      model: [undefined, '', 1],
      apiKeyEnv: ['not a name', 1],
      concurrency: [0, 1.5, 'many'],
      timeoutSeconds: [...notPositive, 301],
      retries: notACount,
      cacheFolder: ['', 1],
      media: ['audio'],
    },
  },
  {
    name: 'judges.necessity',
    type: 'NecessityOptions',
    call: (o) => judges.necessity(o as never),
    names: ['model'],
    given: { model: {} },
    wrong: { model: [undefined, 'folder'] },
  },
  {
    name: 'evaluation.evaluate',
    type: 'EvaluateOptions',
    call: (o) => evaluation.evaluate(omniModel(), [], o),
    names: ['views', 'maxNewTokens', 'batchSize', 'onProgress'],
    given: { maxNewTokens: 1 },
    wrong: {
      views: ['av', ['va']],
      maxNewTokens: [...notACount, undefined],
      batchSize: [...notACount, 0],
      onProgress: [1],
    },
  },
  {
    name: 'evaluation.gain',
    call: (o) => evaluation.gain([], [], o),
    names: ['kind', 'view'],
    wrong: { kind: [1], view: ['va'] },
  },
  {
    name: 'evaluation.bootstrapInterval',
    call: (o) => evaluation.bootstrapInterval([[1]], () => 0, o),
    names: ['resamples', 'seed'],
    wrong: { resamples: [0], seed: [-1] },
  },
  {
    name: 'report.writeReport',
    type: 'ReportOptions',
    call: (o) => report.writeReport('no-such-folder', o),
    names: ['mediaFolders'],
    wrong: { mediaFolders: ['a', [1]] },
  },
  {
    name: 'text.buildTokenizer',
    type: 'BuildTokenizerOptions',
    call: (o) => text.buildTokenizer([], o),
    names: ['control', 'tags', 'maxWords'],
    given: { control: ['<end>'] },
    wrong: { control: [undefined, [], 'a', [1]], tags: ['a', [1]], maxWords: notACount },
  },
  {
    name: 'text.Tokenizer',
    type: 'TokenizerFiles',
    call: (o) => new text.Tokenizer(o),
    names: ['model', 'config'],
    given: { model: {}, config: {} },
    wrong: { model: [undefined, 'a'] },
  },
  {
    name: 'Tokenizer.encode',
    call: (o) => tokenizer.encode('a', o),
    names: ['splitSpecialTokens', 'after'],
    wrong: { splitSpecialTokens: notABoolean, after: [1] },
  },
  {
    name: 'ChatTemplate.fromFolder',
    call: (o) => text.ChatTemplate.fromFolder('no-such-folder', o),
    names: ['name'],
    wrong: { name: [1] },
  },
  {
    name: 'Tokenizer.decode',
    call: (o) => tokenizer.decode([1], o),
    names: ['skipSpecialTokens'],
    wrong: { skipSpecialTokens: notABoolean },
  },
  {
    name: 'MediaPool',
    type: 'MediaPoolOptions',
    call: (o) => new media.MediaPool(o),
    names: ['workers', 'timeoutMs', 'maxRssBytes', 'tmpDir'],
    wrong: { workers: notPositive, timeoutMs: notPositive, tmpDir: [1] },
  },
  {
    name: 'MediaPool.decode',
    type: 'DecodeOptions',
    call: (o) => pool.decode('clip.mp4', o),
    names: ['video', 'audio', 'start', 'end'],
    wrong: { start: ['0'], video: [true, 1] },
  },
  {
    name: 'MediaPool.decode, video',
    type: 'VideoRequest',
    call: (video) => pool.decode('clip.mp4', { video }),
    names: ['fps', 'indices', 'maxFrames', 'width', 'height'],
    wrong: { fps: ['1'] },
  },
  {
    name: 'media.logMel',
    type: 'LogMelOptions',
    call: (o) => media.logMel(new Float32Array(160), o),
    names: ['melBins', 'seconds'],
    given: { melBins: 8 },
    wrong: { melBins: notACount },
  },
  {
    name: 'train.completionLogprobs',
    type: 'LogprobOptions',
    call: (o) => train.completionLogprobs(graph, [], o),
    names: ['temperature', 'entropy', 'encoded'],
  },
  {
    name: 'train.earlyStopping',
    call: (o) => train.earlyStopping(o),
    names: ['metric', 'patience', 'target', 'greaterIsBetter'],
    wrong: { metric: [1], patience: [...notACount, 0], target: notANumber, greaterIsBetter: notABoolean },
  },
  {
    name: 'SFTTrainer',
    type: 'SFTTrainerOptions',
    call: (o) => new train.SFTTrainer(o),
    names: ['model', 'trainDataset', 'evalDataset', 'config', 'callbacks', 'formatCompletion', 'evaluate'],
    given: { model, trainDataset: [] },
    wrong: {
      model: [undefined],
      trainDataset: [undefined, 'file.jsonl'],
      evalDataset: ['a'],
      callbacks: [{ onLog() {} }, [1]],
      formatCompletion: ['a'],
      config: [1],
    },
  },
  {
    name: 'GRPOTrainer',
    type: 'GRPOTrainerOptions',
    call: (o) => new train.GRPOTrainer(o),
    names: [
      'model',
      'rewardFuncs',
      'trainDataset',
      'evalDataset',
      'config',
      'callbacks',
      'evaluate',
      'warnOfEqualRewards',
    ],
    given: { model, trainDataset: [], rewardFuncs: [rewards.answerReward()] },
    wrong: {
      rewardFuncs: [undefined, rewards.answerReward(), ['answer']],
      warnOfEqualRewards: notABoolean,
    },
  },
  {
    name: 'DPOTrainer',
    type: 'DPOTrainerOptions',
    call: (o) => new train.DPOTrainer(o),
    names: ['model', 'trainDataset', 'evalDataset', 'config', 'callbacks', 'evaluate'],
    given: { model, trainDataset: [] },
    wrong: { trainDataset: [undefined, 'file.jsonl'], evalDataset: ['a'], config: [1] },
  },
  {
    name: 'a callback',
    call: (o) => new train.SFTTrainer({ model, trainDataset: [], callbacks: [prefixed(o)] }),
    names: ['onTrainBegin', 'onStepEnd', 'onLog', 'onEvaluate', 'onSave', 'onTrainEnd'],
    wrong: { onLog: ['a', {}] },
  },
  {
    name: 'SFTTrainer.train',
    call: (o) => new train.SFTTrainer({ model, trainDataset: [], config: { outputDir: null } }).train(o),
    names: ['resumeFrom'],
    wrong: { resumeFrom: [1] },
  },
  {
    name: 'GRPOTrainer.train',
    call: (o) =>
      new train.GRPOTrainer({
        model,
        trainDataset: [],
        rewardFuncs: [rewards.answerReward()],
        config: { outputDir: null },
      }).train(o),
    names: ['resumeFrom'],
  },
];
