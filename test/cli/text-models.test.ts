/** `generate` and `check` over published text folders. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../../lib/cli/program.js';
import { allViews } from '../../lib/data/index.js';
import { loadGraph } from '../../lib/models/index.js';
import { OmniModel } from '../../lib/omni/index.js';
import { earsight } from './run.js';

const fixtures = join(__dirname, '../fixtures/text/folders');
const place = (name: string) => join(fixtures, name);
const folder = mkdtempSync(join(tmpdir(), 'earsight-cli-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { chats } = JSON.parse(readFileSync(join(place('qwen3'), 'expected.json'), 'utf8')) as {
  chats: { question: string; system?: string; tools?: object[]; greedy: { text: string } }[];
};

/** A file of the folder with this content. */
function written(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('generate', () => {
  const ask = (name: string, ...options: string[]) =>
    earsight('generate', place(name), '--max-new-tokens', '24', ...options);

  it('answers a question alone, with a system message and tools, as transformers does', async () => {
    for (const { question, system, tools, greedy } of [chats[0], chats[4]]) {
      const more = [
        ...(system === undefined ? [] : ['--system', system]),
        ...(tools === undefined ? [] : ['--tools', written('tools.json', tools)]),
      ];
      const { code, stdout, stderr } = await ask('qwen3', '--question', question, ...more);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toBe(`${greedy.text}\n`);
    }
  });

  it('writes answers piece by piece on a terminal, the same text as elsewhere', async () => {
    const options = [
      '--question',
      chats[0].question,
      '--num-generations',
      '3',
      '--temperature',
      '1',
      '--seed',
      '5',
    ];
    const piped = await ask('qwen3', ...options);
    const writes: string[] = [];
    const isTTY = process.stdout.isTTY;
    process.stdout.isTTY = true;
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      writes.push(String(text));
      return true;
    });
    const { run } = await import('../../lib/cli/program.js');
    try {
      expect(await run(['generate', place('qwen3'), '--max-new-tokens', '24', ...options])).toBe(0);
    } finally {
      write.mockRestore();
      process.stdout.isTTY = isTTY;
    }
    expect(writes.join('')).toBe(piped.stdout);
    expect(writes.length).toBeGreaterThan(10);
  });

  it('samples as generation_config.json has it, where options leave it open', async () => {
    const generate = jest.spyOn(OmniModel.prototype, 'generate');
    const temperatures = async (name: string, ...options: string[]) => {
      await ask(name, '--question', 'a', ...options);
      return generate.mock.lastCall?.[1]?.temperature;
    };
    expect(await temperatures('qwen2')).toBe(0.7);
    expect(await temperatures('qwen2', '--temperature', '0.2')).toBe(0.2);
    expect(await temperatures('qwen3')).toBe(0);
    generate.mockRestore();
  });

  it('takes each view', () => {
    const command = commandLine(() => {}).commands.find((one) => one.name() === 'generate');
    const view = command?.options.find(({ long }) => long === '--view');
    expect(view?.argChoices).toEqual(allViews);
  });

  it.each([
    [['base', '--question', 'a', '--system', 'b'], 'chat template: the model has none'],
    [
      ['qwen3', '--question', 'a', '--view', 'v'],
      "the model takes no video and no audio: expected av or none, got 'v'",
    ],
    [['qwen3', '--question', 'a', '--tools', written('no.json', '{')], 'no.json: not JSON'],
    [
      ['qwen3', '--question', 'a', '--tools', written('one.json', {})],
      'one.json: expected a list of objects',
    ],
    [['qwen3', '--question', 'a', '--tools', join(folder, 'gone.json')], 'gone.json: no such file'],
    [['qwen3', '--question', 'a', '--min-p', '2'], 'expected a number from 0 to 1'],
    [['qwen3', '--question', 'a', '--repetition-penalty', '0'], 'expected a number above 0'],
    [['qwen3', __filename, '--question', 'a'], 'the model takes text alone'],
    [
      ['qwen3', '--question', 'a', '--option', 'b', written('c.mp4', '')],
      'is a file; write <clip> behind <model>',
    ],
  ])('ends %j with code 2 and the reason', async ([name, ...options], reason) => {
    const { code, stderr } = await ask(name, ...options);
    expect(stderr).toContain(reason);
    expect(code).toBe(2);
  });
});

describe('check of a folder', () => {
  it('shows what the model is', async () => {
    const { code, stdout, stderr } = await earsight('check', place('qwen2'));
    expect([code, stderr]).toEqual([0, '']);
    const lines = Object.fromEntries(stdout.split('\n').map((line) => line.split(/ {2,}/)));
    expect(lines).toMatchObject({
      model: 'qwen2; takes text',
      'chat template': join(place('qwen2'), 'tokenizer_config.json'),
      tokenizer: '425 tokens',
      'answers end at': '<|im_end|> (422), <|endoftext|> (420)',
      'generate samples with': 'temperature 0.7, topK 20, topP 0.8, repetitionPenalty 1.05',
    });
    expect(lines.parameters).toMatch(/^[\d,]+, 1 MiB as float32$/);
  });

  it('counts an adapter apart from the model', async () => {
    const graph = loadGraph(place('qwen2'));
    const parameters = graph.parameters().reduce((sum, tensor) => sum + tensor.numel(), 0);
    graph.addAdapter({ targetModules: ['model.layers.0.self_attn.q_proj'], r: 1 });
    const [{ shape: inputs }, { shape: outputs }] = graph.adapter!.parameters();
    graph.saveAdapter(join(folder, 'adapter'));
    const { stdout } = await earsight('check', place('qwen2'), '--adapter', join(folder, 'adapter'));
    const lines = Object.fromEntries(stdout.split('\n').map((line) => line.split(/ {2,}/)));
    expect(lines.parameters).toContain(`${parameters.toLocaleString('en')}, `);
    expect(lines.adapter).toBe(`${inputs[1] + outputs[0]} parameters`);
  });

  it('of a base model', async () => {
    const { stdout } = await earsight('check', place('base'));
    expect(stdout).toContain('none: prompts are plain text');
    expect(stdout).toContain('<|endoftext|> (0)');
  });

  it('names what generate refuses, and what is wrong', async () => {
    const copy = join(folder, 'copy');
    cpSync(place('qwen3'), copy, { recursive: true });
    writeFileSync(join(copy, 'generation_config.json'), '{"num_beams": 4}');
    expect((await earsight('check', copy)).stdout).toMatch(/generate refuses +num_beams: 4/);
    rmSync(join(copy, 'tokenizer.json'));
    expect(await earsight('check', copy)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('tokenizer.json: no such file'),
    });
    expect(await earsight('check', folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no config.json there'),
    });
  });
});
