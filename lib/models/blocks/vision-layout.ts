/**
 * The order of the patches of images and videos, in which every attention window is a range of consecutive rows, and
 * each patch's row and column. Numbers only, no tensors.
 */
import type { PatchGrid } from '../../batch/index.js';
import type { VisionConfig } from './settings.js';

interface VisionLayout {
  /** Cell (mergeSize x mergeSize patches, one token) of the input at each place of the window order. */
  order: Int32Array;
  /** Place in the window order of each cell of the input. */
  inverse: Int32Array;
  /** Patch coordinates inside the frame, in the window order. */
  rows: Int32Array;
  columns: Int32Array;
  /** Patches of each attention window, and of each frame, in the window order. */
  windows: number[];
  frames: number[];
}

/** Number of tokens that a grid of patches becomes. */
export function visionTokens([groups, rows, columns]: PatchGrid, { mergeSize }: VisionConfig): number {
  return (groups * rows * columns) / mergeSize ** 2;
}

/**
 * Lays out grids whose patches come in merge-block order: group, block row, block column, row in block, column
 * in block. Without a window the order is the input's own and every frame is one window.
 */
export function layOutVision(grids: readonly PatchGrid[], config: VisionConfig): VisionLayout {
  const { mergeSize, patch, window } = config;
  const order: number[] = [];
  const rows: number[] = [];
  const columns: number[] = [];
  const windows: number[] = [];
  const frames: number[] = [];
  for (const [groups, height, width] of grids) {
    if (height % mergeSize !== 0 || width % mergeSize !== 0) {
      throw new RangeError(
        `patch grid ${groups}x${height}x${width}: rows and columns must be multiples of ${mergeSize}`,
      );
    }
    const cellRows = height / mergeSize;
    const cellColumns = width / mergeSize;
    const side = window === null ? Math.max(cellRows, cellColumns) : window / patch / mergeSize;
    for (let group = 0; group < groups; group++) {
      const first = order.length;
      for (let top = 0; top < cellRows; top += side) {
        for (let left = 0; left < cellColumns; left += side) {
          const bottom = Math.min(top + side, cellRows);
          const right = Math.min(left + side, cellColumns);
          for (let row = top; row < bottom; row++) {
            for (let column = left; column < right; column++) {
              // Frames follow each other, so a cell's number is its frame's first plus its place in the frame.
              order.push(first + row * cellColumns + column);
              for (let i = 0; i < mergeSize ** 2; i++) {
                rows.push(row * mergeSize + Math.floor(i / mergeSize));
                columns.push(column * mergeSize + (i % mergeSize));
              }
            }
          }
          windows.push((bottom - top) * (right - left) * mergeSize ** 2);
        }
      }
      frames.push(height * width);
    }
  }
  const inverse = new Int32Array(order.length);
  for (const [place, cell] of order.entries()) inverse[cell] = place;
  return {
    order: Int32Array.from(order),
    inverse,
    rows: Int32Array.from(rows),
    columns: Int32Array.from(columns),
    windows,
    frames,
  };
}
