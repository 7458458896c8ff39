/** Folders of runs, as a training leaves them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-page-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export function writeMetrics(run: string, stage: string, rows: readonly object[]): void {
  mkdirSync(join(run, stage), { recursive: true });
  writeFileSync(join(run, stage, 'metrics.jsonl'), jsonLines(rows));
}
