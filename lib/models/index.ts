/** Config -> graph -> weights: decoder, towers, positions, and the model's folder on disk. */
export { audioTokens, minAudioFrames } from './audio-layout.js';
export { AudioTower } from './audio-tower.js';
export {
  type AudioConfig,
  type OmniConfig,
  type OmniConfigInput,
  omniConfigSchema,
  type PositionsConfig,
  parseOmniConfig,
  type TextConfig,
  type VisionConfig,
} from './config.js';
export { loadGraph, saveGraph } from './folder.js';
export { KvCache } from './kv-cache.js';
export { type ForwardOptions, OmniGraph } from './omni.js';
export type { MediaEmbeddings, Packed, PackedAudio, PackedVision, Placement } from './packed.js';
export { patchify } from './patches.js';
export { layOut, Modality, type Segment, type TokenLayout } from './positions.js';
export { fieldProblems, knownKeys } from './problems.js';
export { memoryBytes, parameterCount } from './size.js';
export { TextDecoder } from './text-decoder.js';
export { type PatchGrid, visionTokens } from './vision-layout.js';
export { VisionTower } from './vision-tower.js';
