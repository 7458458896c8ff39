/**
 * The addon's functions. Numbers that they take and give are in `slots`, the wire buffer, as native/node/wire.json
 * describes. Every function writes a status. An error code has its details behind `lastError()`; where results are
 * longer than the slots, `takeResults()` returns all of them.
 */

import type { ArgumentKind, errorCodes } from './wire-codes.generated.js';

/** What a `TorchError` can carry as its `code`; RANGE becomes a RangeError. */
export type ErrorCode = Exclude<(typeof errorCodes)[number], 'OK' | 'RANGE'>;

export interface ArgumentDescription {
  name: string;
  kind: ArgumentKind;
  list: boolean;
  optional: boolean;
  elementOptional: boolean;
  hasDefault: boolean;
  keywordOnly: boolean;
  /** `int[2]`: one number stands for a list of that many. */
  size: number | null;
}

export interface OperatorDescription {
  id: number;
  schema: string;
  arguments: ArgumentDescription[];
  /** By result: the argument that an in-place result is, or -1. */
  resultAliases: number[];
  /** The arguments that the schema says it writes to. */
  written: number[];
  tensorsOnly: boolean;
}

/** Of one model's sampling so far. */
export interface SamplingStats {
  /** Tokens of prompts that were computed. */
  prefilledTokens: number;
  /** Tokens of prompts that were found among what was computed before, and were not computed again. */
  sharedTokens: number;
  /** Bytes of the packed weights. */
  packedBytes: number;
  /** Bytes of keys and values, those of prompts that are kept included; and the most that there was or might have been. */
  kvBytes: number;
  peakKvBytes: number;
}

export interface NativeAddon {
  readonly slots: ArrayBuffer;
  /** Handles to free with the next call, whichever that is; laid out as `Disposals`. */
  readonly disposals: ArrayBuffer;
  readonly torchVersion: string;

  stage(from: number, to: number): void;
  dropStaged(): void;
  takeResults(): ArrayBuffer;

  call(): void;
  resolve(name: string, overload: string): OperatorDescription;
  list(): string[];
  intern(text: string): number;
  stringAt(id: number): string;
  lastError(): { code: number; message: string; bytesRequested: number };

  free(): void;
  describe(): void;
  item(): void;
  fromBytes(
    buffer: ArrayBufferLike,
    byteOffset: number,
    byteLength: number,
    dtype: number,
    heldDtype: number,
  ): void;
  toBytes(handle: number): ArrayBuffer;
  readBytes(handle: number): Promise<ArrayBuffer>;
  memoryStats(): Record<
    'liveTensors' | 'cpuBytes' | 'cudaBytes' | 'cachedBytes' | 'packedBytes' | 'kvBytes',
    number
  >;
  /** Bytes of distinct storages behind living tensors. Like bytesOnlyOf, it leaves the results in the wire buffer. */
  livingBytes(): number;
  /** Bytes of the storages that no other tensor uses than those of these handles. */
  bytesOnlyOf(handles: ArrayBuffer): number;
  releaseCaches(): void;
  checkSettings(): void;
  setNumThreads(count: number): void;
  getNumThreads(): number;
  /** Called once a process. Null, or why this system leaves waiting threads to their OpenMP runtime. */
  startSpinning(never: boolean): string | null;
  /** Whether threads that wait for their team sleep at once now. */
  waitingSleeps(): boolean;
  deviceInfo(): { cuda: boolean; cudaDevices: number; cpuCapability: string };

  backward(): void;
  grad(): void;
  setRequiresGrad(): void;
  isLeaf(): boolean;
  gradFunctionName(): string;
  gradOf(): void;
  setGrad(): void;
  registerHook(): void;
  removeHook(): void;
  applyFunction(): void;
  savedTensors(): void;
  callbackReturn(): void;
  setTrampoline(trampoline: (callbackId: number) => boolean): void;
  deadCallbacks(): number[];

  manualSeed(seed: bigint): void;
  createGenerator(): number;
  /** Id of the default generator of a CUDA device. */
  cudaGenerator(index: number): number;
  freeGenerator(id: number): void;
  seedGenerator(id: number, seed: bigint): void;
  generatorState(id: number): void;
  setGeneratorState(id: number, handle: number): void;

  /** Maps an open regular file; the descriptor may be closed afterwards. */
  mapFile(descriptor: number): unknown;
  mappedTensor(mapping: unknown, offset: number, byteLength: number, dtype: number): void;

  /** Sampling loops, see native/node/decode_loop.cpp. `listener` gets answers of five numbers; problems and scores by answer. */
  createLoop(
    decoder: object,
    listener: (
      answers: ArrayBuffer,
      problems: Record<number, string>,
      scores: Record<number, ArrayBuffer>,
    ) => void,
  ): unknown;
  packLayer(loop: unknown, id: number, index: number, layer: object): void;
  packEnds(loop: unknown, id: number, ends: object): void;
  resumeLoop(loop: unknown): void;
  addPrompt(loop: unknown, prompt: object): void;
  releasePrompt(loop: unknown, id: number): void;
  submit(loop: unknown, requests: readonly object[], released: readonly number[]): void;
  abortRequest(loop: unknown, id: number): void;
  holdProcess(loop: unknown, holds: boolean): void;
  loopStats(loop: unknown): SamplingStats;
  closeLoop(loop: unknown): void;

  /** Locks an open file against every other descriptor until it is closed: 0, or the system's error number. */
  lockFile(descriptor: number): number;
}
