// The programs of a text row: a model of fresh weights in a folder, and both sides over it.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Contestant } from '../contestant.mjs';
import { BenchmarkError, python, pythonEnvironment } from '../python.mjs';
import { models } from './models.cjs';

/** A row's peer is not on this machine: the message says how to get it. */
export class MissingPeer extends Error {}

const own = (name) => new URL(name, import.meta.url).pathname;
const wanted = 'EARSIGHT_PYTHON must name a Python with torch and transformers';

/** The folder of a model of models.cjs, which is made where it is not there. */
export function modelFolder(folder, model) {
  const at = join(folder, model);
  if (!existsSync(at)) {
    process.stderr.write(`rollout: making the ${model} model\n`);
    // Of weights in bfloat16 every dtype has the same.
    const config = JSON.stringify(models[model]);
    execFileSync(process.execPath, [own('../make-model.mjs'), at, 'bfloat16', 'bfloat16', config]);
  }
  return at;
}

async function startAll(dtypes, start) {
  const programs = {};
  for (const dtype of dtypes) programs[dtype] = await start(dtype);
  return programs;
}

/** Ours, by dtype. */
export async function startOwn(model, dtypes, threads) {
  const programs = await startAll(dtypes, (dtype) =>
    Contestant.start(process.execPath, [own('text.mjs'), model, dtype, String(threads)]),
  );
  if (Object.values(programs).includes(null)) throw new BenchmarkError('rollout: our program did not start');
  return programs;
}

/** Of transformers, by dtype. @throws MissingPeer */
export async function startTransformers(model, dtypes, threads) {
  const programs = await startAll(dtypes, (dtype) =>
    Contestant.start(
      python(),
      [own('transformers_text.py'), model, dtype, String(threads)],
      pythonEnvironment(threads),
    ),
  );
  if (Object.values(programs).includes(null))
    throw new MissingPeer(`${python()} has no transformers: ${wanted} (pip install torch transformers)`);
  return programs;
}

const llamaWanted = [
  '--llama must name a Python with llama-cpp-python built from source and gguf:',
  'CMAKE_ARGS=-DGGML_NATIVE=ON pip install --no-binary llama-cpp-python llama-cpp-python gguf',
].join(' ');

/** Of llama-cpp-python in bfloat16. @param folderOf makes the model's folder @throws MissingPeer */
export async function startLlama(folderOf, { llama, threads }) {
  if (llama === undefined) throw new MissingPeer(llamaWanted);
  const model = folderOf();
  const file = `${model}.gguf`;
  const { status, error, stderr } = spawnSync(llama, [own('convert_to_gguf.py'), model, file], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new MissingPeer(`${llama} does not convert: ${error?.message ?? stderr}; ${llamaWanted}`);
  const programs = await startAll(['bfloat16'], () =>
    Contestant.start(llama, [own('llama_text.py'), file, String(threads)], pythonEnvironment(threads)),
  );
  if (programs.bfloat16 === null) throw new MissingPeer(`${llama} does not run llama.cpp; ${llamaWanted}`);
  return programs;
}
