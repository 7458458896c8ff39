/** Turns a packed batch of plain arrays into the tensors that a model graph and a loss take. */
import { nodeTable } from '../kernels/index.js';
import { type Device, type Tensor, torch } from '../tensor/index.js';
import type { PackedBatch } from './flatten.js';
import { Modality } from './layout.js';
import type { Packed } from './packed.js';

/** What a packed batch asks of the model: targets and the rows that predict them. */
export interface Targets {
  /** int64 [N] */
  rows: Tensor;
  /** int64 [N] */
  targets: Tensor;
  /** int64 [S + 1] */
  cuSeqlens: Tensor;
}

/** @returns the graph's input, media of all roots joined in their order, and the targets */
export function packTensors(
  batch: PackedBatch,
  device: Device = 'cpu',
): { packed: Packed; targets: Targets } {
  const { time, height, width } = batch.positions;
  const packed: Packed = {
    inputIds: int64(batch.ids, device),
    positions: torch
      .tensor(Float32Array.from([...time, ...height, ...width]), { device })
      .reshape([3, time.length]),
    modality: torch.tensor(Uint8Array.from(batch.modality), { device }),
    nodes: nodeTable(batch.nodes),
  };
  const vision = batch.roots.flatMap((root) => root.vision ?? []);
  if (vision.length > 0) {
    packed.vision = {
      patches: torch.cat(vision.map((media) => media.patches)),
      grids: vision.flatMap((media) => media.grids),
      rows: rowsOf(batch, [Modality.video, Modality.image], device),
    };
  }
  const audio = batch.roots.flatMap((root) => root.audio ?? []);
  if (audio.length > 0) {
    packed.audio = {
      mel: torch.cat(
        audio.map((media) => media.mel),
        -1,
      ),
      frames: audio.flatMap((media) => media.frames),
      rows: rowsOf(batch, [Modality.audio], device),
    };
  }
  const targets = {
    rows: int64(batch.rows, device),
    targets: int64(batch.targets, device),
    cuSeqlens: int64(batch.cuSeqlens, device),
  };
  return { packed, targets };
}

function rowsOf({ modality }: PackedBatch, wanted: readonly number[], device: Device): Tensor {
  const rows = [...modality.keys()].filter((row) => wanted.includes(modality[row]));
  return int64(rows, device);
}

function int64(values: readonly number[], device: Device): Tensor {
  return torch.tensor(BigInt64Array.from(values, BigInt), { device });
}
