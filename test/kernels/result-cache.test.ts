/** Memory of large results: cached when they are freed, reused, bounded. In separate processes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

function run(limit?: string) {
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const file = join(__dirname, 'children', 'result-cache.cjs');
  const settings = limit === undefined ? {} : { EARSIGHT_RESULT_CACHE: limit };
  return spawnSync(process.execPath, [file], { encoding: 'utf8', env: { ...env, ...settings } });
}

/** MiB in the cache while a result of 4 MiB lives, after it, while the next one lives; after 4, 6 and 8; after emptying. */
function cachedMebibytes(limit?: string): number[] {
  const { status, stdout, stderr } = run(limit);
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

test('the memory of a freed result serves the next one of its size', () => {
  expect(cachedMebibytes()).toEqual([0, 4, 0, 18, 0]);
});

test('above the limit, the oldest blocks are freed', () => {
  expect(cachedMebibytes('16')).toEqual([0, 4, 0, 14, 0]);
  expect(cachedMebibytes('5')).toEqual([0, 4, 0, 0, 0]);
  expect(cachedMebibytes('0')).toEqual([0, 0, 0, 0, 0]);
});

test('a limit that is not a number is an error that names it', () => {
  const { status, stderr } = run('1G');
  expect(status).not.toBe(0);
  expect(stderr).toContain(
    "EARSIGHT_RESULT_CACHE: expected a whole number of MiB (0 keeps nothing), got '1G'",
  );
});
