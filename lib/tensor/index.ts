import './print.js';

export { type MemoryStats, memoryStats, scope, TensorDisposedError, TorchError } from '../runtime/index.js';
export {
  type BackwardOptions,
  enableGrad,
  FunctionContext,
  type GradOptions,
  isGradEnabled,
  noGrad,
  scopedGrad,
} from './autograd.js';
export { runOperator } from './call.js';
export { CudaGraph } from './cuda-graph.js';
export type { LoadedFile, LoadOptions, StateDict } from './files.js';
export { Generator } from './generator.js';
export { type Index, type IndexEntry, Slice } from './indexing.js';
export {
  allRequired,
  checkOption,
  checkOptions,
  either,
  instanceOf,
  kinds,
  listOf,
  type OptionKind,
  oneOf,
  orNull,
  required,
} from './options.js';
export type { Profile } from './profiler.js';
export { type ConversionOptions, type NestedValues, readData, type TensorData } from './readout.js';
export type { OperatorFunction, OperatorListing } from './registry.js';
export { restoreRng, saveRng } from './rng-state.js';
export { bytesInFile, SafetensorsError } from './safetensors.js';
export { keep, Tensor, takeData } from './tensor.js';
export { functionalOperators, type Torch, torch } from './torch.js';
export {
  type Device,
  type DType,
  dtypeCodes,
  type FactoryOptions,
  type Layout,
  type MemoryFormat,
  type Scalar,
} from './types.js';
export type { NestedArray, TypedArray } from './values.js';
