/** Media floor: clip files to frames, waveforms and features, and back. */
export { MediaError, type MediaErrorCode, mediaErrorCodes } from './errors.js';
export { MediaPool } from './pool.js';
export { frameRange, sampleIndices } from './sampling.js';
export type * from './types.js';
