/** Frames to the rows that the vision tower reads. */
import type { PatchGrid } from '../../batch/index.js';
import { type Tensor, torch } from '../../tensor/index.js';
import type { VisionConfig } from './settings.js';

/**
 * Cuts normalised frames into patches of temporalPatch frames, in merge-block order; each row is a patch in the
 * order channel, time, y, x. An incomplete frame group is filled with its last frame.
 * @param frames float [frames, channels, height, width]; height and width multiples of patch x mergeSize
 */
export function patchify(frames: Tensor, config: VisionConfig): { patches: Tensor; grid: PatchGrid } {
  const { patch, temporalPatch, mergeSize, channels } = config;
  const [count, depth, height, width] = frames.shape;
  const step = patch * mergeSize;
  if (depth !== channels || height % step !== 0 || width % step !== 0) {
    throw new RangeError(
      `frames of shape [${frames.shape}]; expected [frames, ${channels}, height, width] with sides divisible by ${step}`,
    );
  }
  const missing = (temporalPatch - (count % temporalPatch)) % temporalPatch;
  const last = frames.narrow(0, count - 1, 1);
  const whole = missing === 0 ? frames : torch.cat([frames, ...Array<Tensor>(missing).fill(last)]);
  const grid: PatchGrid = [whole.shape[0] / temporalPatch, height / patch, width / patch];
  const [groups, rows, columns] = grid;
  const patches = whole
    .reshape([
      groups,
      temporalPatch,
      channels,
      rows / mergeSize,
      mergeSize,
      patch,
      columns / mergeSize,
      mergeSize,
      patch,
    ])
    .permute([0, 3, 6, 4, 7, 2, 1, 5, 8])
    .reshape([groups * rows * columns, channels * temporalPatch * patch * patch]);
  return { patches, grid };
}
