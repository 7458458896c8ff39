/** Turns a packed batch of plain arrays into the tensors that a model graph and a loss take. */
import { type NodeTable, nodeTable } from '../kernels/index.js';
import { type Device, type Tensor, torch } from '../tensor/index.js';
import type { PackedBatch } from './flatten.js';
import { type MediaTokens, Modality, mediaTokens } from './layout.js';
import type { EncodedTrack, Packed, Placement } from './packed.js';
import type { AudioInput, VisionInput } from './prompt.js';

/** What a packed batch asks of the model: targets and the rows that predict them. */
export interface Targets {
  /** int64 [N] */
  rows: Tensor;
  /** Each of these rows once, rising. */
  distinct: number[];
  /** int64 [N]: where the row of target n stands among these. */
  places: Tensor;
  /** int64 [N] */
  targets: Tensor;
  /** int64 [S + 1] */
  cuSeqlens: Tensor;
}

/** Tokens of tracks that passed their towers before, [tokens, hidden] each. */
export type EncodedTracks = ReadonlyMap<VisionInput | AudioInput, Tensor>;

/** Rows of text alone: token i has id `ids[i]` and stands at `positions[i]` on all three axes. */
export function packText(
  ids: readonly number[],
  positions: readonly number[],
  nodes: NodeTable,
  device: Device,
): Packed {
  return {
    inputIds: int64(ids, device),
    positions: axes([positions, positions, positions], device),
    modality: torch.full([ids.length], Modality.text, { dtype: 'uint8', device }),
    nodes,
  };
}

/**
 * @param encoded where it holds all tracks of a kind that the batch has, their tower has nothing to read
 * @returns the graph's input, every track once, in the order of the roots, and the targets
 */
export function packTensors(
  batch: PackedBatch,
  device: Device = 'cpu',
  encoded: EncodedTracks = new Map(),
): { packed: Packed; targets: Targets } {
  const { time, height, width } = batch.positions;
  const packed: Packed = {
    inputIds: int64(batch.ids, device),
    positions: axes([time, height, width], device),
    modality: torch.tensor(Uint8Array.from(batch.modality), { device }),
    nodes: nodeTable(batch.nodes),
  };
  const { vision, audio } = { vision: tracksOf(batch, 'vision'), audio: tracksOf(batch, 'audio') };
  if (vision !== null) {
    const placement = placementOf(batch, [Modality.video, Modality.image], vision, device);
    packed.vision = { ...placement, ...(tokensOf(vision, encoded) ?? joinVision(vision.inputs, device)) };
  }
  if (audio !== null) {
    const placement = placementOf(batch, [Modality.audio], audio, device);
    packed.audio = { ...placement, ...(tokensOf(audio, encoded) ?? joinAudio(audio.inputs, device)) };
  }
  const distinct = [...new Set(batch.rows)].sort((a, b) => a - b);
  const placeOf = new Map(distinct.map((row, place) => [row, place]));
  const targets = {
    rows: int64(batch.rows, device),
    distinct,
    places: int64(
      batch.rows.map((row) => placeOf.get(row) as number),
      device,
    ),
    targets: int64(batch.targets, device),
    cuSeqlens: int64(batch.cuSeqlens, device),
  };
  return { packed, targets };
}

/** Tracks of several clips as one input of the vision tower. */
export function joinVision(tracks: readonly VisionInput[], device: Device): VisionInput {
  const patches = tracks.map((track) => track.patches.to(device));
  return { patches: torch.cat(patches), grids: tracks.flatMap(({ grids }) => grids) };
}

/** Tracks of several clips as one input of the audio tower. */
export function joinAudio(tracks: readonly AudioInput[], device: Device): AudioInput {
  const mel = tracks.map((track) => track.mel.to(device));
  return { mel: torch.cat(mel, -1), frames: tracks.flatMap(({ frames }) => frames) };
}

/** The tracks of one kind. */
interface Tracks<T> {
  /** Each once, in the order of the roots. */
  inputs: T[];
  /** The tower's token for each row that media of the kind fill. */
  tokens: number[];
  /** Whether these are all tokens of the tracks, in order: no track is shared or shown in part. */
  inOrder: boolean;
}

function tracksOf<K extends keyof MediaTokens>(
  { roots }: PackedBatch,
  kind: K,
): Tracks<NonNullable<PackedBatch['roots'][number][K]>> | null {
  type Input = NonNullable<PackedBatch['roots'][number][K]>;
  const starts = new Map<Input, number>();
  const tokens: number[] = [];
  let total = 0;
  for (const root of roots) {
    const track = root[kind];
    if (track === undefined) continue;
    const count = mediaTokens(root.spans)[kind];
    const start = starts.get(track) ?? total;
    if (!starts.has(track)) {
      starts.set(track, total);
      total += count;
    }
    const shown = root.shown?.[kind] ?? Array.from({ length: count }, (_, i) => i);
    for (const i of shown) tokens.push(start + i);
  }
  const inOrder = tokens.length === total && tokens.every((token, i) => token === i);
  return starts.size === 0 ? null : { inputs: [...starts.keys()], tokens, inOrder };
}

function placementOf(
  { modality }: PackedBatch,
  wanted: readonly number[],
  { tokens, inOrder }: Tracks<unknown>,
  device: Device,
): Placement {
  const rows = int64(
    [...modality.keys()].filter((row) => wanted.includes(modality[row])),
    device,
  );
  return inOrder ? { rows } : { rows, tokens: int64(tokens, device) };
}

function tokensOf({ inputs }: Tracks<VisionInput | AudioInput>, encoded: EncodedTracks): EncodedTrack | null {
  const known = inputs.flatMap((track) => encoded.get(track) ?? []);
  return known.length === inputs.length ? { encoded: torch.cat(known) } : null;
}

/** float32 [3, T] */
function axes(positions: readonly (readonly number[])[], device: Device): Tensor {
  const tokens = positions[0].length;
  const all = new Float32Array(positions.length * tokens);
  for (const [axis, values] of positions.entries()) all.set(values, axis * tokens);
  return torch.tensor(all, { device }).reshape([positions.length, tokens]);
}

/** int64, one element a value. */
export function int64(values: readonly number[], device: Device): Tensor {
  return torch.tensor(BigInt64Array.from(values, BigInt), { device });
}
