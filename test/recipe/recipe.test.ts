import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recipe, readRecipe } from '../../lib/recipe/index.js';
import { defaultRewards } from '../../lib/recipe/rewards.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-recipe-'));
const file = join(folder, 'mine.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): Promise<Recipe> {
  writeFileSync(file, text);
  return readRecipe(file);
}

async function refusal(text: string): Promise<string> {
  try {
    await read(text);
  } catch (error) {
    expect((error as Error).name).toBe('BadInputError');
    return (error as Error).message;
  }
  throw new Error('the recipe was accepted');
}

const settingsOf = ({ stages }: Recipe, name: string) => stages.find((use) => use.name === name)?.settings;
const namesOf = ({ stages }: Recipe) => stages.map(({ name }) => name);

describe('recipes', () => {
  it('need one line', async () => {
    const recipe = await read('data: samples/train.jsonl');
    expect(recipe).toMatchObject({
      data: join(folder, 'samples/train.jsonl'),
      output: join(folder, 'runs/mine'),
      seed: 0,
    });
    expect(recipe.rewards).toBeUndefined();
    expect(defaultRewards()).toEqual([
      { name: 'format', weight: 1, mode: 'published' },
      { name: 'answer', weight: 1 },
      { name: 'modality', weight: 1 },
    ]);
  });

  it('suit a fresh model where they say nothing, and leave a given one to the defaults of the trainers', async () => {
    const fresh = await read('data: a.jsonl\nsft: { seed: 4 }');
    expect(settingsOf(fresh, 'sft')).toMatchObject({ seed: 4, learningRate: expect.any(Number) });
    const given = await read('data: a.jsonl\nmodel: folder\nsft: { seed: 4 }');
    expect(settingsOf(given, 'sft')).toEqual({ seed: 4 });
  });

  it('are relative to their own folder', async () => {
    const recipe = await read('data: ../train.jsonl\nmodel: models/small\noutput: /elsewhere\ntest: t.jsonl');
    expect(recipe.data).toBe(join(folder, '../train.jsonl'));
    expect(recipe.model).toBe(join(folder, 'models/small'));
    expect(recipe.output).toBe('/elsewhere');
    expect(recipe.test).toBe(join(folder, 't.jsonl'));
  });

  it('name the line of an unknown field and the nearest known one', async () => {
    expect(await refusal('data: a.jsonl\n\nvaldation: b.jsonl')).toBe(
      `${file}:3: unknown field 'valdation'; did you mean 'validation'?`,
    );
  });

  it('name the nearest known field at any depth', async () => {
    expect(await refusal('data: a.jsonl\nrewards: { anser: 1 }')).toBe(
      `${file}:2: unknown field 'rewards.anser'; did you mean 'answer'?`,
    );
    expect(await refusal('data: a.jsonl\nprocessor:\n  maxframes: 3')).toBe(
      `${file}:3: unknown field 'processor.maxframes'; did you mean 'maxFrames'?`,
    );
  });

  it('name the line of a misspelt setting of a stage', async () => {
    const message = await refusal('data: a.jsonl\nsft:\n  seed: 1\n  learningrate: 0.1\n');
    expect(message).toContain(`${file}:4: unknown field 'sft.learningrate'`);
    expect(message).toContain("did you mean 'learningRate'?");
  });

  it('name field, value and expectation of an impossible setting', async () => {
    const message = await refusal('data: a.jsonl\ngrpo: { numGenerations: 3, perDeviceTrainBatchSize: 8 }');
    expect(message).toContain(`${file}:2: grpo.perDeviceTrainBatchSize`);
    expect(message).toContain('multiple of numGenerations');
    expect(message).toContain('got 8');
    expect(await refusal('data: a.jsonl\nseed: -1')).toMatch(/:2: seed: .*got -1/);
    expect(await refusal('data: a.jsonl\nthreads: 30000')).toMatch(/:2: threads: .*1024.*got 30000/);
    expect(await refusal('data: a.jsonl\nthreads: 4294967297')).toMatch(
      /:2: threads: .*1024.*got 4294967297/,
    );
    expect(await refusal('data: a.jsonl\nrewards:\n  format: 1\n  lenght: 1')).toContain(
      `:4: unknown field 'rewards.lenght'`,
    );
  });

  it('name the line of a rule of admission whose reward is missing', async () => {
    const bounds = 'grpo: { admit: { min: 0.1, max: 0.9 } }';
    expect(await refusal(`data: a.jsonl\nrewards: { format: 1 }\n${bounds}`)).toContain(
      `${file}:3: grpo.admit: { min, max } bounds the mean of a reward named 'answer', rewardFuncs has format`,
    );
    await expect(refusal(`data: a.jsonl\n${bounds}`)).rejects.toThrow('the recipe was accepted');
  });

  it('name every problem at its line, once', async () => {
    expect(
      await refusal(
        'grpo: { numGenerations: 3, perDeviceTrainBatchSize: 8 }\ndata: a\nsft:\n  maxSteps: 0\n  maxStep: 1',
      ),
    ).toBe(
      [
        `${file}:1: grpo.perDeviceTrainBatchSize: must be a multiple of numGenerations: a micro-batch holds whole groups (got 8)`,
        `${file}:4: sft.maxSteps: Too small: expected number to be >0 (got 0)`,
        `${file}:5: unknown field 'sft.maxStep'; did you mean 'maxSteps'?`,
      ].join('\n'),
    );
    expect(await refusal('sft: true\nmodel: 3\ndata: a.jsonl\ndata: b.jsonl')).toBe(
      `${file}:4: Map keys must be unique`,
    );
    expect(await refusal('sft: true\nmodel: 3\ndata: a.jsonl')).toBe(
      [
        `${file}:1: sft: expected settings, or false to leave the stage out (got true)`,
        `${file}:2: model: expected the path of a folder, or settings of a fresh model (got 3)`,
      ].join('\n'),
    );
  });

  it('are not held against a stage that goes on with the adapter of a wrong one', async () => {
    const stages = (freeze: string) =>
      `data: a.jsonl\nstages:\n  - grpo: { name: a, adapter: { r: 4 }, freeze: [${freeze}] }\n  - grpo: { name: b, mergeAdapter: true }`;
    expect((await read(stages('vision'))).stages).toHaveLength(2);
    expect((await refusal(stages('visoin'))).split('\n')).toEqual([
      expect.stringMatching(/:3: a\.freeze\.0: /),
    ]);
  });

  it('have an evaluation where they look at one', async () => {
    expect(await refusal('data: a.jsonl\nvalidation: b.jsonl\ngrpo:\n  loadBestModelAtEnd: true')).toMatch(
      /:4: grpo\.loadBestModelAtEnd: nothing is evaluated during training; give evalSteps too \(got true\)/,
    );
    expect(await refusal('data: a.jsonl\ngrpo: { evalSteps: 5 }')).toMatch(
      /:2: grpo\.evalSteps: there is nothing to evaluate; .*validation samples\) \(got 5\)/,
    );
    const both = 'grpo: { evalSteps: 5, loadBestModelAtEnd: true }';
    expect((await read(`data: a.jsonl\nvalidation: b.jsonl\n${both}`)).stages).toBeDefined();
  });

  it.each([
    ['sft', 'data: a.jsonl\nsft: ', 'data: a.jsonl\nvalidation: b.jsonl\nsft: '],
    [
      'captionSft',
      'data: a.jsonl\ncaptions: c.jsonl\ncaptionSft: ',
      'data: a.jsonl\ncaptions: c.jsonl\ncaptionsValidation: d.jsonl\ncaptionSft: ',
    ],
    ['dpo', 'data: a.jsonl\nstages:\n- dpo: ', 'data: a.jsonl\nstages:\n- dpo: '],
  ])('have validation samples where %s looks at evaluations', async (stage, without, validated) => {
    for (const setting of [
      'loadBestModelAtEnd: true',
      'earlyStoppingPatience: 3',
      'earlyStoppingTarget: 0.1',
    ]) {
      const [field, value] = setting.split(': ');
      expect(await refusal(`${without}{ ${setting} }`)).toBe(
        `${file}:${without.split('\n').length}: ${stage}.${field}: nothing is evaluated during training; give evalSteps too, ` +
          `and an evalDataset or evaluate (in a recipe: validation samples) (got ${value})`,
      );
      const own = stage === 'dpo' ? ', validation: b.jsonl' : '';
      await expect(read(`${validated}{ ${setting}${own} }`)).resolves.toBeDefined();
      expect(await refusal(`${validated}{ ${setting}${own}, evalSteps: null }`)).toContain(
        `${stage}.${field}: nothing is evaluated during training; give evalSteps too (got ${value})`,
      );
    }
  });

  it('say how to evaluate where GRPO evaluates', async () => {
    const grpo = (settings: string) => `data: a.jsonl\nvalidation: b.jsonl\ngrpo:\n  ${settings}`;
    for (const setting of ['evalViews: [av, v]', 'numGenerationsEval: 2', 'numGenerationsEval: 0']) {
      const [field] = setting.split(':');
      expect(await refusal(grpo(setting))).toContain(
        `:4: grpo.${field}: no samples are evaluated during training; give evalSteps, or leave it out (got`,
      );
      for (const when of ['evalSteps: 5', 'evalOnStart: true'])
        await expect(read(grpo(`${setting}\n  ${when}`))).resolves.toBeDefined();
    }
    expect(await refusal('data: a.jsonl\ngrpo: { evalViews: [v] }')).toContain(
      'give evalSteps and an evalDataset (in a recipe: validation samples), or leave it out (got ["v"])',
    );
  });

  it('name a metric by which the stage is evaluated, and a reward', async () => {
    expect(await refusal('data: a.jsonl\nsft:\n  metricForBestModel: eval_accuracy')).toMatch(
      /:3: sft\.metricForBestModel: expected 'eval_loss'.*got "eval_accuracy"/,
    );
    expect(await refusal('data: a.jsonl\ngrpo: { metricForBestModel: eval_loss }')).toMatch(
      /:2: grpo\.metricForBestModel: expected 'eval_accuracy'.*got "eval_loss"/,
    );
    const two =
      'validation: b.jsonl\ngrpo: { evalSteps: 1, numGenerationsEval: 2, evalViews: [av, v], metricForBestModel: ';
    for (const metric of ['accuracy/v', 'eval_pass@2', 'eval_rewards/answer/mean'])
      expect((await read(`data: a.jsonl\n${two}${metric} }`)).stages).toBeDefined();
    expect(await refusal(`data: a.jsonl\n${two}accuracy/a }`)).toMatch(
      /expected 'eval_accuracy', or eval_mean@2, eval_pass@2, eval_accuracy\/v, .*eval_rewards\/answer\/mean/,
    );
    const dpo = 'stages:\n  - dpo: { metricForBestModel: eval_rewards/accuracies }';
    expect((await read(`data: a.jsonl\n${dpo}`)).stages).toHaveLength(1);
    expect(await refusal('data: a.jsonl\nrewards: {}')).toMatch(/:2: rewards: expected at least one/);
    const both = await refusal('data: a.jsonl\nrewards: {}\nseed: -1');
    expect(both.split('\n')).toHaveLength(2);
    expect((await read('data: a.jsonl\nrewards: {}\ngrpo: false')).rewards).toEqual([]);
  });

  it('leave something to do', async () => {
    const idle = 'data: a.jsonl\nsft: false\ngrpo: false';
    expect(await refusal(idle)).toContain(":3: grpo: with 'sft: false' too nothing is left to do");
    expect(namesOf(await read(`${idle}\ntest: t.jsonl`))).toEqual([]);
    expect(namesOf(await read(`${idle}\ncaptions: c.jsonl`))).toEqual(['caption-sft']);
  });

  it('check a fresh model before it is made', async () => {
    expect(await refusal('data: a.jsonl\nmodel:\n  text: { heads: 3, kvHeads: 2 }')).toMatch(
      /:3: model\.text\.kvHeads: must divide heads/,
    );
    expect(await refusal('data: a.jsonl\nmodel:\n  txt: {}')).toContain(`:3: unknown field 'model.txt'`);
  });

  it('refuse what another field decides', async () => {
    expect(await refusal('data: a.jsonl\nsft: { outputDir: x }')).toContain(
      "sft.outputDir: is given by 'output'",
    );
    expect(await refusal('data: a.jsonl\nmodel: folder\nprocessor: { fps: 1 }')).toContain(
      ':3: processor: is for fresh models',
    );
  });

  it('say what is missing, and where the text is no YAML', async () => {
    expect(await refusal('')).toMatch(/data: .*missing/);
    expect(await refusal('data: a\n  b: [')).toMatch(new RegExp(`^${file}:\\d`));
    await expect(readRecipe(join(folder, 'none.yaml'))).rejects.toThrow('none.yaml');
  });
});
