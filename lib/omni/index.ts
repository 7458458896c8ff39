/** OmniModel: graph, tokenizer and processor in one; prompts of samples; fresh small models. */
export type { TextPrompt } from './check-samples.js';
export type { ClipFeatures, ClipStore } from './clip-store.js';
export type { AnsweredCompletion, FinalAnswerOptions } from './final-answers.js';
export type {
  CompletionPrefix,
  GenerateBatchOptions,
  GenerateOptions,
  Generation,
  SamplePromptsOptions,
  TextPiece,
} from './generate-options.js';
export type { GenerationConfig } from './generation-config.js';
export { type FreshParts, OmniModel, type OmniModelParts } from './omni-model.js';
export type { PrepareOptions } from './prepare.js';
export { Processor } from './processor.js';
export { type ProcessorConfig, processorConfigSchema } from './processor-config.js';
export type { SavePretrainedOptions } from './save-model.js';
export { newSmallModel, type SmallModelOptions } from './small-model.js';
