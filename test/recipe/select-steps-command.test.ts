/** Selecting steps as a command: over a clip that is decoded, by the prompts that its paths were asked by. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPaths } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, OmniModel } from '../../lib/omni/index.js';
import { torch } from '../../lib/tensor/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig, writeClip } from '../omni/clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-select-steps-'));
const at = (name: string) => join(folder, name);
const samples = ['a', 'b'].map((id) => ({
  ...{ id, video: at('clip.mp4'), question: `What moves ${id}?`, answer: 'bar' },
}));
const steps = ['a bar moves<end_of_step>', '\na tone rises<end_of_step>', '\n<answer>bar</answer>'];
const paths = ['a', 'b', 'a'].map((sampleId, seed) => ({
  ...{ sampleId, seed, path: steps, answer: 'bar', correct: seed > 0, tokens: 9 },
}));
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

beforeAll(async () => {
  const pool = new MediaPool({ workers: 1 });
  await writeClip(pool, folder);
  await pool.close();
  torch.manualSeed(0);
  const model = newSmallModel([...samples, { ...samples[0], steps }], { config: tinyConfig });
  model.savePretrained(at('model'));
  await model.close();
  writeFileSync(at('samples.jsonl'), lines(samples));
  writeFileSync(at('paths.jsonl'), lines(paths));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const command = (output: string, ...more: string[]) =>
  earsight(
    ...['stage', 'select-steps', '--model', at('model'), '--data', at('samples.jsonl')],
    ...['--input', at('paths.jsonl'), '--output', at(output), ...more],
  );

test('the records are those of selectSteps by the same protocol', async () => {
  const instruction = 'Think in steps.';
  for (const [output, more, protocol] of [
    ['bare.jsonl', [], 'steps'],
    ['asked.jsonl', ['--instruction', instruction], { name: 'steps', instruction }],
  ] as const) {
    const { code, stderr } = await command(output, ...more, '--set', 'perturb=hideVideo', 'top=1');
    if (code !== 0) throw new Error(stderr);
    const model = await OmniModel.fromPretrained(at('model'));
    const expected = await processDpo.selectSteps({
      ...{ model, samples, paths, protocol, perturb: 'hideVideo', top: 1 },
    });
    await model.close();
    const found = readPaths(at(output));
    const bySeed = [...found].sort((a, b) => a.seed - b.seed);
    expect(bySeed.map(({ divergence, ...path }) => path)).toEqual(
      expected.map(({ divergence, ...path }) => path),
    );
    for (const [i, { divergence }] of bySeed.entries())
      expect(divergence).toEqual(expected[i].divergence?.map((value) => expect.closeTo(value, 5)));
    expect(bySeed[0].selected).toHaveLength(1);
  }
  const first = (name: string) => readPaths(at(name))[0].divergence?.[0] as number;
  expect(Math.abs(first('asked.jsonl') / first('bare.jsonl') - 1)).toBeGreaterThan(1e-3);
}, 120_000);

test('a perturbation that there is not is bad input', async () => {
  const { code, stderr } = await command('never.jsonl', '--set', 'perturb=blur');
  expect(code).toBe(2);
  expect(stderr).toMatch(/perturb/);
});
