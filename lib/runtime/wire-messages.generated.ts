// Generated from native/node/wire.json by scripts/generate-wire.mjs: do not edit.
import * as addon from './addon.js';
import { beginMessage, writeNumbers } from './wire.js';

// Bound once, as in lib/tensor/operator.ts.
const { slots } = addon;

// Tagged values: each function writes one at slot `at` and returns the next free slot.

export function putDefault(at: number): number {
  slots[at] = 0;
  return at + 1;
}

export function putNone(at: number): number {
  slots[at] = 1;
  return at + 1;
}

export function putTensor(at: number, handle: number): number {
  slots[at] = 2;
  slots[at + 1] = handle;
  return at + 2;
}

export function putInt(at: number, value: number): number {
  slots[at] = 3;
  slots[at + 1] = value;
  return at + 2;
}

export function putBigInt(at: number, high: number, low: number): number {
  slots[at] = 4;
  slots[at + 1] = high;
  slots[at + 2] = low;
  return at + 3;
}

export function putDouble(at: number, value: number): number {
  slots[at] = 5;
  slots[at + 1] = value;
  return at + 2;
}

export function putBool(at: number, value: number): number {
  slots[at] = 6;
  slots[at + 1] = value;
  return at + 2;
}

export function putString(at: number, id: number): number {
  slots[at] = 7;
  slots[at + 1] = id;
  return at + 2;
}

export function putDevice(at: number, type: number, index: number): number {
  slots[at] = 8;
  slots[at + 1] = type;
  slots[at + 2] = index;
  return at + 3;
}

export function putList(at: number, count: number): number {
  slots[at] = 9;
  slots[at + 1] = count;
  return at + 2;
}

export function putGenerator(at: number, id: number): number {
  slots[at] = 10;
  slots[at + 1] = id;
  return at + 2;
}

// Messages: each function writes what an entry point takes.

export function writeDescribe(tensor: number): void {
  slots[1] = tensor;
}

export function writeItem(tensor: number): void {
  slots[1] = tensor;
}

/** A value that the dtype refuses ends it with RANGE and leaves the value's position as the result. */
export function writeFromBytes(shape: readonly number[]): void {
  writeNumbers(beginMessage(1), shape);
}

export function writeMappedTensor(shape: readonly number[]): void {
  writeNumbers(beginMessage(1), shape);
}

export function writeBackward(outputs: readonly number[], gradients: readonly number[], inputs: readonly number[], retainGraph: boolean, createGraph: boolean): void {
  let at = writeNumbers(beginMessage(1), outputs);
  at = writeNumbers(at, gradients);
  at = writeNumbers(at, inputs);
  slots[at++] = retainGraph ? 1 : 0;
  slots[at] = createGraph ? 1 : 0;
}

export function writeGrad(outputs: readonly number[], inputs: readonly number[], gradients: readonly number[], retainGraph: boolean, createGraph: boolean, allowUnused: boolean): void {
  let at = writeNumbers(beginMessage(1), outputs);
  at = writeNumbers(at, inputs);
  at = writeNumbers(at, gradients);
  slots[at++] = retainGraph ? 1 : 0;
  slots[at++] = createGraph ? 1 : 0;
  slots[at] = allowUnused ? 1 : 0;
}

export function writeSetRequiresGrad(tensor: number, requiresGrad: boolean): void {
  slots[1] = tensor;
  slots[2] = requiresGrad ? 1 : 0;
}

export function writeIsLeaf(tensor: number): void {
  slots[1] = tensor;
}

export function writeGradFunctionName(tensor: number): void {
  slots[1] = tensor;
}

/** The gradient's handle: `cached`, a handle or 0, where that still names it, else a new one; 0 for none. */
export function writeGradOf(tensor: number, cached: number): void {
  slots[1] = tensor;
  slots[2] = cached;
}

export function writeSetGrad(tensor: number, gradient: number): void {
  slots[1] = tensor;
  slots[2] = gradient;
}

export function writeRegisterHook(tensor: number, callback: number): void {
  slots[1] = tensor;
  slots[2] = callback;
}

/** A callback that is gone does nothing. */
export function writeRemoveHook(callback: number): void {
  slots[1] = callback;
}

/** Gives outputs, computed without gradients, their history. */
export function writeApplyFunction(inputs: readonly number[], outputs: readonly number[], saved: readonly number[], differentiable: readonly boolean[], callback: number): void {
  let at = writeNumbers(beginMessage(1), inputs);
  at = writeNumbers(at, outputs);
  at = writeNumbers(at, saved);
  at = writeNumbers(at, differentiable.map(Number));
  slots[at] = callback;
}

export function writeSavedTensors(callback: number): void {
  slots[1] = callback;
}

export function writeCallbackReturn(tensors: readonly number[]): void {
  writeNumbers(beginMessage(1), tensors);
}
