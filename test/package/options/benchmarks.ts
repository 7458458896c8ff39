// Benchmarks, choices among paths, and the trainers that learn from records of process DPO.
import { data, evaluation, train } from '../../../lib/index.js';
import { tinyModel } from '../../train/tiny-model.js';
import { type Entry, notPositive } from './entry.js';

const model = tinyModel();
const benchmark = { name: 'x', title: 'x', questions: [], missing: [] };
const trainerNames = ['model', 'samples', 'trainDataset', 'evalDataset', 'config', 'callbacks', 'evaluate'];
const wrongTrainer = {
  samples: [undefined, {}],
  trainDataset: [undefined, 'file.jsonl'],
  evalDataset: ['a'],
};
const voteNames = ['samples', 'n', 'paths'];
const wrongVotes = { samples: [undefined, {}], n: [...notPositive], paths: ['a'] };
const scorer = async () => [];
const samples = [{ id: 'a', question: 'which?', answer: 'red' }];

export const benchmarkEntries: Entry[] = [
  {
    name: 'data.readBenchmark',
    type: 'BenchmarkOptions',
    call: (o) => data.readBenchmark('rivabench', [], o),
    names: ['media'],
    wrong: { media: [1] },
  },
  {
    name: 'data.generateSyntheticBenchmark',
    type: 'SyntheticBenchmarkOptions',
    call: (o) => data.generateSyntheticBenchmark('never-made', o),
    names: ['seed', 'clips', 'pool', 'onProgress'],
    given: { seed: 0, clips: { academic: 1, standUp: 1, synthDec: 1 }, pool: {} },
    wrong: { seed: [undefined, 0.5], clips: [undefined, 1], pool: [undefined, 1], onProgress: ['log'] },
  },
  {
    name: 'evaluation.runBenchmark',
    type: 'BenchmarkRunOptions',
    call: (o) => evaluation.runBenchmark(model as never, benchmark as never, o),
    names: ['output', 'views', 'maxNewTokens', 'protocol', 'limit', 'batchSize', 'settings', 'onProgress'],
    given: { output: 'never-made', maxNewTokens: 1 },
    wrong: {
      output: [undefined, 1],
      views: ['av', ['shuffled']],
      maxNewTokens: [undefined, ...notPositive],
      limit: notPositive,
      batchSize: notPositive,
      settings: [1],
      onProgress: ['log'],
    },
  },
  {
    name: 'evaluation.majorityVote',
    type: 'MajorityVoteOptions',
    call: (o) => evaluation.majorityVote(o),
    names: voteNames,
    given: { model, samples },
    wrong: wrongVotes,
  },
  {
    name: 'evaluation.bestOfN',
    type: 'BestOfNOptions',
    call: (o) => evaluation.bestOfN(o),
    names: [...voteNames, 'scorer', 'reduction'],
    given: { model, samples, scorer },
    wrong: { ...wrongVotes, scorer: [undefined, 'orm'], reduction: ['mean'] },
  },
  {
    name: 'ProcessDPOTrainer',
    type: 'ProcessDPOTrainerOptions',
    call: (o) => new train.ProcessDPOTrainer(o),
    names: [...trainerNames, 'protocol', 'formatCompletion'],
    given: { model, samples: [], trainDataset: [] },
    wrong: { ...wrongTrainer, config: [1], protocol: ['both'], formatCompletion: ['a'] },
  },
  {
    name: 'PRMTrainer',
    type: 'PRMTrainerOptions',
    call: (o) => new train.PRMTrainer(o),
    names: trainerNames,
    given: { model, samples: [], trainDataset: [] },
    wrong: { ...wrongTrainer, config: [1] },
  },
];
