/** A model on another device: its prompts' media stand there, and so does what a pass makes of them. `meta` stands for any. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flattenTrees, packTensors } from '../../lib/batch/index.js';
import type { Sample } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, OmniModel } from '../../lib/omni/index.js';
import { scope } from '../../lib/tensor/index.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-device-'));
const pool = new MediaPool({ workers: 1 });
let sample: Sample;
let model: OmniModel;

beforeAll(async () => {
  sample = { id: 'clip-1', video: await writeClip(pool, folder), question: 'What moves?' };
  model = newSmallModel([sample], { config: tinyConfig });
  model.media = pool;
}, 60_000);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

async function passes(it: OmniModel, dtype: string): Promise<void> {
  await scope(async () => {
    const { av } = await it.prepare([sample], { views: ['av'] });
    const [{ root, question }] = av;
    expect([root.vision?.patches.device, root.audio?.mel.device]).toEqual(['meta', 'meta']);
    const batch = flattenTrees([{ root, children: [{ ids: question }] }], it.graph.layOut);
    const hidden = it.graph.forward(packTensors(batch, it.graph.headWeight.device).packed);
    expect([hidden.device, hidden.dtype, hidden.shape]).toEqual(['meta', dtype, [batch.ids.length, 32]]);
  });
}

test('a model that is read onto a device, in a dtype', async () => {
  model.savePretrained(join(folder, 'model'));
  const read = await OmniModel.fromPretrained(join(folder, 'model'), { device: 'meta', dtype: 'bfloat16' });
  read.media = pool;
  await passes(read, 'bfloat16');
});

test('a model whose graph is moved', async () => {
  const { av } = await model.prepare([sample], { views: ['av'] });
  const [{ root }] = av;
  expect(root.vision?.patches.device).toBe('cpu');
  model.graph.to({ device: 'meta' });
  await passes(model, 'float32');
});
