/** The tiny Qwen2.5-Omni of the fixtures, and ways to pack its inputs. */
import type { Packed } from '../../lib/batch/index.js';
import { nodeTable } from '../../lib/kernels/index.js';
import { type OmniConfigInput, OmniGraph, parseOmniConfig } from '../../lib/models/index.js';
import { type Tensor, torch } from '../../lib/tensor/index.js';
import { recorded } from '../nn/fixtures.js';

export const tinyConfig: OmniConfigInput = {
  text: {
    vocab: 64,
    hiddenSize: 32,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
    intermediate: 48,
    ropeTheta: 1e4,
    mropeSection: [2, 3, 3],
    tieEmbeddings: false,
  },
  vision: {
    patch: 4,
    width: 32,
    depth: 3,
    heads: 2,
    intermediate: 28,
    window: 16,
    fullAttentionLayers: [1],
  },
  audio: {
    melBins: 8,
    chunk: 20,
    stem: { kind: '1d', strides: [1, 2] },
    width: 24,
    depth: 2,
    heads: 2,
    intermediate: 40,
    pool: 2,
  },
  positions: { rule: 'chunked', idsPerSecond: 25 },
};

/** The graph with the recorded weights. */
export function tinyGraph(): OmniGraph {
  const graph = new OmniGraph(parseOmniConfig(tinyConfig));
  graph.loadStateDict(recorded('models/qwen2_5_omni.safetensors', 'weights.'));
  return graph;
}

export function int64(values: readonly number[]): Tensor {
  return torch.tensor(BigInt64Array.from(values, BigInt));
}

export type Node = Parameters<typeof nodeTable>[0][number];

/** Text tokens `ids` at positions that are equal on all axes. */
export function packText(ids: readonly number[], positions: readonly number[], nodes: Node[]): Packed {
  return {
    inputIds: int64(ids),
    positions: int64(positions).unsqueeze(0).expand([3, -1]),
    modality: torch.zeros([ids.length], { dtype: 'uint8' }),
    nodes: nodeTable(nodes),
  };
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
