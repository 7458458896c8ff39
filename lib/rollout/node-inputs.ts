/** The nodes of a batch as the native loop takes them. */
import { type EncodedTracks, Modality, type PackedBatch } from '../batch/index.js';
import type { Tensor } from '../tensor/index.js';

interface NodeInput {
  parent: number;
  /** int32 [tokens] */
  ids: ArrayBuffer;
  /** float32 [3, tokens] */
  positions: ArrayBuffer;
  /** uint8 [tokens] */
  modality: ArrayBuffer;
  /** Handles of the tokens of its media; 0: none. */
  vision: number;
  audio: number;
}

/** @throws RangeError where media have other tokens than the batch has rows for them */
export function nodeInputs(batch: PackedBatch, tokens: EncodedTracks): NodeInput[] {
  const { time, height, width } = batch.positions;
  const vision = tracksOf(batch, 'vision', tokens);
  const audio = tracksOf(batch, 'audio', tokens);
  return batch.nodes.map(({ q: [from, to], parent }) => {
    const modality = Uint8Array.from(batch.modality.slice(from, to));
    const count = { text: 0, audio: 0, vision: 0 };
    for (const kind of modality)
      count[kind === Modality.text ? 'text' : kind === Modality.audio ? 'audio' : 'vision'] += 1;
    return {
      parent,
      ids: Int32Array.from(batch.ids.slice(from, to)).buffer,
      positions: Float32Array.from([time, height, width].flatMap((axis) => axis.slice(from, to))).buffer,
      modality: modality.buffer,
      vision: take(vision, count.vision),
      audio: take(audio, count.audio),
    };
  });
}

/** Of the roots that have the track, in the order of their nodes. */
function tracksOf({ roots }: PackedBatch, kind: 'vision' | 'audio', tokens: EncodedTracks): Tensor[] {
  return roots.flatMap((root) => {
    const track = root[kind];
    return track === undefined ? [] : [tokens.get(track) as Tensor];
  });
}

/** A node with media has all of one root's. */
function take(tracks: Tensor[], rows: number): number {
  if (rows === 0) return 0;
  const track = tracks.shift();
  if (track?.shape[0] === rows) return track.handle;
  throw new RangeError(`${track?.shape[0] ?? 0} media tokens for ${rows} rows of the sequence`);
}
