/** OmniModel: graph, tokenizer and processor in one; prompts of samples; fresh small models. */
export type { TextPrompt } from './check-samples.js';
export type { ClipFeatures, ClipStore } from './clip-store.js';
export {
  type FreshParts,
  type GenerateBatchOptions,
  type GenerateOptions,
  type Generation,
  OmniModel,
  type OmniModelParts,
} from './omni-model.js';
export { Processor } from './processor.js';
export { type ProcessorConfig, processorConfigSchema } from './processor-config.js';
export { newSmallModel, type SmallModelOptions } from './small-model.js';
