/**
 * Keys and values of the tokens that a decoder has seen. Rows are given out by the caller and node tables point
 * at them, so one prompt's rows serve any number of samples: a root node over the prompt, a child a sample.
 */

import type { Device, DType } from '../../tensor/index.js';
import { checkOptions, keep, type Tensor, torch } from '../../tensor/index.js';
import type { TextConfig } from './settings.js';

/** What decides the size of a row. */
export type KvLayout = Pick<TextConfig, 'layers' | 'kvHeads' | 'headDim'>;

export class KvCache {
  /** A layer's keys (already rotated) and values, [rows, kvHeads, headDim]. */
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
  /** Modality of the token in each row, uint8 [rows]. */
  readonly modality: Tensor;
  readonly rows: number;

  /** Room for `rows` tokens, outside all scopes: free it with `dispose`. */
  constructor(rows: number, layout: KvLayout, options: { dtype?: DType; device?: Device } = {}) {
    checkOptions('KvCache', options, ['dtype', 'device']);
    const { dtype, device } = options;
    const layer = () => keep(torch.zeros([rows, layout.kvHeads, layout.headDim], { dtype, device }));
    this.keys = Array.from({ length: layout.layers }, layer);
    this.values = Array.from({ length: layout.layers }, layer);
    this.modality = keep(torch.zeros([rows], { dtype: 'uint8', device }));
    this.rows = rows;
  }

  get dtype(): DType {
    return this.keys[0].dtype;
  }

  /** Stores one layer's keys and values of new tokens; `at` int64 [T] are their rows. */
  write(layer: number, at: Tensor, keys: Tensor, values: Tensor): void {
    this.keys[layer].indexCopy_(0, at, keys.detach().to(this.dtype));
    this.values[layer].indexCopy_(0, at, values.detach().to(this.dtype));
  }

  dispose(): void {
    for (const tensor of [...this.keys, ...this.values, this.modality]) tensor.dispose();
  }
}

/** Bytes of a cache of `rows` rows, without the modality bytes. */
export function kvCacheBytes(rows: number, { layers, kvHeads, headDim }: KvLayout, dtype: DType): number {
  const elementBytes = dtype.endsWith('16') ? 2 : 4;
  return 2 * elementBytes * layers * kvHeads * headDim * rows;
}
