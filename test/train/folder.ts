import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for each test of a file, removed after it. */
export function temporaryFolder(): { path: string } {
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'earsight-train-'));
  });
  afterEach(() => rmSync(folder.path, { recursive: true }));
  return folder;
}
