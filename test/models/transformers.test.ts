/**
 * Folders that we save, read by transformers: needs a Python (EARSIGHT_PYTHON, else python3) with torch and transformers,
 * and skips with the reason where there is none.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as models from '../../lib/models/index.js';
import type { DType } from '../../lib/tensor/index.js';
import { fixturePath } from '../nn/fixtures.js';
import { published } from './published-folders.js';

const python = process.env.EARSIGHT_PYTHON || 'python3';
const options = {
  cwd: __dirname,
  encoding: 'utf8',
  env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
} as const;

function reasonToSkip(): string | null {
  const code = 'import sys, saved_folders; sys.exit(saved_folders.reason_to_skip())';
  const { status, stderr, error } = spawnSync(python, ['-c', code], options);
  if (error) return `${python} does not run; set EARSIGHT_PYTHON`;
  return status === 0 ? null : `${python}: ${stderr.trim().split('\n').pop()}; set EARSIGHT_PYTHON`;
}

const reason = reasonToSkip();
if (reason !== null) console.warn(`saved folders in transformers: skipped, ${reason}`);

const scratch = mkdtempSync(join(tmpdir(), 'earsight-transformers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Found {
  dtype: string;
  equal: boolean;
  tied: boolean;
  missing_keys: string[];
  unexpected_keys: string[];
  mismatched_keys: string[];
}

(reason === null ? test : test.skip)(
  'every saved folder loads by its own configuration and gives the logits of the published one, bit for bit',
  () => {
    const dtypes: DType[] = ['float32', 'bfloat16'];
    const folders = published.flatMap((name) =>
      dtypes.map((dtype) => {
        const original = fixturePath('models', 'hf', name);
        const saved = join(scratch, `${name}-${dtype}`);
        const graph = models.loadGraph(original, { dtype });
        models.saveGraph(graph, saved);
        graph.dispose();
        return { original, saved, dtype };
      }),
    );
    const input = JSON.stringify(folders);
    const found: Found[] = JSON.parse(
      execFileSync(python, ['saved_folders.py'], { ...options, input, stdio: 'pipe' }),
    );
    const expected = folders.map(({ saved, dtype }) => ({
      ...{ saved, dtype, equal: true, tied: /-tied-|-window-yarn-/.test(saved) },
      ...{ missing_keys: [], unexpected_keys: [], mismatched_keys: [] },
    }));
    expect(found.map((one, i) => ({ ...one, saved: folders[i].saved }))).toEqual(expected);
  },
  600_000,
);
