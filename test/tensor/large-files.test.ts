/** Tensors that are written in pieces. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scope, torch } from '../../lib/tensor/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-large-'));
const file = join(folder, 'x.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

const full = process.env.EARSIGHT_TEST_FULL ? test : test.skip;

test('a tensor of several pieces comes back, also one that does not lie in order', () => {
  scope(() => {
    const x = torch
      .arange(0, 3 * 2 ** 23, 1, { dtype: 'int32' })
      .reshape([3, -1])
      .t();
    torch.save({ x }, file);
    const { x: read } = torch.load(file);
    expect(read.shape).toEqual([2 ** 23, 3]);
    expect(read.equal(x)).toBe(true);
  });
});

full('a tensor of more than 2 GiB is written, which is more than one write to a file takes', () => {
  scope(() => {
    const size = 2 ** 31 + 100;
    torch.save({ x: torch.full([1], 7, { dtype: 'uint8' }).expand([size]) }, file);
    const { x } = torch.load(file);
    expect(x.shape).toEqual([size]);
    expect(x.narrow(0, size - 3, 3).toArray()).toEqual([7, 7, 7]);
  });
});
