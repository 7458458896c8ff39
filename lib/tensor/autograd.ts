/** Gradients: backward, grad, hooks, the grad mode, and custom functions whose backward is JavaScript. */

import {
  CallbackResult,
  checkFunction,
  checkStatus,
  currentContext,
  firstSlot,
  native,
  results,
  runWith,
  SavedTensorsResult,
  scope,
  slots,
  TensorDisposedError,
  writeApplyFunction,
  writeBackward,
  writeCallbackReturn,
  writeGrad,
  writeGradOf,
  writeRegisterHook,
  writeRemoveHook,
  writeSavedTensors,
} from '../runtime/index.js';
import { describeValue } from './arguments.js';
import { checkCallbackStatus, keepCallbackError } from './operator.js';
import { checkOptions, kinds } from './options.js';
import { Tensor, tensorFromHandle } from './tensor.js';

/** Runs `fn` without recording operators, also after every await of an async function. */
export function noGrad<T>(fn: () => T): T {
  checkFunction('noGrad', fn);
  return runWith({ grad: false }, fn);
}

/** Runs `fn` with recording on, inside `noGrad`. */
export function enableGrad<T>(fn: () => T): T {
  checkFunction('enableGrad', fn);
  return runWith({ grad: true }, fn);
}

export function isGradEnabled(): boolean {
  return currentContext().grad;
}

// ---- callbacks ----------------------------------------------------------------------------------------

/** JavaScript functions that native code calls by number, until it reports the number dead. */
const callbacks = new Map<number, (inputs: (Tensor | null)[]) => readonly (Tensor | null)[]>();
let lastCallbackId = 0;

function registerCallback(callback: (inputs: (Tensor | null)[]) => readonly (Tensor | null)[]): number {
  for (const id of native.deadCallbacks()) callbacks.delete(id);
  lastCallbackId += 1;
  callbacks.set(lastCallbackId, callback);
  return lastCallbackId;
}

/** Called by native code during backward, always on this thread. Must not throw: native frames lie below. */
function trampoline(callbackId: number): boolean {
  try {
    const grad = slots[CallbackResult.gradMode] !== 0;
    const count = slots[CallbackResult.count];
    runWith({ grad }, () =>
      scope(() => {
        const inputs = readHandles(CallbackResult.inputs, count);
        const outputs = (callbacks.get(callbackId) as NonNullable<ReturnType<typeof callbacks.get>>)(inputs);
        writeCallbackReturn(handlesOf('callback', outputs));
        native.callbackReturn();
        checkStatus('callback');
      }),
    );
    return true;
  } catch (error) {
    keepCallbackError(error);
    return false;
  }
}
native.setTrampoline(trampoline);

// ---- the wire buffer as handle lists --------------------------------------------------------------------

/** 0 stands for null. */
function handlesOf(op: string, tensors: readonly (Tensor | null)[]): number[] {
  if (!Array.isArray(tensors))
    throw new TypeError(`${op}: expected a list of Tensors, got ${describeValue(tensors)}`);
  return Array.from(tensors, (tensor) => {
    if (tensor === null) return 0;
    if (!(tensor instanceof Tensor))
      throw new TypeError(`${op}: expected a Tensor, got ${describeValue(tensor)}`);
    if (tensor.handle === 0) throw new TensorDisposedError(op);
    return tensor.handle;
  });
}

/** The handles that the last call left at `from`, as tensors of the current scope. */
function readHandles(from: number, count: number): (Tensor | null)[] {
  const handles = results().subarray(from, from + count);
  return Array.from(handles, (handle) => (handle === 0 ? null : tensorFromHandle(handle)));
}

// ---- backward and grad ------------------------------------------------------------------------------------

export interface BackwardOptions {
  /** Upstream gradients of the outputs; ones for scalars when left out. */
  gradient?: Tensor | readonly (Tensor | null)[];
  /** Keeps the graph for another backward. Defaults to `createGraph`. */
  retainGraph?: boolean;
  /** Records the backward itself, for higher derivatives. */
  createGraph?: boolean;
  /** Accumulates only into these leaves. */
  inputs?: readonly Tensor[];
}

export interface GradOptions {
  gradOutputs?: readonly (Tensor | null)[];
  retainGraph?: boolean;
  createGraph?: boolean;
  /** Gives null for inputs that the outputs do not depend on, instead of an error. */
  allowUnused?: boolean;
}

function isTensorList(value: unknown): value is readonly (Tensor | null)[] {
  return Array.isArray(value);
}

const backwardKinds = {
  gradient: kinds.passedOn,
  retainGraph: kinds.boolean,
  createGraph: kinds.boolean,
  inputs: kinds.list,
};

/** Accumulates gradients of `tensors` into the leaves they depend on. */
export function backward(tensors: readonly Tensor[], options: BackwardOptions = {}): void {
  checkOptions('backward', options, backwardKinds);
  const { gradient, createGraph = false, retainGraph = createGraph, inputs = [] } = options;
  const gradients = gradient === undefined ? [] : isTensorList(gradient) ? gradient : [gradient];
  const [outputHandles, gradientHandles, inputHandles] = [tensors, gradients, inputs].map((list) =>
    handlesOf('backward', list),
  );
  writeBackward(outputHandles, gradientHandles, inputHandles, retainGraph, createGraph);
  native.backward();
  checkCallbackStatus('backward');
}

const gradKinds = {
  gradOutputs: kinds.list,
  retainGraph: kinds.boolean,
  createGraph: kinds.boolean,
  allowUnused: kinds.boolean,
};

/** Gradients of the sum of `outputs` with respect to `inputs`, without touching any `.grad`. */
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradOptions & { allowUnused: true },
): (Tensor | null)[];
export function grad(outputs: readonly Tensor[], inputs: readonly Tensor[], options?: GradOptions): Tensor[];
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  checkOptions('grad', options, gradKinds);
  const { gradOutputs = [], createGraph = false, retainGraph = createGraph, allowUnused = false } = options;
  const [outputHandles, inputHandles, gradientHandles] = [outputs, inputs, gradOutputs].map((list) =>
    handlesOf('grad', list),
  );
  writeGrad(outputHandles, inputHandles, gradientHandles, retainGraph, createGraph, allowUnused);
  native.grad();
  checkCallbackStatus('grad');
  return readHandles(firstSlot, inputs.length);
}

/** @internal The gradient of a leaf as a tensor of the current scope, unlike `.grad`, which no scope owns. */
export function scopedGrad(tensor: Tensor): Tensor | null {
  if (tensor.handle === 0) throw new TensorDisposedError('grad');
  writeGradOf(tensor.handle, 0);
  native.gradOf();
  checkStatus('grad');
  return readHandles(firstSlot, 1)[0];
}

declare module './tensor.js' {
  interface Tensor {
    /** Accumulates the gradient of this tensor into the leaves it depends on. */
    backward(gradient?: Tensor, options?: BackwardOptions): void;
    backward(options?: BackwardOptions): void;
    /** Calls `hook` with the gradient whenever it is computed; a returned tensor replaces it. */
    registerHook(hook: (grad: Tensor) => Tensor | undefined | null | void): { remove(): void };
  }
}

Object.assign(Tensor.prototype, {
  backward(this: Tensor, first?: Tensor | BackwardOptions | null, second: BackwardOptions = {}): void {
    checkOptions('backward', second, backwardKinds);
    const isGradient = first instanceof Tensor;
    if (!isGradient && first !== undefined && first !== null) checkOptions('backward', first, backwardKinds);
    backward([this], isGradient ? { ...second, gradient: first } : { ...first, ...second });
  },
  registerHook(this: Tensor, hook: (grad: Tensor) => unknown): { remove(): void } {
    checkFunction('registerHook', hook);
    if (this.handle === 0) throw new TensorDisposedError('registerHook');
    const id = registerCallback(([gradient]) => {
      if (gradient === null) return [];
      const replaced = hook(gradient);
      if (replaced === undefined || replaced === null) return [];
      if (!(replaced instanceof Tensor))
        throw new TypeError(
          `registerHook: expected the hook to return a Tensor or nothing, got ${describeValue(replaced)}`,
        );
      return [replaced];
    });
    writeRegisterHook(this.handle, id);
    native.registerHook();
    checkStatus('registerHook');
    return {
      remove: () => {
        writeRemoveHook(id);
        native.removeHook();
        checkStatus('removeHook');
      },
    };
  },
});

// ---- custom functions ---------------------------------------------------------------------------------------

/** Kept outside the context: the context's properties belong to the function's author. */
interface Recording {
  saved: (Tensor | null)[];
  nonDifferentiable: Tensor[];
  /** The function's callback, by which native code finds what it saved; 0 until `apply` recorded it. */
  callbackId: number;
}

const recordings = new WeakMap<FunctionContext, Recording>();

function recordingOf(ctx: FunctionContext): Recording {
  let recording = recordings.get(ctx);
  if (recording === undefined) {
    recording = { saved: [], nonDifferentiable: [], callbackId: 0 };
    recordings.set(ctx, recording);
  }
  return recording;
}

/** What `forward` leaves for `backward`: tensors through `saveForBackward`, anything else as properties. */
export class FunctionContext {
  /** By argument of `forward`: whether it is a tensor whose gradient is wanted. */
  needsInputGrad: boolean[] = [];
  [name: string]: unknown;

  /** Saves inputs or outputs of `forward`; only those are checked against in-place changes and freed with the graph. */
  saveForBackward(...tensors: (Tensor | null)[]): void {
    recordingOf(this).saved = tensors;
  }

  /** Outputs that never need a gradient. */
  markNonDifferentiable(...outputs: Tensor[]): void {
    recordingOf(this).nonDifferentiable = outputs;
  }

  /** The saved tensors, inside `backward`; those of another function too, as long as its graph holds them. */
  get savedTensors(): (Tensor | null)[] {
    writeSavedTensors(recordingOf(this).callbackId);
    native.savedTensors();
    checkStatus('savedTensors');
    return readHandles(SavedTensorsResult.tensors, slots[SavedTensorsResult.count]);
  }
}

type Gradients = Tensor | null | undefined | readonly (Tensor | null | undefined)[];

/**
 * An operator with a backward of its own: subclass it with static `forward(ctx, ...args)` and
 * `backward(ctx, ...gradOutputs)`, then call `Subclass.apply(...args)`. `backward` returns one gradient (or
 * null) for every argument of `forward`.
 */
// biome-ignore-start lint/complexity/noThisInStatic: the subclass is what `apply` is called on
// biome-ignore lint/complexity/noStaticOnlyClass: PyTorch's shape of a custom function
export class AutogradFunction {
  // biome-ignore lint/suspicious/noExplicitAny: subclasses type their own arguments
  static forward(_ctx: FunctionContext, ..._args: any[]): Tensor | readonly Tensor[] {
    throw new TypeError('torch.autograd.Function: the subclass has no static forward');
  }

  static backward(_ctx: FunctionContext, ..._gradOutputs: (Tensor | null)[]): Gradients {
    throw new TypeError('torch.autograd.Function: the subclass has no static backward');
  }

  // biome-ignore lint/suspicious/noExplicitAny: as forward
  static apply(...args: any[]): any {
    const isMissing = (value: unknown): boolean => value === undefined || value === null;
    const inputs = args.filter((value): value is Tensor => value instanceof Tensor);
    const recording = currentContext().grad && inputs.some((input) => input.requiresGrad);
    const ctx = new FunctionContext();
    ctx.needsInputGrad = args.map((value) => value instanceof Tensor && value.requiresGrad);
    const result = noGrad(() => this.forward(ctx, ...args));
    const single = result instanceof Tensor;
    const name = this.name;
    if (!single && !Array.isArray(result))
      throw new TypeError(
        `${name}.forward: expected a Tensor or a list of Tensors, got ${describeValue(result)}`,
      );
    const outputs: Tensor[] = single ? [result] : [...result];
    if (!recording) return result;

    const id = registerCallback((gradients) => {
      const returned = this.backward(ctx, ...gradients);
      const list = Array.isArray(returned) ? returned : [returned];
      if (
        list.length !== args.length &&
        !(list.length > args.length && list.slice(args.length).every(isMissing))
      ) {
        throw new TypeError(
          `${name}.backward: expected ${args.length} gradients, one for each argument of forward, got ${list.length}`,
        );
      }
      return args.flatMap((value, index) => (value instanceof Tensor ? [list[index] ?? null] : []));
    });
    try {
      const recording = recordingOf(ctx);
      recording.callbackId = id;
      const without = new Set(recording.nonDifferentiable);
      const [inputHandles, outputHandles, savedHandles] = [inputs, outputs, recording.saved].map((list) =>
        handlesOf(name, list),
      );
      const differentiable = outputs.map((output) => !without.has(output));
      writeApplyFunction(inputHandles, outputHandles, savedHandles, differentiable, id);
      // The node keeps the saved tensors; the context must not keep a second reference.
      recording.saved = [];
      recording.nonDifferentiable = [];
      native.applyFunction();
      checkStatus(name);
    } catch (error) {
      callbacks.delete(id); // no node exists that could report it dead
      throw error;
    }
    const recorded = readHandles(firstSlot, outputs.length) as Tensor[];
    return single ? recorded[0] : recorded;
  }
}
// biome-ignore-end lint/complexity/noThisInStatic: see above
