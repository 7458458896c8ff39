/** Random number generators of the CPU: the default one and independent ones. */

import { checkSeed, checkStatus, firstSlot, native, slots, TorchError } from '../runtime/index.js';
import { Tensor, tensorFromHandle } from './tensor.js';

const defaultGenerator = 0;

/** Seeds the default generators of all devices. */
export function manualSeed(seed: number | bigint): void {
  native.manualSeed(checkSeed('manualSeed: seed', seed));
  checkStatus('manualSeed');
}

/** @internal @param id 0: the CPU's default generator */
export function stateOf(op: string, id: number): Tensor {
  native.generatorState(id);
  checkStatus(op);
  return tensorFromHandle(slots[firstSlot]);
}

/** @internal */
export function restore(op: string, id: number, state: Tensor): void {
  if (!(state instanceof Tensor)) throw new TypeError(`${op}: expected the state as a uint8 Tensor`);
  native.setGeneratorState(id, state.handle);
  checkStatus(op);
}

/** State of the default CPU generator, a uint8 tensor. */
export function getRngState(): Tensor {
  return stateOf('getRngState', defaultGenerator);
}

/** Restores a state that `getRngState` returned: the same numbers follow. */
export function setRngState(state: Tensor): void {
  restore('setRngState', defaultGenerator, state);
}

const collected = new FinalizationRegistry<number>((id) => native.freeGenerator(id));

/** Cannot be cloned: see the symbol in tensor.ts. */
const ownThread = Symbol(
  'A Generator belongs to the thread that made it: post the data() of its getState(), and setState() there',
);

/** An independent CPU generator, for the `generator` argument of random operators; freed by `dispose` or collection. */
export class Generator {
  /** @internal in the addon's table; 0 once disposed */
  id: number;
  /** @internal */
  readonly thread = ownThread;

  constructor() {
    this.id = native.createGenerator();
    checkStatus('Generator');
    collected.register(this, this.id, this);
  }

  /** Frees its state at once; a second call does nothing. */
  dispose(): void {
    if (this.id === 0) return;
    collected.unregister(this);
    native.freeGenerator(this.id);
    this.id = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  manualSeed(seed: number | bigint): this {
    const checked = checkSeed('Generator.manualSeed: seed', seed);
    native.seedGenerator(this.liveId('manualSeed'), checked);
    checkStatus('Generator.manualSeed');
    return this;
  }

  getState(): Tensor {
    return stateOf('Generator.getState', this.liveId('getState'));
  }

  setState(state: Tensor): this {
    restore('Generator.setState', this.liveId('setState'), state);
    return this;
  }

  /** @internal */
  liveId(use: string): number {
    if (this.id === 0)
      throw new TorchError(`Generator.${use}: this generator was disposed`, { code: 'BAD_HANDLE' });
    return this.id;
  }
}
