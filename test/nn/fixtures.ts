/** Recorded PyTorch results, and comparison with them. */
import { join } from 'node:path';
import { type Tensor, torch } from '../../lib/tensor/index.js';

export function fixturePath(...parts: string[]): string {
  return join(__dirname, '..', 'fixtures', ...parts);
}

/** Tensors of a recorded file whose names start with `prefix`, which is removed. */
export function recorded(file: string, prefix = ''): Record<string, Tensor> {
  const entries = Object.entries(torch.load(fixturePath(file)));
  return Object.fromEntries(
    entries
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** Largest absolute difference; NaN anywhere gives NaN, and other shapes throw. */
export function maxDifference(actual: Tensor, expected: Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  return actual.to('float64').sub(expected.to('float64')).abs().max().item() as number;
}
