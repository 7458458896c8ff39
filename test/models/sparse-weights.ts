/** Weights of any size that take no place on the disk: a safetensors file with a hole for its data, which reads as zeros. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import * as models from '../../lib/models/index.js';
import { withFactory } from '../../lib/nn/index.js';
import { scope } from '../../lib/tensor/index.js';

export function writeSparseWeights(
  file: string,
  config: models.ModelConfigInput,
  dtype: 'F32' | 'BF16' = 'F32',
): void {
  const shapes = scope(() => {
    const graph = withFactory({ device: 'meta' }, () => models.buildGraph(config));
    return Object.entries(graph.stateDict()).map(([name, { shape }]) => ({ name, shape }));
  });
  let offset = 0;
  const header = shapes.map(({ name, shape }) => {
    const begin = offset;
    offset += (dtype === 'F32' ? 4 : 2) * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype, shape, data_offsets: [begin, offset] }];
  });
  const text = JSON.stringify(Object.fromEntries(header));
  const json = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const descriptor = openSync(file, 'w');
  try {
    writeSync(descriptor, Buffer.concat([length, json]));
    ftruncateSync(descriptor, 8 + json.length + offset);
  } finally {
    closeSync(descriptor);
  }
}
