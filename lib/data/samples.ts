/**
 * How samples are read from disk. Everything is checked when a file is read, so
 * that a mistake in line 90,000 shows before the training and not in its third hour.
 */
import { DataError, type Place } from './errors.js';
import type { SampleLayout } from './layouts/layout.js';
import { sampleLayouts } from './layouts/list.js';
import { readRows } from './lines.js';
import type { Sample } from './sample.js';
import { UniqueIds } from './unique-ids.js';

/**
 * Reads a JSONL file of samples (or a JSON array) in any of the layouts of layouts/list.ts. Media paths are
 * relative to the file and must exist; ids must differ.
 * @throws DataError for the first thing that does not fit.
 */
export function readSamples(file: string): Sample[] {
  const ids = new UniqueIds(file);
  return readRows(file).flatMap(({ line, value }) => {
    const samples = samplesOf(value, { file, line });
    for (const { id } of samples) ids.add(id, line);
    return samples;
  });
}

/**
 * Checks one row (any layout) of one question and returns it as a Sample with absolute paths and the answer as its
 * option's text.
 * @param where names the file, to which paths are relative, and the line for messages.
 */
export function validateSample(row: Record<string, unknown>, where: Place): Sample {
  const [sample, ...more] = samplesOf(row, where);
  if (more.length === 0) return sample;
  const problem = `got a conversation of ${more.length + 1} questions, expected one`;
  throw new DataError(where, problem, 'write one question a row, or read a file of them with readSamples');
}

/** The samples of one row: one, or one for each question of a conversation. */
export function samplesOf(row: Record<string, unknown>, where: Place): Sample[] {
  const layout = sampleLayouts.find(({ detects }) => detects(row)) as SampleLayout;
  return layout.read(row, where);
}
