// The generated surface is what its generator writes, and covers what PyTorch users reach for first.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as surface from '../../lib/tensor/surface.generated.js';

const generator = join(__dirname, '../../scripts/generate-surface/generate.mjs');

test('the checked-in files are what the generator writes', () => {
  execFileSync(process.execPath, [generator, '--check'], { stdio: 'pipe' });
});

test('tensors are tried before numbers, in the order of the Python argument parser', () => {
  expect(surface.methods.add).toEqual(['aten::add.Tensor', 'aten::add.Scalar']);
  expect(surface.methods.pow).toEqual(['aten::pow.Tensor_Tensor', 'aten::pow.Tensor_Scalar']);
  expect(surface.methods.split).toEqual(['aten::split.Tensor', 'aten::split.sizes']);
  expect(surface.functional.crossEntropy).toEqual(['aten::cross_entropy_loss']);
});

test('names that JavaScript code relies on by hand are not generated over', () => {
  for (const name of ['item', 'to', 'size', 'dim', 'numel', 'index', 'backward', 'data']) {
    expect(surface.methods).not.toHaveProperty(name);
  }
  expect(surface.functions).not.toHaveProperty('full');
  expect(surface.functions).not.toHaveProperty('tensor');
});
