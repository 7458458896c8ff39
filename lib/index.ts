/// <reference lib="esnext.disposable" preserve="true" />
/** The public surface of the package. What stands here is a contract; everything else may change. */

export * as algorithms from './algorithms/index.js';
export * as data from './data/index.js';
export * as kernels from './kernels/index.js';
export * as media from './media/index.js';
export * as models from './models/index.js';
export * as nn from './nn/index.js';
export { optim } from './nn/index.js';
export * as rewards from './rewards/index.js';
export { type NativeInfo, NativeLoadError, nativeInfo } from './runtime/index.js';
export {
  type BackwardOptions,
  type ConversionOptions,
  type Device,
  type DType,
  enableGrad,
  type FactoryOptions,
  Generator,
  type GradOptions,
  type Index,
  type IndexEntry,
  keep,
  type Layout,
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
