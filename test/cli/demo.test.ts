import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DemoPlan } from '../../lib/cli/demo-plan.js';
import { readRecipe } from '../../lib/recipe/index.js';
import { tinyConfig } from '../omni/clips.js';
import { earsight } from './run.js';

// The demo's own path with a plan of seconds; the real plans are read below.
jest.mock('../../lib/cli/demo-plan.js', () => ({ demoPlan: (options: object) => smallest(options) }));
const { demoPlan } = jest.requireActual<typeof import('../../lib/cli/demo-plan.js')>(
  '../../lib/cli/demo-plan.js',
);

function smallest(options: object): DemoPlan {
  const { recipe } = demoPlan(options as never);
  const tiny: Record<string, object> = {
    'caption-sft': { maxSteps: 2 },
    sft: { maxSteps: 2, perDeviceTrainBatchSize: 6 },
    grpo: { maxSteps: 1, perDeviceTrainBatchSize: 4, numGenerations: 2, maxCompletionLength: 6 },
  };
  return {
    clips: { train: 3, validation: 1, test: 1 },
    recipe: {
      ...recipe,
      model: tinyConfig,
      stages: recipe.stages.map((item) => {
        const [[stage, settings]] = Object.entries(item);
        return { [stage]: { ...settings, ...tiny[stage] } };
      }),
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'earsight-demo-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the demo', () => {
  const output = join(folder, 'run');

  it('makes a dataset, trains on it and prints what came of it', async () => {
    const { code, stdout } = await earsight('demo', '--quick', '--seed', '3', '--output', output);
    expect(code).toBe(0);
    // What can be reached at best: all with both tracks, on the third kind hardly more than chance with one.
    expect(stdout).toMatch(/^both +100\.0 % /m);
    expect(stdout).toMatch(/^after GRPO \(ma\) +both /m);
    expect(stdout).toContain('its figures mean nothing');
    expect(readdirSync(output)).toEqual(
      expect.arrayContaining([
        'accuracy.json',
        'dataset',
        'ma',
        'qi',
        'recipe.yaml',
        'report.html',
        'sft',
        'start',
      ]),
    );
    expect(readFileSync(join(output, 'recipe.yaml'), 'utf8')).toContain('seed: 3');
    // One question of each kind at least, with its clip and what was said before and after each stage with questions.
    const [, clips] = readFileSync(join(output, 'report.html'), 'utf8').split('<h2>Clips</h2>');
    expect(clips.match(/<video /g)?.length).toBeGreaterThanOrEqual(3);
    for (const stage of ['before training', 'after SFT', 'after GRPO (qi)', 'after GRPO (ma)'])
      expect(clips.replace(/: (right|wrong)<\/dt>/g, '')).toContain(`<dt>${stage}`);
  });

  it('leaves a recipe that can be run again, and no temporary files', async () => {
    expect((await readRecipe(join(output, 'recipe.yaml'))).output).toBe(output);
    expect(readdirSync(output).filter((name) => /tmp|part/.test(name))).toEqual([]);
    const { code, stdout } = await earsight('train', join(output, 'recipe.yaml'), '--resume');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^after GRPO \(ma\) +both /m);
  });

  it('does not run over an earlier one', async () => {
    const { code, stderr } = await earsight('demo', '--output', output);
    expect(code).toBe(2);
    expect(stderr).toContain('--resume');
  });
});

describe("the demo's plans", () => {
  it.each([true, false])('are valid recipes (quick: %s)', async (quick) => {
    const file = join(folder, 'plan.yaml');
    writeFileSync(file, stringify(demoPlan({ quick, seed: 0, threads: 2, compare: true }).recipe));
    const { stages, ...recipe } = await readRecipe(file);
    expect(recipe).toMatchObject({ seed: 0, output: folder });
    expect(stages.map(({ name }) => name)).toEqual(['caption-sft', 'sft', 'qi', 'ma', 'time-matched-sft']);
  });

  it('test enough questions, and end every stage by steps, those of SFT by what they have learned too, never by the clock', () => {
    const { clips, recipe } = demoPlan({ quick: false, seed: 0, threads: 2, compare: false });
    // Two questions of each kind a clip.
    expect(2 * clips.test).toBeGreaterThanOrEqual(500);
    const settings = recipe.stages.flatMap((item) => Object.values(item));
    expect(settings).toHaveLength(4);
    for (const { maxSeconds, maxSteps } of settings) {
      expect(maxSeconds).toBeUndefined();
      expect(maxSteps).toBeGreaterThan(0);
    }
    for (const { evalSteps, earlyStoppingPatience } of settings.slice(0, 2)) {
      expect(evalSteps).toBeGreaterThan(0);
      expect(earlyStoppingPatience).toBeGreaterThan(0);
    }
  });
});
