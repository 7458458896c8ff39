/// <reference lib="esnext.disposable" preserve="true" />
/** The public API of the package. What stands here is a contract; everything else may change. */

export * as algorithms from './algorithms/index.js';
export * as batch from './batch/index.js';
export * as data from './data/index.js';
export * as evaluation from './eval/index.js';
export * as judges from './judges/index.js';
export * as kernels from './kernels/public.js';
export * as media from './media/index.js';
export * as models from './models/index.js';
export * as nn from './nn/index.js';
export { optim } from './nn/index.js';
export * as omni from './omni/index.js';
export {
  type GenerateBatchOptions,
  type GenerateOptions,
  type Generation,
  OmniModel,
} from './omni/index.js';
export * as processDpo from './process/public.js';
export * as report from './report/index.js';
export type { RewardFunc } from './rewards/index.js';
export * as rewards from './rewards/index.js';
export * as rollout from './rollout/public.js';
export { type NativeInfo, NativeLoadError, nativeInfo } from './runtime/index.js';
export {
  type BackwardOptions,
  type ConversionOptions,
  type Device,
  type DType,
  enableGrad,
  type FactoryOptions,
  type FunctionContext,
  Generator,
  type GradOptions,
  type Index,
  type IndexEntry,
  keep,
  type Layout,
  type LoadedFile,
  type LoadOptions,
  type MemoryFormat,
  type MemoryStats,
  memoryStats,
  type NestedArray,
  type NestedValues,
  noGrad,
  type OperatorListing,
  type Profile,
  SafetensorsError,
  type Scalar,
  type StateDict,
  scope,
  Tensor,
  type TensorData,
  TensorDisposedError,
  type Torch,
  TorchError,
  type TypedArray,
  torch,
} from './tensor/index.js';
export * as text from './text/index.js';
export * as train from './train/index.js';
export {
  type DPOConfig,
  DPOTrainer,
  type DPOTrainerOptions,
  type GRPOConfig,
  GRPOTrainer,
  type GRPOTrainerOptions,
  type PRMConfig,
  PRMTrainer,
  type PRMTrainerOptions,
  type ProcessDPOConfig,
  ProcessDPOTrainer,
  type ProcessDPOTrainerOptions,
  RewardModel,
  type SFTConfig,
  SFTTrainer,
  type SFTTrainerOptions,
  type TrainerCallback,
} from './train/index.js';
