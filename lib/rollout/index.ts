/** The sampler: completions of prompts from a model graph. */
export { streamKey, uniformAt } from './counter-rng.js';
export { type SampledTokens, SamplingError, type SamplingOptions, sampleTokens } from './sample-tokens.js';
export { type SampledCompletion, type SamplerOptions, sampleBatch, samplerKinds } from './sampler.js';
