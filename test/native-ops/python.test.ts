/**
 * The operator library by itself, loaded into Python with `torch.ops.load_library`, against a dense float64
 * reference in PyTorch. Needs a Python (EARSIGHT_PYTHON, else python3) with the torch that the library was built for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { torch } from '../../lib/tensor/index.js';

const python = process.env.EARSIGHT_PYTHON || 'python3';
const release = join(__dirname, '..', '..', 'build', 'Release');

function reasonToSkip(): string | null {
  const { libtorch } = JSON.parse(readFileSync(join(release, 'earsight.json'), 'utf8')) as {
    libtorch: string;
  };
  const found = spawnSync(python, ['-c', "import importlib.metadata as m; print(m.version('torch'))"], {
    encoding: 'utf8',
  });
  if (found.error) return `${python} does not run; set EARSIGHT_PYTHON`;
  if (found.status !== 0) return `${python} has no torch; set EARSIGHT_PYTHON to one with torch ${libtorch}`;
  const version = found.stdout.trim();
  return version === libtorch
    ? null
    : `${python} has torch ${version}, the library was built for ${libtorch}`;
}

const reason = reasonToSkip();
if (reason !== null) console.warn(`operator library from Python: skipped, ${reason}`);

const settingsOf = (settings: Record<string, string>) => ({
  ...process.env,
  EARSIGHT_OPS: join(release, 'libearsight_ops.so'),
  EARSIGHT_CASES: process.env.EARSIGHT_TEST_FULL ? '400' : '40',
  PYTHONDONTWRITEBYTECODE: '1',
  ...settings,
});

function suite(name: string, settings: Record<string, string> = {}) {
  const options = { cwd: __dirname, env: settingsOf(settings), encoding: 'utf8', stdio: 'pipe' } as const;
  expect(() => execFileSync(python, ['-m', 'unittest', name], options)).not.toThrow();
}

const offered = torch.ops.earsight.isas() as string[];

for (const isa of ['portable', 'avx2', 'avx512', 'avx512_bf16', 'amx']) {
  const here = offered.includes(isa);
  if (!here) console.warn(`operator library from Python: ${isa} skipped, this machine has none`);
  for (const name of [
    'test_av_attention',
    'test_decode',
    'test_linear_kl',
    'test_linear_logprob',
    'test_policy',
  ]) {
    (reason === null && here ? test : test.skip)(
      `the suite in ${name}.py passes with ${isa}`,
      () => suite(name, { EARSIGHT_ISA: isa }),
      600_000,
    );
  }
}

(reason === null ? test : test.skip)(
  'the suite in test_av_attention.py passes with a dense mask, which is what kernels are compared with',
  () => suite('test_av_attention', { EARSIGHT_AV_ATTENTION: 'dense', EARSIGHT_CASES: '20' }),
  600_000,
);

function reasonToSkipTrl(): string | null {
  if (reason !== null) return reason;
  // The suite knows which TRL it can read.
  const code = 'import sys, test_trl; sys.exit(test_trl.reason_to_skip())';
  const options = { cwd: __dirname, env: settingsOf({}), encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(python, ['-c', code], options);
  return status === 0 ? null : (stderr.trim().split('\n').pop() as string);
}

const reasonForTrl = reasonToSkipTrl();
if (reason === null && reasonForTrl !== null) console.warn(`operators against TRL: skipped, ${reasonForTrl}`);
(reasonForTrl === null ? test : test.skip)(
  "the suite in test_trl.py passes: TRL's advantages, losses, metrics, log-probabilities and entropies",
  () => suite('test_trl'),
  600_000,
);
