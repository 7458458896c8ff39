export {
  checkStatus,
  kvCacheBytes,
  native,
  nativeError,
  rangeStatus,
  slots,
  waiting,
} from './addon.js';
export { type Context, checkFunction, currentContext, type ProfileEntry, runWith } from './context.js';
export { TensorDisposedError, TorchError, type TorchErrorDetails } from './errors.js';
export { groupBy } from './group-by.js';
export { type NativeInfo, NativeLoadError, nativeInfo } from './load.js';
export type { ArgumentDescription, ErrorCode, OperatorDescription, SamplingStats } from './native.js';
export {
  adopt,
  disposeOwned,
  freeCollected,
  type MemoryStats,
  memoryStats,
  type Owned,
  recapture,
  release,
  takeHandle,
} from './ownership.js';
export { processWide } from './process-wide.js';
export { scope } from './scope.js';
export { checkSeed } from './seed.js';
export { nearest, shown } from './shown.js';
export { someOf } from './some-of.js';
export { checkThreads, maxThreads, type ThreadSettings, type WaitPolicy } from './threads.js';
export { ignoreUnscoped } from './unscoped.js';
export {
  checkPath,
  checkUserFile,
  FileError,
  isDeeper,
  openUserFile,
  parseJson,
  type ReadOptions,
  readJsonFile,
  readJsonObject,
  readUserFile,
  readUserText,
} from './user-file.js';
export { beginMessage, listCount, nextElement, results } from './wire.js';
export * from './wire-codes.generated.js';
export * from './wire-messages.generated.js';
