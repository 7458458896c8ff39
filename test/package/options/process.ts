import { processDpo } from '../../../lib/index.js';
import { type Entry, negative, notACount, notANumber, notPositive } from './entry.js';

const model = {};
const sampling = { temperature: negative, topP: [...notANumber, 1.5], topK: notACount, minP: notANumber };
const samplingNames = [
  ...['model', 'samples', 'protocol', ...Object.keys(sampling), 'maxNewTokens', 'seed', 'by', 'judge'],
];
const hookNames = ['onRecords', 'signal'];
const wrongRecords = {
  ...{ samples: [undefined, {}], seed: notACount, onRecords: ['log'], signal: ['stop'] },
  protocol: ['direct', 'both'],
};
const wrongSolutions = { ...wrongRecords, ...sampling, maxNewTokens: [0], model: [1], by: ['letter'] };

export const processEntries: Entry[] = [
  {
    name: 'processDpo.samplePaths',
    type: 'SamplePathsOptions',
    call: (o) => processDpo.samplePaths(o),
    names: [...samplingNames, 'numPaths', 'batchSize', ...hookNames],
    given: { model, samples: [] },
    wrong: { ...wrongSolutions, numPaths: notPositive, batchSize: notPositive },
  },
  {
    name: 'processDpo.selectSteps',
    type: 'SelectStepsOptions',
    call: (o) => processDpo.selectSteps(o),
    names: ['model', 'samples', 'paths', 'protocol', 'perturb', 'top', 'seed', 'batchSize', ...hookNames],
    given: { model, samples: [], paths: [], perturb: 'hideVideo' },
    wrong: {
      ...wrongRecords,
      model: [1],
      paths: [undefined, {}],
      perturb: [undefined, 'noise'],
      top: notPositive,
      batchSize: notPositive,
    },
  },
  {
    name: 'processDpo.search',
    type: 'SearchOptions',
    call: (o) => processDpo.search(o),
    names: [
      ...[
        'model',
        'samples',
        'protocol',
        'kind',
        'beam',
        'maxDepth',
        'scorer',
        'reduction',
        'perturb',
        'top',
      ],
      ...[...Object.keys(sampling), 'seed', 'maxStepTokens', 'maxNewTokens', 'batchSize', ...hookNames],
    ],
    given: { model, samples: [], kind: 'contrastiveDfs' },
    wrong: {
      ...wrongRecords,
      ...sampling,
      model: [1],
      kind: [undefined, 'dfs'],
      beam: [...notPositive, 1],
      maxDepth: notPositive,
      scorer: ['orm'],
      reduction: ['mean', 'min'],
      perturb: ['noise'],
      top: [...notPositive, 3],
      maxStepTokens: notPositive,
      maxNewTokens: notPositive,
      batchSize: notPositive,
    },
  },
  {
    name: 'processDpo.rolloutSteps',
    type: 'RolloutStepsOptions',
    call: (o) => processDpo.rolloutSteps(o),
    names: [...samplingNames, 'paths', 'rollouts', 'tries', 'maxStepTokens', ...hookNames],
    given: { model, samples: [], paths: [] },
    wrong: {
      ...wrongSolutions,
      paths: [undefined, {}],
      rollouts: notPositive,
      tries: notPositive,
      maxStepTokens: notPositive,
    },
  },
  {
    name: 'processDpo.buildPairs',
    type: 'BuildPairsOptions',
    call: (o) => processDpo.buildPairs(o),
    names: ['paths', 'steps', 'labels', 'mu', 'minGap', 'maxPathPairs', 'seed', 'onDropped'],
    given: { paths: [], steps: [] },
    wrong: {
      paths: [undefined, {}],
      steps: [undefined, {}],
      labels: ['firm'],
      mu: notPositive,
      minGap: [...notANumber, 1.5],
      maxPathPairs: notACount,
      seed: notACount,
      onDropped: ['log'],
    },
  },
];
