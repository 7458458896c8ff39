/** Process DPO: steps of reasoning, sampled paths, rollouts of steps, and the pairs that are made of them. */
export { type BuildPairsOptions, buildPairs, type DroppedPairs, type PairSettings } from './build-pairs.js';
export { splitSteps } from './split-steps.js';
