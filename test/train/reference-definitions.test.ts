/**
 * The demo's small model trained through the kernels and through their definitions in tensor operations: the same
 * losses. Each run is a process of its own, because the operator library reads its environment once.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';

type Curve = Record<'sft' | 'grpo', [loss: number, gradNorm: number][]>;

const folder = mkdtempSync(join(tmpdir(), 'earsight-definitions-'));
afterAll(() => rmSync(folder, { recursive: true }));

function firstSteps(definitions: string[] = [], env: object = {}): Curve {
  const child = join(__dirname, 'children', 'first-steps.cjs');
  const output = execFileSync(process.execPath, [child, folder, ...definitions], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', ...env },
  });
  return JSON.parse(output);
}

let kernels: Curve;
beforeAll(async () => {
  const pool = new MediaPool({ workers: 1 });
  try {
    await generateSyntheticDataset(folder, { seed: 0, clips: { train: 4, validation: 1, test: 1 }, pool });
  } finally {
    await pool.close();
  }
  kernels = firstSteps();
}, 120_000);

test.each([
  ['attention', [], { EARSIGHT_AV_ATTENTION: 'dense' }],
  ['log-probabilities, policy loss and advantages', ['reference'], {}],
])(
  "ten steps of SFT and one of GRPO on recorded rollouts: the definition of %s gives the kernels' losses",
  (_, definitions, env) => {
    const reference = firstSteps(definitions, env);
    expect(kernels.sft).toHaveLength(10);
    expect(kernels.grpo).toHaveLength(1);
    // Other sums, other last bits: were they equal, the same code would have run twice.
    expect(reference).not.toEqual(kernels);
    const pairs = (['sft', 'grpo'] as const).flatMap((stage) =>
      reference[stage].flatMap((step, i) => step.map((value, j) => [kernels[stage][i][j], value])),
    );
    for (const [actual, expected] of pairs) {
      expect(Math.abs(expected)).toBeGreaterThan(1e-5);
      expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-4);
    }
  },
  120_000,
);
