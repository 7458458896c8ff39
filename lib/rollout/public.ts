/** What programs see as `rollout`. index.ts has what other layers need besides. */
export {
  type Decode,
  EncodedMedia,
  prefixStream,
  promptLogprobs,
  type RowOptions,
  type SampledText,
  type SampledTokens,
  type SamplerOptions,
  SamplingError,
  type SamplingOptions,
  sampleBatch,
  sampleTokens,
  samplingStats,
  streamKey,
  uniformAt,
} from './index.js';
