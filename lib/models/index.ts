/** From a configuration to a graph and its weights: the interface of graphs, the families that give them, their blocks. */

export type { AdapterOptions, AdapterReport } from './adapter.js';
export { whenDisposed } from './attached.js';
export { audioTokens, minAudioFrames } from './blocks/audio-layout.js';
export { AudioTower } from './blocks/audio-tower.js';
export type { FixedPass, FixedSteps } from './blocks/fixed-steps.js';
export { KvCache, type KvLayout } from './blocks/kv-cache.js';
export { patchify } from './blocks/patches.js';
export { layOut } from './blocks/positions.js';
export type {
  AudioConfig,
  PositionsConfig,
  RopeScaling,
  TextConfig,
  VisionConfig,
} from './blocks/settings.js';
export { TextDecoder } from './blocks/text-decoder.js';
export { visionTokens } from './blocks/vision-layout.js';
export { VisionTower } from './blocks/vision-tower.js';
export { cloneGraph } from './clone.js';
export type { DecoderDescription, DecoderLayerWeights } from './decoder.js';
export {
  type OmniConfig,
  type OmniConfigInput,
  parseOmniConfig,
} from './families/earsight-omni/config.js';
export { OmniGraph } from './families/earsight-omni/graph.js';
export { parameterCount } from './families/earsight-omni/parameter-count.js';
export { type SmallConfig, smallConfig, smallConfigIssues } from './families/earsight-omni/small.js';
export {
  buildGraph,
  type FamilyInfo,
  families,
  type ModelConfigInput,
  mediaRules,
} from './families/index.js';
export type { AudioRules, MediaRules, Medium, VideoRules, VideoSpan } from './family.js';
export {
  type LoadGraphOptions,
  loadGraph,
  loadWeights,
  readModelConfig,
  type SaveGraphOptions,
  saveGraph,
} from './folder.js';
export type { FamilyGraph, ForwardOptions, MediaInputs, ModelGraph } from './graph.js';
export { adaptable, GraphModule } from './graph-module.js';
export { memoryBytes } from './memory.js';
export { adapterConfig, loadAdapterWeights, saveAdapter } from './peft-files.js';
export { fieldProblems, knownKeys } from './problems.js';
export { targetStates } from './target-states.js';
