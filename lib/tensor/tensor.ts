/**
 * The Tensor: a handle into the addon's table, with metadata that is read on first use. The members here need no
 * operator. Other files add their methods to the prototype.
 */

import type { Owned } from '../runtime/index.js';
import * as runtime from '../runtime/index.js';
import { type Device, type DType, deviceName, dtypeNames } from './types.js';

// Bound once, as in operator.ts.
const {
  adopt,
  checkStatus,
  currentContext,
  DescribeResult,
  disposeOwned,
  firstSlot,
  ignoreUnscoped,
  native,
  recapture,
  release,
  results,
  shown,
  slots,
  TensorDisposedError,
  takeHandle,
  writeDescribe,
  writeGradOf,
  writeIsLeaf,
  writeSetGrad,
  writeSetRequiresGrad,
} = runtime;

type Scope = NonNullable<Owned['owner']>;

interface Metadata {
  shape: readonly number[];
  dtype: DType;
  device: Device;
  requiresGrad: boolean;
}

/**
 * Stands for "no gradient known yet". A symbol cannot be cloned, so that structuredClone and postMessage refuse a
 * Tensor, with this text, rather than copy its handle: it names a tensor in its own thread only.
 */
const noGradient = Symbol(
  'A Tensor belongs to the thread that made it: post its data() and shape, and make one of them with fromBuffer()',
);

export class Tensor implements Owned {
  /** @internal slot and generation in the addon's table; 0 once freed */
  handle: number;
  /** @internal the scope that frees this tensor, or null: the garbage collector */
  owner: Scope | null = null;
  /** @internal null until asked for, and again after an in-place operator */
  metadata: Metadata | null = null;
  private cachedGrad: Tensor | typeof noGradient = noGradient;

  /** @internal Tensors come from factories and operators. */
  constructor(handle: number, scope: Scope | null) {
    this.handle = handle;
    adopt(this, scope);
  }

  /** Sizes, a copy-free read-only list. */
  get shape(): readonly number[] {
    return this.describe('shape').shape;
  }

  get dtype(): DType {
    return this.describe('dtype').dtype;
  }

  /** `cpu`, `cuda:0`, `meta` */
  get device(): Device {
    return this.describe('device').device;
  }

  /** Whether operators on this tensor are recorded. Can be set on leaves. */
  get requiresGrad(): boolean {
    return this.describe('requiresGrad').requiresGrad;
  }

  set requiresGrad(flag: boolean) {
    if (typeof flag !== 'boolean')
      throw new TypeError(`requiresGrad: expected a boolean, got ${String(flag)}`);
    writeSetRequiresGrad(this.live('requiresGrad'), flag);
    native.setRequiresGrad();
    checkStatus('requiresGrad');
    this.metadata = null;
  }

  /** Whether this tensor was made by the user rather than by a recorded operator. */
  get isLeaf(): boolean {
    writeIsLeaf(this.live('isLeaf'));
    const leaf = native.isLeaf();
    checkStatus('isLeaf');
    return leaf;
  }

  /**
   * The accumulated gradient, or null. The same object until backward or `zeroGrad` replaces it; no scope
   * owns it. Set to null to drop it.
   */
  get grad(): Tensor | null {
    const cached = this.cachedGrad !== noGradient && this.cachedGrad.handle !== 0 ? this.cachedGrad : null;
    writeGradOf(this.live('grad'), cached?.handle ?? 0);
    native.gradOf();
    checkStatus('grad');
    const handle = slots[firstSlot];
    if (cached !== null && handle === cached.handle) return cached;
    this.dropCachedGrad();
    if (handle === 0) return null;
    this.cachedGrad = new Tensor(handle, null);
    ignoreUnscoped(handle); // no scope ever owns it, and it lives as long as its tensor
    return this.cachedGrad;
  }

  set grad(gradient: Tensor | null) {
    if (gradient !== null && gradient.handle === 0) throw new TensorDisposedError('grad');
    writeSetGrad(this.live('grad'), gradient?.handle ?? 0);
    native.setGrad();
    checkStatus('grad');
    this.dropCachedGrad();
  }

  /** Number of dimensions. */
  dim(): number {
    return this.describe('dim').shape.length;
  }

  /** Number of elements. */
  numel(): number {
    return this.describe('numel').shape.reduce((product, size) => product * size, 1);
  }

  /** Sizes, or the size of one dimension (negative ones count from the end). */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): readonly number[] | number {
    const { shape } = this.describe('size');
    if (dim === undefined) return shape;
    const size = shape[dim < 0 ? dim + shape.length : dim];
    if (size === undefined)
      throw new RangeError(
        `size: dimension ${dim} is out of range for a tensor of ${shape.length} dimensions`,
      );
    return size;
  }

  /** Frees the tensor now. A second call does nothing; any other use throws TensorDisposedError. */
  dispose(): void {
    disposeOwned(this);
    this.dropCachedGrad();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * The old gradient becomes an ordinary tensor of the current scope, which frees it. Otherwise every step would
   * leave its gradients to the garbage collector.
   */
  private dropCachedGrad(): void {
    if (this.cachedGrad !== noGradient && this.cachedGrad.handle !== 0) {
      recapture(this.cachedGrad, currentContext().scope);
    }
    this.cachedGrad = noGradient;
  }

  private describe(op: string): Metadata {
    if (this.metadata === null || this.handle === 0) {
      writeDescribe(this.live(op));
      native.describe();
      checkStatus(op);
      const { dtype, deviceType, deviceIndex, requiresGrad, rank, sizes } = DescribeResult;
      this.metadata = {
        dtype: dtypeNames[slots[dtype]] ?? (`dtype${slots[dtype]}` as DType),
        device: deviceName(slots[deviceType], slots[deviceIndex]),
        requiresGrad: slots[requiresGrad] !== 0,
        shape: Object.freeze(Array.from(results().subarray(sizes, sizes + slots[rank]))),
      };
    }
    return this.metadata;
  }

  /** The handle, of a tensor that was not disposed. */
  private live(op: string): number {
    if (this.handle === 0) throw new TensorDisposedError(op);
    return this.handle;
  }
}

/** @internal Wraps a fresh handle, owned by the current scope. */
export function tensorFromHandle(handle: number): Tensor {
  return new Tensor(handle, currentContext().scope);
}

/**
 * @internal Gives `tensor` what `from` holds, of any device and dtype; `from` is disposed then. The Tensor object stays
 * the same for all who hold it. Its gradient must have been dropped.
 */
export function takeData(tensor: Tensor, from: Tensor): void {
  takeHandle(tensor, from);
  tensor.metadata = null;
}

/** Takes a tensor out of all scopes: it lives until disposed or collected. Returns it. */
export function keep<T extends Tensor>(tensor: T): T {
  if (!(tensor instanceof Tensor)) throw new TypeError(`keep: expected a Tensor, got ${shown(tensor)}`);
  if (tensor.handle === 0) throw new TensorDisposedError('keep');
  release(tensor);
  return tensor;
}
