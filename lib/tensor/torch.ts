/** The `torch` namespace. */

import { checkStatus, checkThreads, native } from '../runtime/index.js';
import { AutogradFunction, backward, enableGrad, FunctionContext, grad, isGradEnabled } from './autograd.js';
import type {
  FftFunctions,
  FunctionalFunctions,
  LinalgFunctions,
  SpecialFunctions,
  TensorMethods,
  TorchFunctions,
} from './binding-types.generated.js';
import { fft, functional, functions, linalg, methods, special } from './bindings.generated.js';
import { installTable } from './bindings.js';
import { checkpoint } from './checkpoint.js';
import { fromBuffer, full, tensor } from './factories.js';
import { load, save } from './files.js';
import { Generator, getRngState, manualSeed, setRngState } from './generator.js';
import { slice } from './indexing.js';
import { profiler } from './profiler.js';
import { listOps, ops } from './registry.js';
import { tensordot, unique, uniqueConsecutive } from './shorthands.js';
import { Tensor } from './tensor.js';

function setNumThreads(count: number): void {
  checkThreads('setNumThreads', count);
  native.setNumThreads(count);
  checkStatus('setNumThreads');
}

function getNumThreads(): number {
  return native.getNumThreads();
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}

const handwritten = {
  tensor,
  full,
  fromBuffer,
  slice,
  tensordot,
  unique,
  uniqueConsecutive,
  manualSeed,
  Generator,
  Tensor,
  getRngState,
  setRngState,
  setNumThreads,
  getNumThreads,
  isTensor,
  isGradEnabled,
  enableGrad,
  checkpoint,
  profiler,
  listOps,
  ops,
  save,
  load,
  autograd: { Function: AutogradFunction, FunctionContext, backward, grad },
  cuda: {
    isAvailable: (): boolean => native.deviceInfo().cuda,
    deviceCount: (): number => native.deviceInfo().cudaDevices,
  },
};

function namespace<T>(table: string, entries: Parameters<typeof installTable>[2]): T {
  const target = {};
  installTable(target, table, entries);
  return target as T;
}

declare module './tensor.js' {
  interface Tensor extends TensorMethods {}
}

installTable(Tensor.prototype, 'methods', methods);
installTable(handwritten, 'functions', functions);

/** Functions of neural networks, as PyTorch's torch.nn.functional; `nn.functional` is this object. */
export const functionalOperators = namespace<FunctionalFunctions>('functional', functional);

export type Torch = typeof handwritten &
  Omit<TorchFunctions, keyof typeof handwritten> & {
    linalg: LinalgFunctions;
    special: SpecialFunctions;
    fft: FftFunctions;
  };

/** Types of the namespace, under the names of their values. */
export declare namespace torch {
  export type Tensor = import('./tensor.js').Tensor;
  export type Generator = import('./generator.js').Generator;
  export namespace autograd {
    export type Function = AutogradFunction;
    export type FunctionContext = import('./autograd.js').FunctionContext;
  }
}

/** PyTorch's functions, in camelCase. */
export const torch = Object.assign(handwritten, {
  linalg: namespace<LinalgFunctions>('linalg', linalg),
  special: namespace<SpecialFunctions>('special', special),
  fft: namespace<FftFunctions>('fft', fft),
}) as unknown as Torch;
