/** Process DPO: steps of reasoning, sampled paths, rollouts of steps, and the pairs that are made of them. */
export { splitSteps, writePublishedProcess as writePublished } from '../data/index.js';
export { type BuildPairsOptions, buildPairs, type DroppedPairs, type PairSettings } from './build-pairs.js';
export { expandedSteps, wrongPaths } from './expanded-steps.js';
export { type PathScorer, pathScore, pathScores, type StepReduction, stepReductions } from './path-scorer.js';
export { type Perturbation, perturbations } from './perturb.js';
export { readPublished } from './published.js';
export { type RolloutStepsOptions, rolloutSteps } from './rollout-steps.js';
export { type SamplePathsOptions, samplePaths, samplePathsKinds } from './sample-paths.js';
export {
  reasoningProtocols,
  type SampledModel,
  type SolutionOptions,
  type SolutionSettings,
} from './sampling.js';
export { type SearchOptions, type SearchResult, search } from './search.js';
export { type SelectStepsOptions, selectSteps } from './select-steps.js';
