/** The sampler: completions of prompts from a model graph. */
export type { Decode } from './completion-text.js';
export { prefixStream, streamKey, uniformAt } from './counter-rng.js';
export { EncodedMedia, sharedMedia, sharingMedia } from './encoded-media.js';
export { releaseEngines, samplingStats } from './engines.js';
export { promptLogprobs } from './prompt-logprobs.js';
export {
  type RowOptions,
  type SampledTokens,
  SamplingError,
  type SamplingOptions,
  sampleTokens,
} from './sample-tokens.js';
export { sampleBatch } from './sampler.js';
export { encodedMediaKind, paramKinds, type SampledText, type SamplerOptions } from './sampler-options.js';
