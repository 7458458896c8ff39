/** Config -> graph -> weights: decoder, towers, positions, and the model's folder on disk. */
export { audioTokens, minAudioFrames } from './blocks/audio-layout.js';
export { AudioTower } from './blocks/audio-tower.js';
export { KvCache, type KvLayout } from './blocks/kv-cache.js';
export { patchify } from './blocks/patches.js';
export { layOut } from './blocks/positions.js';
export type { AudioConfig, PositionsConfig, TextConfig, VisionConfig } from './blocks/settings.js';
export { TextDecoder } from './blocks/text-decoder.js';
export { visionTokens } from './blocks/vision-layout.js';
export { VisionTower } from './blocks/vision-tower.js';
export {
  type OmniConfig,
  type OmniConfigInput,
  omniConfigSchema,
  parseOmniConfig,
} from './families/earsight-omni/config.js';
export { type ForwardOptions, OmniGraph } from './families/earsight-omni/graph.js';
export { parameterCount } from './families/earsight-omni/parameter-count.js';
export { loadGraph, saveGraph } from './families/earsight-omni/weights.js';
export { memoryBytes } from './memory.js';
export { fieldProblems, knownKeys } from './problems.js';
