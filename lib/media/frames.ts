/** Decoded frames to what a vision tower reads: scaled and normalised. */
import { shown } from '../runtime/index.js';
import { noGrad, readData, scope, Tensor, torch } from '../tensor/index.js';

// More than any picture has.
const maxSide = 2 ** 15;

/**
 * Bicubic with antialiasing on bytes, as transformers' torchvision-based image processors do it.
 * @param frames uint8 [n, height, width, 3], on the CPU (PyTorch's byte kernel has no CUDA form)
 * @returns RGB bytes, row-major [n, toHeight, toWidth, 3]
 * @throws TypeError for frames of another kind, RangeError for another shape or a size that is not positive and whole
 */
export function resizeFrames(frames: Tensor, toHeight: number, toWidth: number): Uint8Array {
  checkFrames('resizeFrames', frames);
  for (const [name, value] of Object.entries({ toHeight, toWidth })) {
    if (!(Number.isInteger(value) && value > 0 && value <= maxSide)) {
      throw new RangeError(
        `resizeFrames: ${name} is ${shown(value)}, expected a whole number from 1 to ${maxSide}`,
      );
    }
  }
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
 * @throws TypeError for arguments of another kind, RangeError for another shape, a value that is not finite or a std of 0
 */
export function normalizeFrames(frames: Tensor, mean: readonly number[], std: readonly number[]): Tensor {
  checkFrames('normalizeFrames', frames);
  checkChannels('mean', mean);
  checkChannels('std', std);
  if (std.some((value) => value <= 0)) {
    throw new RangeError(`normalizeFrames: std is ${shown(std)}, expected positive numbers`);
  }
  const channel = (values: readonly number[]): Tensor =>
    torch.tensor(Float32Array.from(values, (value) => 255 * value)).to(frames.device);
  return frames.to('float32').sub(channel(mean)).div(channel(std)).permute([0, 3, 1, 2]);
}

function checkFrames(call: string, frames: Tensor): void {
  if (!(frames instanceof Tensor) || frames.dtype !== 'uint8') {
    const got = frames instanceof Tensor ? `of dtype ${frames.dtype}` : shown(frames);
    throw new TypeError(`${call}: frames is ${got}, expected a uint8 Tensor`);
  }
  if (frames.dim() !== 4 || frames.shape[3] !== 3) {
    throw new RangeError(`${call}: frames has the shape [${frames.shape}], expected [n, height, width, 3]`);
  }
}

function checkChannels(name: string, values: readonly number[]): void {
  if (!Array.isArray(values)) {
    throw new TypeError(`normalizeFrames: ${name} is ${shown(values)}, expected a list of three numbers`);
  }
  if (values.length !== 3 || !values.every((value) => Number.isFinite(value))) {
    throw new RangeError(`normalizeFrames: ${name} is ${shown(values)}, expected three finite numbers`);
  }
}
