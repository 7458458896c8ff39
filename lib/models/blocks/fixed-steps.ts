/** Decode steps that launch the same kernels with the same tensors: all that differs between them is values. */
import type { Tensor } from '../../tensor/index.js';
import { multimodalRotary } from './rope.js';
import type { TextConfig } from './settings.js';

/** What differs from one step to the next, besides ids and rows of the cache. Tokens see keys of every modality. */
export interface FixedPass {
  /** Rotary tables of the new tokens, [T, headDim / 2]. */
  cos: Tensor;
  sin: Tensor;
  /** int64 [T]: row i sees no row of the cache from `keyEnd[i]` on. */
  keyEnd: Tensor;
}

export interface FixedSteps {
  /** Tables of positions [3, T]. */
  rotary(positions: Tensor): { cos: Tensor; sin: Tensor };
}

/** null: a window moves with the newest token, and the node table of fixed steps does not. */
export function fixedSteps(config: TextConfig): FixedSteps | null {
  if (config.windows?.some((window) => window !== null)) return null;
  return { rotary: (positions) => multimodalRotary(positions, config) };
}
