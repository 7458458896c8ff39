/** Decoded frames to what a vision tower reads: scaled and normalised. */
import { noGrad, readData, scope, type Tensor, torch } from '../tensor/index.js';

/**
 * Bicubic with antialiasing on bytes, as transformers' torchvision-based image processors do it.
 * @param frames uint8 [n, height, width, 3], on the CPU (PyTorch's byte kernel has no CUDA form)
 * @returns RGB bytes, row-major [n, toHeight, toWidth, 3]
 */
export function resizeFrames(frames: Tensor, toHeight: number, toWidth: number): Uint8Array {
  return noGrad(() =>
    scope(() => {
      const pixels = frames.permute([0, 3, 1, 2]);
      const size = [toHeight, toWidth];
      const resized = torch.ops.aten._upsample_bicubic2d_aa(pixels, size, false, null, null) as Tensor;
      return readData(resized.permute([0, 2, 3, 1]), 'resizeFrames') as Uint8Array;
    }),
  );
}

/**
 * (frames - 255 mean) / (255 std), in float32.
 * @param frames uint8 [n, height, width, 3]
 * @param mean per channel, of values in [0, 1]; `std` likewise
 * @returns float32 [n, 3, height, width]
 */
export function normalizeFrames(frames: Tensor, mean: readonly number[], std: readonly number[]): Tensor {
  const channel = (values: readonly number[]): Tensor =>
    torch.tensor(Float32Array.from(values, (value) => 255 * value));
  return frames.to('float32').sub(channel(mean)).div(channel(std)).permute([0, 3, 1, 2]);
}
