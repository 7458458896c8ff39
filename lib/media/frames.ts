/** Decoded frames to what a vision tower reads: scaled and normalised. */
import { noGrad, readData, scope, type Tensor, torch } from '../tensor/index.js';

/**
 * Bicubic with antialiasing, as torchvision's and Pillow's.
 * @param frames uint8 [n, height, width, 3]
 * @returns RGB bytes, row-major [n, toHeight, toWidth, 3]
 */
export function resizeFrames(frames: Tensor, toHeight: number, toWidth: number): Uint8Array {
  return noGrad(() =>
    scope(() => {
      const pixels = frames.permute([0, 3, 1, 2]).to('float32');
      const resized = torch.ops.aten._upsample_bicubic2d_aa(
        pixels,
        [toHeight, toWidth],
        false,
        null,
        null,
      ) as Tensor;
      return readData(
        resized.round().clamp(0, 255).to('uint8').permute([0, 2, 3, 1]),
        'resizeFrames',
      ) as Uint8Array;
    }),
  );
}

/**
 * (frames / 255 - mean) / std
 * @param frames uint8 [n, height, width, 3]
 * @returns float32 [n, 3, height, width]
 */
export function normalizeFrames(frames: Tensor, mean: readonly number[], std: readonly number[]): Tensor {
  const channel = (values: readonly number[]): Tensor =>
    torch.tensor(Float32Array.from(values, (value) => 255 * value));
  return frames.to('float32').sub(channel(mean)).div(channel(std)).permute([0, 3, 1, 2]);
}
