/** Samples, their files, and the synthetic dataset of clips. */
export { nearest } from '../runtime/index.js';
export type { BenchmarkLayout, BenchmarkQuestion } from './benchmarks/benchmark.js';
export { benchmarkLayouts } from './benchmarks/list.js';
export {
  type Benchmark,
  type BenchmarkOptions,
  type MissingClip,
  readBenchmark,
} from './benchmarks/read.js';
export { type Chat, type ChatRow, isChatRow, type PromptCompletion } from './chat.js';
export { readChats, readTrainingRows, validateChat } from './chats.js';
export { DataError, type Place } from './errors.js';
export { letterOf } from './letters.js';
export { answerIndex, normaliseAnswer, parseOption } from './options.js';
export {
  hasPrompt,
  type Preference,
  type PromptMessage,
  type PromptPreference,
  type QuestionPreference,
} from './preference.js';
export { readPreferences, validatePreference } from './preferences.js';
export {
  checkPaths,
  checkSteps,
  endOfStep,
  type PairRecord,
  type PathRecord,
  readPairs,
  readPaths,
  readSteps,
  recordLines,
  type StepRecord,
  writeRecords,
} from './process-records.js';
export {
  type PublishedPair,
  type PublishedRecords,
  readPublishedProcess,
  writePublishedProcess,
} from './published-process.js';
export { questionText } from './question.js';
export type { Completion, Group, SamplingParams } from './rollouts.js';
export { clipKey, type DataRow, hasMedia } from './row.js';
export { allViews, type Sample, type View } from './sample.js';
export { nameSamples } from './sample-error.js';
export { readSamples, validateSample } from './samples.js';
export {
  type SampleBalance,
  type SampleFilter,
  type Selection,
  type SelectionRules,
  selectSamples,
} from './selection.js';
export { splitSteps } from './split-steps.js';
export { type BayesOptimalRow, bayesOptimal } from './synthetic/bayes-optimal.js';
export { captionQuestions } from './synthetic/captions.js';
export { type Clip, type Split, syntheticClips } from './synthetic/clips.js';
export {
  generateSyntheticDataset,
  type SyntheticDataset,
  type SyntheticOptions,
  type SyntheticSettings,
} from './synthetic/generate.js';
export {
  generateSyntheticBenchmark,
  type SyntheticBenchmarkOptions,
} from './synthetic/generate-benchmark.js';
export { between, countTag } from './tags.js';
