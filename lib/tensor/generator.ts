/** Random number generators of the CPU: the default one and independent ones. */

import { checkStatus, native, slots } from '../runtime/index.js';
import { Tensor, tensorFromHandle } from './tensor.js';

const defaultGenerator = -1;

function toSeed(op: string, seed: number | bigint): bigint {
  if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`${op}: expected an integer seed, got ${String(seed)}`);
  }
  return BigInt.asUintN(64, BigInt(seed));
}

/** Seeds the default generators of all devices. */
export function manualSeed(seed: number | bigint): void {
  native.manualSeed(toSeed('manualSeed', seed));
  checkStatus('manualSeed');
}

function stateOf(op: string, id: number): Tensor {
  native.generatorState(id);
  checkStatus(op);
  return tensorFromHandle(slots[1]);
}

function restore(op: string, id: number, state: Tensor): void {
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

/** An independent CPU generator, for the `generator` argument of random operators. */
export class Generator {
  /** @internal index in the addon's table */
  readonly id: number;

  constructor() {
    this.id = native.createGenerator();
    checkStatus('Generator');
  }

  manualSeed(seed: number | bigint): this {
    native.seedGenerator(this.id, toSeed('Generator.manualSeed', seed));
    checkStatus('Generator.manualSeed');
    return this;
  }

  getState(): Tensor {
    return stateOf('Generator.getState', this.id);
  }

  setState(state: Tensor): this {
    restore('Generator.setState', this.id, state);
    return this;
  }
}
