/** Clip files to frames, waveforms and features, and back. */
export { MediaError, type MediaErrorCode, mediaErrorCodes } from './errors.js';
export { fitPixels, type PixelLimits } from './fit-pixels.js';
export { normalizeFrames, resizeFrames } from './frames.js';
export { type LogMelOptions, logMel } from './log-mel.js';
export { MediaPool } from './pool.js';
export { frameRange, sampleFrames, sampleIndices } from './sampling.js';
export type * from './types.js';
