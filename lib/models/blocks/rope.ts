/** Rotary tables: cos and sin of position x frequency, built once a batch for all layers and heads. */
import { noGrad, scope, type Tensor, torch } from '../../tensor/index.js';
import { inverseFrequencies, scaledFrequencies } from './rope-frequencies.js';
import type { TextConfig } from './settings.js';

/** fp32 [T, headDim / 2]; pair d is rotated with pair d + headDim / 2 (half-split convention). */
export interface Rotary {
  cos: Tensor;
  sin: Tensor;
}

/** Tables of the decoder from positions [3, T] (time, height, width): every frequency follows one axis. */
export function multimodalRotary(positions: Tensor, config: TextConfig): Rotary {
  return noGrad(() =>
    scope(() => {
      const { device } = positions;
      const axes = torch.tensor(BigInt64Array.from(frequencyAxes(config), BigInt)).to(device);
      const byFrequency = positions.to('float32').indexSelect(0, axes).transpose(0, 1);
      const { frequencies, factor } = scaledFrequencies(config);
      const { cos, sin } = table(byFrequency.mul(frequencies.to(device)));
      return factor === 1 ? { cos, sin } : { cos: cos.mul(factor), sin: sin.mul(factor) };
    }),
  );
}

/** Tables of the vision tower: the first half of the frequencies follows the row, the second the column. */
export function axialRotary(rows: Int32Array, columns: Int32Array, headDim: number, theta: number): Rotary {
  return noGrad(() =>
    scope(() => {
      const frequencies = inverseFrequencies(headDim / 2, theta);
      const angles = [rows, columns].map((axis) =>
        torch.tensor(Float32Array.from(axis)).unsqueeze(1).mul(frequencies),
      );
      return table(torch.cat(angles, 1));
    }),
  );
}

/** Rotates x [T, heads, headDim] by the angles of its rows, in fp32. */
export function rotate(x: Tensor, { cos, sin }: Rotary): Tensor {
  const [first, second] = x.to('float32').chunk(2, -1);
  const [c, s] = [cos.unsqueeze(1), sin.unsqueeze(1)];
  return torch.cat([first.mul(c).sub(second.mul(s)), second.mul(c).add(first.mul(s))], -1).to(x.dtype);
}

/** The axis (0 time, 1 height, 2 width) that each of the headDim / 2 frequencies follows. */
export function frequencyAxes({ mropeSection, mropeInterleaved }: TextConfig): number[] {
  const [time, height, width] = mropeSection;
  if (!mropeInterleaved) return [0, 1, 2].flatMap((axis) => Array<number>(mropeSection[axis]).fill(axis));
  return Array.from({ length: time + height + width }, (_, d) => {
    if (d % 3 === 1 && d < 3 * height) return 1;
    if (d % 3 === 2 && d < 3 * width) return 2;
    return 0;
  });
}

function table(angles: Tensor): Rotary {
  return { cos: angles.cos().contiguous(), sin: angles.sin().contiguous() };
}
