/**
 * The addon's surface as TypeScript sees it. Hot entry points take no arguments: everything stands in
 * `slots`, the wire buffer that native/node/wire.h describes. Every entry point writes a status to
 * `slots[0]`: 0, the index of an error code, with the details behind `lastError()`, or -1: the results are longer than
 * the slots, and `takeResults()` has them all.
 */

/** Error codes in the order of `ErrorCode` in native/node/errors.h. */
export const errorCodes = [
  'OK',
  'RUNTIME',
  'INDEX',
  'VALUE',
  'TYPE',
  'NOT_IMPLEMENTED',
  'LINALG',
  'OOM',
  'NO_SUCH_OPERATOR',
  'NOT_CALLABLE',
  'BAD_HANDLE',
  'CALLBACK',
  'IO',
  'INTERNAL',
  'RANGE',
] as const;

/** What a `TorchError` can carry as its `code`; RANGE becomes a RangeError. */
export type ErrorCode = Exclude<(typeof errorCodes)[number], 'OK' | 'RANGE'>;

/** Tags of values in the wire buffer, in the order of `Tag` in native/node/wire.h. */
export const Tag = {
  Default: 0,
  None: 1,
  Tensor: 2,
  Int: 3,
  BigInt: 4,
  Double: 5,
  Bool: 6,
  String: 7,
  Device: 8,
  List: 9,
  Generator: 10,
} as const;

export type ArgumentKind =
  | 'Tensor'
  | 'Scalar'
  | 'int'
  | 'float'
  | 'bool'
  | 'str'
  | 'ScalarType'
  | 'Layout'
  | 'MemoryFormat'
  | 'Device'
  | 'Generator';

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
  /** Per result: the argument that an in-place result is, or -1. */
  resultAliases: number[];
  /** The arguments that the schema says it writes to. */
  written: number[];
  tensorsOnly: boolean;
}

export interface NativeAddon {
  readonly slots: ArrayBuffer;
  /** Handles to free with the next call, whichever that is: their count, then the handles. */
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
  memoryStats(): { liveTensors: number; cpuBytes: number; cudaBytes: number; cachedBytes: number };
  /** Bytes of distinct storages behind living tensors. Like the next one, leaves the wire buffer's results alone. */
  livingBytes(): number;
  /** Those that only tensors of these handles name. */
  bytesOnlyOf(handles: ArrayBuffer): number;
  releaseCaches(): void;
  checkSettings(): void;
  setNumThreads(count: number): void;
  getNumThreads(): number;
  /** Once a process. Null, or why this system leaves waiting threads to their OpenMP runtime. */
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
  freeGenerator(id: number): void;
  seedGenerator(id: number, seed: bigint): void;
  generatorState(id: number): void;
  setGeneratorState(id: number, handle: number): void;

  /** Maps an open regular file; the descriptor may be closed afterwards. */
  mapFile(descriptor: number): unknown;
  mappedTensor(mapping: unknown, offset: number, byteLength: number, dtype: number): void;

  /** Locks an open file against every other descriptor until it is closed: 0, or the system's error number. */
  lockFile(descriptor: number): number;
}
