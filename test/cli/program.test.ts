import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { smallConfig } from '../../lib/models/index.js';
import { earsight } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('the command line', () => {
  it('lists its commands', async () => {
    const { code, stdout } = await earsight('--help');
    expect(code).toBe(0);
    for (const name of ['demo', 'train', 'eval', 'generate', 'report', 'check', 'env', 'build']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(stdout).toContain('Exit codes: 0 done, 1 failed, 2 bad input, 130 or 143 ended by a signal.');
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
    expect(await earsight('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['trian'], 'Did you mean train?'],
    [['train'], "missing required argument 'recipe'"],
    [['train', 'a.yaml', '--resum'], 'Did you mean --resume?'],
    [['demo', '--seed', 'x'], 'expected a whole number'],
    [['train', 'a.yaml', '--output', ''], 'expected the path of a folder'],
    [['demo', '--output='], 'expected the path of a folder'],
    [['demo', '--threads', '99999999999999999999'], 'expected a whole number'],
    [['generate', 'm', 'c', '--question', 'q', '--temperature', 'Infinity'], 'expected a number from 0'],
    [['demo', '--seed', '9007199254740993'], 'expected a whole number from 0 to 2^53-1'],
    [['demo', '--threads', '0'], 'expected a whole number of at least 1'],
    [['demo', '--threads', '30000'], '--threads 30000: expected a whole number from 1 to 1024'],
    [['demo', '--threads', '4294967297'], '--threads 4294967297: expected a whole number from 1 to 1024'],
    [['eval', 'model', 'data', '--view', 'both'], 'Allowed choices are av, v, a, none'],
  ])('ends %j with code 2 and says why', async (args, reason) => {
    const { code, stderr } = await earsight(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(reason);
  });

  it('names file, line and fix of a bad sample, without a stack', async () => {
    const clip = written('clip.mp4', 'not looked at');
    const rows = [
      { id: 'a', video: clip, question: 'Which?', options: ['x', 'y'], answer: 'x', steps: ['s'] },
      { id: 'b', video: clip, question: 'Which?', options: ['x', 'y'], answer: 'z', steps: ['s'] },
    ];
    const data = written('data.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const recipe = written('bad.yaml', 'data: data.jsonl');
    const { code, stderr } = await earsight('check', recipe);
    expect(code).toBe(2);
    expect(stderr).toContain(`${data}:2: "answer"`);
    expect(stderr).toContain('Fix:');
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('checks the schema of a recipe alone', async () => {
    const recipe = written(
      'alone.yaml',
      'data: none.jsonl\nmodel: none\ndevice: cuda:7\nstages: [sft, { grpo: { name: rl } }]',
    );
    expect((await earsight('check', recipe)).code).toBe(2);
    const { code, stdout } = await earsight('check', recipe, '--schema-only');
    expect(code).toBe(0);
    expect(stdout).toContain(`${recipe}: fields, stages, settings, rewards and texts are in order`);
    expect(stdout).toContain('stages: SFT, GRPO (rl)');
    expect(stdout).toContain('not checked: samples (data) and their clips; the model (');
    expect(stdout).toContain('device (cuda:7)');
    const wrong = written('alone-wrong.yaml', 'data: none.jsonl\nmodel: none\ngrpo:\n  lossType: gsop');
    expect((await earsight('check', wrong, '--schema-only')).stderr).toContain(`${wrong}:4: grpo.lossType`);
    expect((await earsight('check', folder, '--schema-only')).stderr).toContain('expected a recipe');
  });

  it('says which samples a stage lacks', async () => {
    const clip = written('clip.mp4', 'not looked at');
    written('open.jsonl', `${JSON.stringify({ id: 'a', video: clip, question: 'Why?' })}\n`);
    const { code, stderr } = await earsight('train', written('open.yaml', 'data: open.jsonl'));
    expect(code).toBe(2);
    expect(stderr).toContain('no sample has "steps"');
    const idle = await earsight('check', written('idle.yaml', 'data: open.jsonl\nsft: false\ngrpo: false'));
    expect(idle.code).toBe(2);
    expect(idle.stderr).toMatch(/idle\.yaml:3: grpo: with 'sft: false' too nothing is left to do/);
  });

  it('names a sample whose steps cannot be learnt', async () => {
    const clip = written('clip.mp4', 'not looked at');
    const sample = { id: 'bare', video: clip, question: 'Why?', steps: ['s'] };
    written('bare.jsonl', `${JSON.stringify(sample)}\n`);
    const { code, stderr } = await earsight('train', written('bare.yaml', 'data: bare.jsonl'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/bare\.jsonl: sample bare: no "answer"/);
  });

  it('names what is wrong in a model folder, and a file of answers that cannot be written', async () => {
    const clip = written('clip.mp4', 'not looked at');
    const data = written('asked.jsonl', JSON.stringify({ id: 'a', video: clip, question: 'q', answer: 'x' }));
    const model = mkdtempSync(join(folder, 'model-'));
    const config = { ...smallConfig(300), model_type: 'earsight_omni' };
    writeFileSync(join(model, 'config.json'), JSON.stringify(config));
    writeFileSync(join(model, 'preprocessor_config.json'), '{ "fps": -1 }');
    const opened = await earsight('eval', model, data);
    expect(opened.stderr).toMatch(/preprocessor_config\.json: fps: .*\(got -1\)$/m);
    expect(opened.code).toBe(2);
    const unwritable = await earsight(
      'eval',
      model,
      data,
      '--answers',
      join(folder, 'none', 'answers.jsonl'),
    );
    expect(unwritable.stderr).toContain('answers.jsonl: cannot be written: ENOENT');
    expect(unwritable.code).toBe(2);
  });

  it('shows the stack when asked', async () => {
    process.env.EARSIGHT_DEBUG = '1';
    const { stderr } = await earsight('check', join(folder, 'none.yaml'));
    delete process.env.EARSIGHT_DEBUG;
    expect(stderr).toMatch(/^ +at /m);
  });

  it('has no report for a folder without a run', async () => {
    expect((await earsight('report', join(folder, 'nothing'))).code).toBe(2);
    expect((await earsight('report', written('a-file', ''))).stderr).toContain('a-file: no such folder');
    const { code, stderr } = await earsight('report', folder);
    expect(code).toBe(2);
    expect(stderr).toContain('no run to report');
  });

  it('describes its surroundings', async () => {
    const { code, stdout } = await earsight('env', '--json');
    expect(code).toBe(0);
    const environment = JSON.parse(stdout);
    expect(environment.node).toBe(process.version);
    expect(environment.devices[0]).toBe('cpu');
    expect(environment.libtorch.version).toMatch(/^2\.\d+\.\d+/);
    expect(environment.libtorch.builtAgainst).toMatch(/^2\.\d+\.\d+/);
    expect(environment.threads.torch).toBeGreaterThan(0);
    expect(['adaptive', 'never', 'libgomp']).toContain(environment.threads.waiting);
    expect(Object.keys(environment.kernels)).toContain('av_attention');
    if (process.platform === 'linux' && process.arch === 'x64')
      expect(environment.cpu.features).toContain('avx2');
  });
});

describe('the installed program', () => {
  const main = join(__dirname, '../../dist/cli/main.js');

  it('loads neither addon nor libtorch for commands that work without', async () => {
    // Were it loaded, a folder without an addon would end it.
    const env = { ...process.env, EARSIGHT_NATIVE_PATH: folder };
    const { stdout } = await promisify(execFile)(process.execPath, [main, '--help'], { env });
    expect(stdout).toContain('build');
    const failed = promisify(execFile)(process.execPath, [main, 'env'], { env });
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EARSIGHT_NATIVE_PATH'),
    });
  });

  it('describes a machine where nothing has been built: as JSON, and as text with the reason', async () => {
    const env = { ...process.env, EARSIGHT_NATIVE_PATH: folder };
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'env', '--json'], { env });
    const described = JSON.parse(stdout);
    expect(described).toMatchObject({ node: process.version, libtorch: null, addon: null, devices: null });
    expect(described.cpu.cores).toBeGreaterThan(0);
    expect(described.problem).toContain(`EARSIGHT_NATIVE_PATH is ${folder}`);
    await expect(promisify(execFile)(process.execPath, [main, 'env'], { env })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(process.version),
    });
  });

  it.each([
    [{}, /^waiting {4}(threads spin while the machine is quiet|as the OpenMP runtime has it)/m],
    [
      { OMP_WAIT_POLICY: 'passive' },
      /^waiting {4}as the OpenMP runtime has it \(OMP_WAIT_POLICY=passive\)$/m,
    ],
    [{ EARSIGHT_SPIN: 'libgomp' }, /^waiting {4}as the OpenMP runtime has it \(EARSIGHT_SPIN=libgomp\)$/m],
  ])('env says how threads wait: %j', async (variables, line) => {
    const { OMP_WAIT_POLICY, GOMP_SPINCOUNT, EARSIGHT_SPIN, ...others } = process.env;
    const options = { env: { ...others, ...variables } };
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'env'], options);
    expect(stdout).toMatch(line);
  });

  it.each([
    [{ OMP_NUM_THREADS: '30000' }, 'OMP_NUM_THREADS: expected an integer from 1 to 1024, got 30000'],
    [{ EARSIGHT_SPIN: 'off' }, 'EARSIGHT_SPIN: expected never or libgomp, got off'],
  ])('refuses %j and says what is expected', async (variables, message) => {
    const options = { env: { ...process.env, ...variables } };
    await expect(promisify(execFile)(process.execPath, [main, 'env'], options)).rejects.toMatchObject({
      stderr: expect.stringContaining(message),
    });
  });

  it('leaves the working folder as it was', async () => {
    const before = readdirSync(folder);
    await promisify(execFile)(process.execPath, [main, 'env', '--json'], { cwd: folder });
    expect(readdirSync(folder)).toEqual(before);
  });
});
