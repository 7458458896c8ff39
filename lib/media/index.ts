/** Media floor: clip files to frames, waveforms and features, and back. */
export type * from './types.js';
