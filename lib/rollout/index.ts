/** The model as users hold it, and the sampler. */
export type { TextPrompt } from './check-samples.js';
export { chooseTokens, SamplingError, type SamplingOptions } from './choose.js';
export type { ClipFeatures, ClipStore } from './clip-store.js';
export {
  type FreshParts,
  type GenerateBatchOptions,
  type GenerateOptions,
  type Generation,
  OmniModel,
  type OmniModelParts,
} from './omni-model.js';
export { type PreparedPrompt, Processor, type PromptView } from './processor.js';
export { type ProcessorConfig, processorConfigSchema } from './processor-config.js';
export { type Prompt, type SampledCompletion, type SamplerOptions, sampleBatch } from './sampler.js';
export { newSmallModel, type SmallConfig, type SmallModelOptions, smallConfig } from './small-model.js';
export { streamKey, uniformAt } from './uniform.js';
