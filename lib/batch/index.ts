/** Prompts, and how they become one packed sequence: spans of media, layouts, packing. It knows tensors and no model. */
export { flattenTrees, type NodeEnd, type PackedBatch, type PackedNode } from './flatten.js';
export {
  gateWithout,
  type LayOut,
  type LayoutEnd,
  type MediaSpan,
  type MediaTokens,
  Modality,
  mediaTokens,
  type TokenLayout,
} from './layout.js';
export {
  type EncodedTracks,
  int64,
  joinAudio,
  joinVision,
  packTensors,
  packText,
  type Targets,
} from './pack-tensors.js';
export type {
  EncodedTrack,
  MediaEmbeddings,
  Packed,
  PackedAudio,
  PackedVision,
  Placement,
} from './packed.js';
export type { AudioInput, PatchGrid, Prompt, PromptRoot, ShownTokens, VisionInput } from './prompt.js';
export { inPasses, nodeTokens, packedTokens, rootTokens } from './token-count.js';
export { completionTree, type TokenNode, type TokenTree } from './tree.js';
