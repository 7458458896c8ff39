/** Process DPO: steps of reasoning, sampled paths, rollouts of steps, and the pairs that are made of them. */
export { splitSteps } from './split-steps.js';
