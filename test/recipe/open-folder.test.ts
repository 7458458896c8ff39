/** Model folders that a user names: what is shown while they load. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OmniModel } from '../../lib/omni/index.js';
import { openFolder, type Progress } from '../../lib/recipe/index.js';
import { writeSparseWeights } from '../models/sparse-weights.js';
import { tinyConfig } from '../models/tiny.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-open-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('weights of more than 1 GiB show how far they are loaded, smaller ones do not', async () => {
  const text = { ...tinyConfig.text, vocab: 512 };
  OmniModel.fromConfig({ ...tinyConfig, text }).savePretrained(folder);
  const seen: string[] = [];
  const progress = (title: string): Progress => ({
    update: (done, total) =>
      seen.push(`${title} ${(done / total).toFixed(1)} of ${(total / 2 ** 30).toFixed(1)} GiB`),
    stop: () => seen.push('stop'),
  });
  await openFolder(folder, {}, { progress });
  expect(seen).toEqual([]);

  // Two tables of 2^23 rows of 32 floats: 2 x 1 GiB; the other weights are less than 1 MiB.
  const file = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.text.vocab = 2 ** 23;
  writeFileSync(file, JSON.stringify(config));
  writeSparseWeights(join(folder, 'model.safetensors'), config);
  const model = await openFolder(folder, {}, { progress });
  expect(seen.slice(0, 2)).toEqual(['loading weights 0.5 of 2.0 GiB', 'loading weights 1.0 of 2.0 GiB']);
  expect(seen.slice(-2)).toEqual(['loading weights 1.0 of 2.0 GiB', 'stop']);
  model.graph.dispose();
});
