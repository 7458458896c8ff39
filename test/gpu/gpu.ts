/** Whether this machine can run the tests of the GPU. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { torch } from '../../lib/tensor/index.js';

export const root = join(__dirname, '..', '..');
export const release = join(root, 'build', 'Release');

function reasonToSkip(): string | null {
  const { cuda } = JSON.parse(readFileSync(join(release, 'earsight.json'), 'utf8')) as { cuda: boolean };
  if (!cuda) return 'the addon was built without GPU kernels (docs/gpu.md says what they need)';
  return torch.cuda.isAvailable() ? null : 'libtorch finds no GPU';
}

/** `test`, or one that skips and says why. */
export function gpuTest(what: string): jest.It {
  const reason = reasonToSkip();
  if (reason !== null) console.warn(`${what} on a GPU: skipped, ${reason}`);
  return reason === null ? test : test.skip;
}
