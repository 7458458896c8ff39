/** What `earsight check` says of memory, against resident bytes of a real pass. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { largestMicroBatch } from '../../lib/recipe/stages/memory.js';

test('predicts what a micro-batch keeps for its backward pass', () => {
  const child = join(__dirname, 'children', 'kept-activations.cjs');
  const env = { ...process.env, OMP_NUM_THREADS: '1', MALLOC_MMAP_THRESHOLD_: String(1 << 17) };
  const { measured, predicted } = JSON.parse(
    execFileSync(process.execPath, [child], { encoding: 'utf8', env }),
  );
  expect(predicted / measured).toBeGreaterThan(0.8);
  expect(predicted / measured).toBeLessThan(1.25);
});

test.each([
  ['no limit', null, [1000, 800]],
  ['a limit of tokens', 600, [600, 600]],
  ['one that an item exceeds', 50, [120, 120]],
  ['one that nothing reaches', 5000, [1000, 800]],
])('the largest micro-batch with %s', (_, limit, [tokens, targets]) => {
  expect(largestMicroBatch({ tokens: 1000, targets: 800 }, 120, limit)).toEqual({ tokens, targets });
});
