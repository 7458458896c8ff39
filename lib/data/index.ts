/** Data floor: samples, their files, and generated worlds of clips. */
export { DataError, nearest, type Place } from './errors.js';
export { readSamples, type Sample, type View, validateSample } from './samples.js';
export { type Clip, type Split, worldClips } from './world/clips.js';
export { generateWorld, type World, type WorldOptions, type WorldSettings } from './world/generate.js';
export { type OracleRow, oracle } from './world/oracle.js';
