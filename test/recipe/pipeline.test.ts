import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateSyntheticDataset } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { readMetrics } from '../../lib/train/index.js';
import { earsight } from '../cli/run.js';
import { tinyConfig } from '../omni/clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-pipeline-'));
const recipeFile = join(folder, 'recipe.yaml');
const output = join(folder, 'run');
const inRun = (...names: string[]) => join(output, ...names);

beforeAll(async () => {
  const pool = new MediaPool();
  await generateSyntheticDataset(join(folder, 'dataset'), {
    seed: 1,
    clips: { train: 4, validation: 1, test: 1 },
    pool,
  });
  // Enough clips to tell chance from learning.
  const held = { train: 0, validation: 20, test: 0 };
  await generateSyntheticDataset(join(folder, 'held'), { seed: 2, clips: held, pool });
  await pool.close();
  const recipe = {
    data: 'dataset/train.jsonl',
    validation: 'dataset/validation.jsonl',
    test: 'dataset/test.jsonl',
    output: 'run',
    model: tinyConfig,
    sft: { maxSteps: 4, evalSteps: 2, perDeviceTrainBatchSize: 4, loggingSteps: 1, learningRate: 1e-3 },
    grpo: {
      maxSteps: 2,
      perDeviceTrainBatchSize: 8,
      numGenerations: 4,
      maxCompletionLength: 8,
      loggingSteps: 1,
    },
    compareWithSft: true,
    stopAtChance: false,
  };
  writeFileSync(recipeFile, stringify(recipe));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('a recipe', () => {
  it('is checked without leaving a trace', async () => {
    const { code, stdout, stderr } = await earsight('check', recipeFile);
    expect(code).toBe(0);
    // Nothing but progress.
    expect(
      stderr
        .split('\n')
        .filter((line) => line !== '' && !/^(looking at clips|timing a few steps):/.test(line)),
    ).toEqual([]);
    expect(stdout).toContain('12 with steps, 12 with an answer only, 6 for validation, 6 for testing');
    // 4 s: 8 pairs of frames of 2 x 2 cells, 2 audio tokens a second.
    expect(stdout).toMatch(/8 audio and 32 video tokens/);
    expect(stdout).toMatch(/at most together +\d+ MiB/);
    expect(existsSync(output)).toBe(false);
  }, 30_000);

  it('runs through all stages and leaves their results', async () => {
    const { code, stdout, stderr } = await earsight('train', recipeFile);
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
    for (const stage of ['before training', 'after SFT', 'after GRPO', 'after time-matched SFT']) {
      expect(stdout).toMatch(new RegExp(`${stage} +(sight|sound|both) .* 2$`, 'm'));
    }
    expect(stdout).toMatch(
      /^GRPO on both: [+-]\d+\.\d points with both tracks \(95 % interval .*, 2 questions\)$/m,
    );
    expect(stdout).toMatch(/^SFT +4 +[\d.]+ s +\d+ s$/m);
    expect(stdout).toMatch(/^SFT: 4 of 4 steps, \d\.\d\d M tokens, \d+ s$/m);
    expect(stdout).toMatch(/in all \d+ s, at most \d+\.\d\d GiB/);
    expect(readMetrics(inRun('sft', 'metrics.jsonl')).filter(({ loss }) => loss !== undefined)).toHaveLength(
      4,
    );
    const [first] = readMetrics(inRun('grpo', 'metrics.jsonl'));
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(['rewards/modality/mean', 'reward', 'frac_reward_zero_std']),
    );
    expect(existsSync(inRun('grpo', 'model', 'model.safetensors'))).toBe(true);
    const accuracy = JSON.parse(readFileSync(inRun('accuracy.json'), 'utf8'));
    expect(accuracy).toHaveLength(4);
    // Kinds sight, sound, both and all, each in four views.
    expect(accuracy[0].accuracy).toHaveLength(16);
    expect(readFileSync(inRun('report.html'), 'utf8')).toContain('after GRPO');
    const [record] = JSON.parse(readFileSync(inRun('run.json'), 'utf8'));
    expect(record).toMatchObject({
      versions: { node: process.versions.node, libtorch: expect.stringMatching(/^2\.\d+/) },
      settings: {
        data: '../dataset/train.jsonl',
        output: '.',
        seed: 0,
        stages: ['sft', 'grpo', 'time-matched-sft'],
      },
    });
    expect(Math.abs(Date.now() - Date.parse(record.started))).toBeLessThan(3_600_000);
    const [stage] = JSON.parse(readFileSync(inRun('sft', 'run.json'), 'utf8'));
    // One from the recipe, one from the trainer's defaults.
    expect(stage.settings).toMatchObject({ maxSteps: 4, maxGradNorm: 1 });
    // A run may be given away: it does not say where it lay.
    expect(JSON.stringify([record, stage])).not.toContain(folder);
  });

  it('does not run into the results of another run', async () => {
    const { code, stderr } = await earsight('train', recipeFile);
    expect(code).toBe(2);
    expect(stderr).toContain('--resume');
  });

  it('goes on with the stages that are missing', async () => {
    const sft = statSync(inRun('sft', 'model', 'model.safetensors')).mtimeMs;
    const before = readFileSync(inRun('grpo', 'metrics.jsonl'), 'utf8');
    const weights = readFileSync(inRun('grpo', 'model', 'model.safetensors'));
    // As if the run had been killed while the answers after GRPO were being given, before the last checkpoint's stage ended.
    rmSync(inRun('grpo', 'answers.json'));
    rmSync(inRun('grpo', 'model'), { recursive: true });
    rmSync(inRun('time-matched-sft'), { recursive: true });
    const { code } = await earsight('train', recipeFile, '--resume');
    expect(code).toBe(0);
    expect(statSync(inRun('sft', 'model', 'model.safetensors')).mtimeMs).toBe(sft);
    expect(readFileSync(inRun('grpo', 'metrics.jsonl'), 'utf8')).toBe(before);
    expect(readFileSync(inRun('grpo', 'model', 'model.safetensors')).equals(weights)).toBe(true);
    expect(existsSync(inRun('time-matched-sft', 'answers.json'))).toBe(true);
    expect(JSON.parse(readFileSync(inRun('run.json'), 'utf8'))).toHaveLength(2);
  });
});

describe('a run', () => {
  const recipe = (output: string, more: object) => {
    const file = join(folder, `${output}.yaml`);
    const sft = { maxSteps: 2, perDeviceTrainBatchSize: 4, ...(more as { sft?: object }).sft };
    writeFileSync(
      file,
      stringify({ data: 'dataset/train.jsonl', output, model: tinyConfig, grpo: false, ...more, sft }),
    );
    return file;
  };

  it('ends after a stage that has learned nothing, and says what to do', async () => {
    // Two steps: no held-out answer is right, while a guess would be for one in three.
    const file = recipe('chance', { validation: 'held/validation.jsonl' });
    const { code, stderr } = await earsight('train', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /SFT ended at chance: 0\.0 % of 120 held-out answers are right, \d\d\.\d % by guessing/,
    );
    expect(stderr).toContain('sft.maxSteps');
    expect(existsSync(join(folder, 'chance', 'sft', 'answers.json'))).toBe(false);
    // The stage is not finished: more steps, or going on regardless, go on with it.
    writeFileSync(file, `${readFileSync(file, 'utf8')}stopAtChance: false\n`);
    expect((await earsight('train', file, '--resume')).code).toBe(0);
  }, 60_000);

  it('that a cap of time cuts short says so', async () => {
    const file = recipe('capped', { test: 'dataset/test.jsonl', sft: { maxSteps: 100_000 } });
    const { code, stdout } = await earsight('train', file, '--minutes', '0.05');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SFT: \d+ of 100000 steps, .* s; cut short by the cap of time$/m);
    expect(stdout).toMatch(/^after SFT \(cut short\) +sight /m);
  }, 60_000);

  it('gives the same weights under a cap of time that cuts nothing short', async () => {
    const weightsOf = async (output: string, ...options: string[]) => {
      const file = recipe(output, { validation: 'dataset/validation.jsonl', stopAtChance: false });
      expect((await earsight('train', file, ...options)).code).toBe(0);
      return readFileSync(join(folder, output, 'sft', 'model', 'model.safetensors'));
    };
    const plain = await weightsOf('plain');
    expect((await weightsOf('roomy', '--minutes', '1000')).equals(plain)).toBe(true);
  }, 60_000);

  it.each(['0', '-1', 'soon'])('refuses a cap of %s minutes', async (minutes) => {
    const { code, stderr } = await earsight('train', recipeFile, '--minutes', minutes);
    expect(code).toBe(2);
    expect(stderr).toContain('--minutes');
  });
});

describe('an interrupted training', () => {
  it('finishes its step, saves, and says how to go on', async () => {
    const file = join(folder, 'long.yaml');
    const sft = { maxSteps: 100_000, perDeviceTrainBatchSize: 4 };
    writeFileSync(file, stringify({ data: 'dataset/train.jsonl', output: 'long', model: tinyConfig, sft }));
    const main = join(__dirname, '../../dist/cli/main.js');
    const child = spawn(process.execPath, [main, 'train', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (/^SFT: .*step/m.test(stderr) && !stderr.includes('Interrupted')) child.kill('SIGINT');
    });
    expect(await ended).toBe(130);
    expect(stderr).toContain(`Go on with: earsight train ${file} --resume`);
    const saved = readdirSync(join(folder, 'long', 'sft')).filter((name) => name.startsWith('checkpoint-'));
    expect(saved).toHaveLength(1);
    expect(existsSync(join(folder, 'long', 'sft', 'model'))).toBe(false);
  });
});

describe('a trained model', () => {
  const clip = () => join(folder, 'dataset', 'clips', 'test-00000.mp4');

  it('answers about a clip', async () => {
    const ask = ['generate', inRun('grpo', 'model'), clip(), '--question', 'What was seen first?'];
    const options = ['--option', 'red square', 'blue circle', '--max-new-tokens', '6', '--json'];
    const { code, stdout } = await earsight(
      ...ask,
      ...options,
      '--num-generations',
      '2',
      '--temperature',
      '1',
    );
    expect(code).toBe(0);
    const { completions, promptTokens } = JSON.parse(stdout);
    expect(completions).toHaveLength(2);
    expect(promptTokens).toMatchObject({ audio: 8, video: 32 });
    const [command, ...rest] = ask;
    const first = await earsight(
      command,
      '--option',
      'red square',
      'blue circle',
      ...rest,
      '--max-new-tokens',
      '6',
      '--json',
    );
    const last = await earsight(...ask, ...options);
    expect(first).toEqual(last);
    const textOnly = await earsight(...ask, ...options, '--view', 'none');
    expect(JSON.parse(textOnly.stdout).promptTokens).toMatchObject({ audio: 0, video: 0 });
  }, 30_000);

  it('is evaluated on a file of samples', async () => {
    const answers = join(folder, 'answers.jsonl');
    const { code, stdout } = await earsight(
      ...['eval', inRun('grpo', 'model'), join(folder, 'dataset', 'test.jsonl')],
      ...['--view', 'av', 'v', '--max-new-tokens', '4', '--json', '--answers', answers],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(8);
    expect(readFileSync(answers, 'utf8').trim().split('\n')).toHaveLength(12);
  }, 30_000);

  it('cannot be asked about a file that is no clip', async () => {
    const { code, stderr } = await earsight(
      'generate',
      inRun('grpo', 'model'),
      recipeFile,
      '--question',
      'x',
    );
    expect(code).toBe(2);
    expect(stderr).toContain(recipeFile);
  }, 30_000);

  it('cannot be asked for more than the machine can hold', async () => {
    const ask = ['generate', inRun('grpo', 'model'), clip(), '--question', 'x'];
    const { code, stderr } = await earsight(...ask, '--max-new-tokens', '9007199254740991');
    expect(code).toBe(2);
    expect(stderr).toContain('more than this machine has');
  });

  it('is looked for where the user says', async () => {
    const { code, stderr } = await earsight('generate', folder, clip(), '--question', 'x');
    expect(code).toBe(2);
    expect(stderr).toContain('config.json');
  });
});
