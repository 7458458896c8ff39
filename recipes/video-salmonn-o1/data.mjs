// The samples of the experiment: synthetic clips with questions that take several steps, and the synthetic benchmark.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { data, media } from '../../dist/index.mjs';

/** Kinds of questions that take several steps; the others take one. */
const reasoningKinds = ['count', 'hop', 'before'];
export const isReasoning = ({ kind }) => reasoningKinds.includes(kind);

/**
 * `questions` and `captions` teach SFT; `prompts` are reasoning questions of clips that SFT has not seen: paths are sampled of
 * them.
 * @param folder of the dataset, which is made where it is missing
 */
export async function samplesOf(folder, seed, { clips, benchmark }) {
  const pool = new media.MediaPool({ tmpDir: folder });
  try {
    const files = await data.generateSyntheticDataset(join(folder, 'dataset'), {
      ...{ seed, clips, questions: 'reasoning', pool },
    });
    const parts = await data.generateSyntheticBenchmark(join(folder, 'benchmark'), {
      ...{ seed, clips: benchmark, pool },
    });
    const read = await data.readBenchmark('rivabench', Object.values(parts));
    const [questions, captions, prompts, test] = [
      files.train,
      files.captions,
      files.validation,
      files.test,
    ].map((file) => data.readSamples(file));
    return { questions, captions, prompts: prompts.filter(isReasoning), test, benchmark: read.questions };
  } finally {
    await pool.close();
  }
}

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Whole or not at all. */
export function writeJson(file, value) {
  writeFileSync(`${file}.part`, `${JSON.stringify(value)}\n`);
  renameSync(`${file}.part`, file);
}

/** Records of a file, which are made where it is missing. */
export async function records(file, read, make) {
  if (!existsSync(file)) data.writeRecords(file, await make());
  return read(file);
}
