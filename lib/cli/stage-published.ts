/** `earsight stage import-published` and `export-published`: records in the layout of video-SALMONN-o1. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BadInputError, checkFreeFile, checkOutputFolder } from '../files/index.js';
import type { StageOptions } from './stage.js';

/** Writes samples, pairs, paths and steps into files of a folder, as far as there are any. */
export async function importPublished({ input, output, set = [], overwrite }: StageOptions): Promise<void> {
  const { recordLines, writeRecords } = await import('../data/index.js');
  const { readPublished } = await import('../process/index.js');
  const { labelSchema, stageSettings } = await import('../recipe/index.js');
  if (input.length > 1)
    throw new BadInputError(`--input: import-published reads one file, got ${input.length}`);
  checkOutputFolder('--output', output);
  const found = Object.entries(readPublished(input[0], stageSettings({ schema: labelSchema }, set)))
    .filter(([, records]) => records.length > 0)
    .map(([name, records]) => ({ name, file: join(output, `${name}.jsonl`), records }));
  for (const { file, records } of found) checkFreeFile(file, { overwrite, text: recordLines(records) });
  mkdirSync(output, { recursive: true });
  for (const { name, file, records } of found) {
    writeRecords(file, records);
    console.log(`${file}: ${records.length} ${name}`);
  }
}

export async function exportPublished({ input, output, data, overwrite }: StageOptions): Promise<void> {
  checkFreeFile(output, { overwrite });
  const { readPairs, readPaths, readSamples, readSteps } = await import('../data/index.js');
  const { writePublished } = await import('../process/index.js');
  const { readUserText } = await import('../runtime/index.js');
  const kinds = input.map((file) => {
    const fail = (reason: string) => new BadInputError(`--input ${file}: ${reason}`);
    return kindOf(file, readUserText(file, { maxBytes: 2 ** 31 - 1, fail }));
  });
  const ofKind = (kind: Kind): string[] => input.filter((_, i) => kinds[i] === kind);
  writePublished(output, {
    samples: readSamples(data as string),
    pairs: ofKind('pairs').flatMap((file) => readPairs(file)),
    paths: ofKind('paths').flatMap((file) => readPaths(file)),
    steps: ofKind('steps').flatMap((file) => readSteps(file)),
  });
}

type Kind = 'pairs' | 'paths' | 'steps';

/** Fields that records of the other kinds do not have. */
const fieldOf: Record<Kind, string> = { pairs: 'chosen', paths: 'path', steps: 'alternative' };

/**
 * By the first record; whether the others are of its kind is checked when they are read. null: a file of no records.
 * @throws BadInputError
 */
function kindOf(file: string, text: string): Kind | null {
  if (text.trim() === '') return null;
  const [line] = text.split('\n', 1);
  const kind = (Object.keys(fieldOf) as Kind[]).find((it) => line.includes(`"${fieldOf[it]}":`));
  if (kind !== undefined) return kind;
  throw new BadInputError(`--input ${file}: expected a file of pairs, paths or steps`);
}
