/** `earsight chat` by lines of standard input, and on a terminal with Ctrl-C. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Sample } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { newSmallModel, OmniModel } from '../../lib/omni/index.js';
import { torch } from '../../lib/tensor/index.js';
import { tinyConfig, writeClip } from '../omni/clips.js';
import { textModel } from '../omni/text-model.js';
import { earsight } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-chat-'));
const text = join(folder, 'text');
const small = join(folder, 'small');
const pool = new MediaPool({ workers: 1 });
let clip: string;
let model: OmniModel;
let omni: OmniModel;

beforeAll(async () => {
  textModel(['What is a bell?', 'And a dog?', 'Be brief.']).savePretrained(text);
  clip = await writeClip(pool, folder);
  torch.manualSeed(3);
  newSmallModel([{ id: 'a', question: 'What moves?' }], { config: tinyConfig }).savePretrained(small);
  model = await OmniModel.fromPretrained(text);
  omni = await OmniModel.fromPretrained(small);
}, 60_000);

afterAll(async () => {
  await Promise.all([pool.close(), model.close(), omni.close()]);
  rmSync(folder, { recursive: true });
});

/** Runs the command with another standard input. */
async function withInput<T>(stdin: Readable, run: () => Promise<T>): Promise<T> {
  const own = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  try {
    return await run();
  } finally {
    Object.defineProperty(process, 'stdin', own);
  }
}

const options = ['--max-new-tokens', '12', '--temperature', '1', '--seed', '4'];
const sampling = { maxNewTokens: 12, temperature: 1, seed: 4 };
const chat = (lines: string[], ...words: string[]) =>
  withInput(Readable.from(lines.map((line) => `${line}\n`)), () => earsight('chat', ...options, ...words));

/** @param nth which question of the session it is: each has numbers of its own */
const answerOf = async (by: OmniModel, nth: number, sample: Omit<Sample, 'id'>) =>
  (await by.generate({ id: `question-${nth}`, ...sample }, sampling)).completions[0].text;

describe('lines of standard input', () => {
  it('are questions of one conversation, each answered on a line of standard output', async () => {
    const [first, second] = ['What is a bell?', 'And a dog?'];
    const one = await answerOf(model, 1, { question: first });
    const history = [{ question: first, answer: one }];
    const two = await answerOf(model, 2, { question: second, history });
    const { code, stdout, stderr } = await chat([first, '', second], text);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`${one}\n${two}\n`);
    expect(two).not.toBe(await answerOf(model, 2, { question: second }));
  });

  it('are commands where they start with /', async () => {
    const question = 'What is a bell?';
    const plain = [await answerOf(model, 1, { question }), await answerOf(model, 2, { question })];
    const brief = await answerOf(model, 3, { question, system: 'Be brief.' });
    const commands = [question, '/reset', question, '/reset', '/system Be brief.', question];
    const { code, stdout, stderr } = await chat([...commands, '/help', '/quit', question], text);
    expect([code, stdout]).toEqual([0, `${[...plain, brief].join('\n')}\n`]);
    expect(stderr).toContain('/clip <file>');
    expect(brief).not.toBe(await answerOf(model, 3, { question }));
    // A question that is asked again is sampled with other numbers.
    expect(plain[0]).not.toBe(plain[1]);
    const given = await chat([question], text, '--system', 'Be brief.');
    expect(given.stdout).toBe(`${await answerOf(model, 1, { question, system: 'Be brief.' })}\n`);
  });

  it('ask about a clip, which a command changes', async () => {
    const question = 'What moves?';
    const answers = [
      await answerOf(omni, 1, { question, video: clip }),
      await answerOf(omni, 2, { question }),
      await answerOf(omni, 3, { question, video: clip }),
    ];
    const lines = [question, '/clip', question, `/clip ${clip}`, question];
    const { code, stdout, stderr } = await chat(lines, small, '--clip', clip);
    expect([code, stdout]).toEqual([0, `${answers.join('\n')}\n`]);
    expect(stderr).toContain("The model's prompt takes one question only");
    expect(stderr).toContain('the conversation begins anew');
    expect(answers[2]).not.toBe(await answerOf(omni, 3, { question }));
  });

  it.each([
    [['/clop a'], [], '/clop: no such command; expected /clip'],
    [['/clip gone.mp4'], ['small'], 'gone.mp4'],
    [['a'], ['small', '--clip', join(folder, 'no-clip.mp4')], 'no-clip.mp4'],
    [['a'], ['text', '--clip', 'CLIP'], 'the model takes text alone'],
    [['a'], ['text', '--view', 'v'], 'the model takes no video and no audio'],
    [['a'], ['gone'], 'no such folder'],
  ])('%j with %j end with code 2 and the reason', async (lines, [name = 'text', ...more], reason) => {
    writeFileSync(join(folder, 'no-clip.mp4'), 'no clip');
    const words = more.map((word) => (word === 'CLIP' ? clip : word));
    const { code, stderr } = await chat(lines, join(folder, name), ...words);
    expect(stderr).toContain(reason);
    expect(code).toBe(2);
  });
});

it.each([
  ['/quit', 0],
  ['/nothing', 2],
])('%s leaves where standard input goes on, and reads no more of it', async (line, code) => {
  const stdin = new PassThrough();
  stdin.write(`${line}\n`);
  expect(await withInput(stdin, () => earsight('chat', text))).toMatchObject({ code, stdout: '' });
  expect(stdin.isPaused()).toBe(true);
});

describe('on a terminal', () => {
  afterEach(() => jest.restoreAllMocks());

  /** What readline reads as a terminal. */
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const ctrlC = '\x03';

  it('Ctrl-C stops the answer, and twice in a row leaves', async () => {
    const stdin = terminal();
    let asked = 0;
    const signals: AbortSignal[] = [];
    jest.spyOn(OmniModel.prototype, 'stream').mockImplementation(async function* (_, options) {
      const signal = options?.signal as AbortSignal;
      signals.push(signal);
      asked += 1;
      yield { text: `answer ${asked}`, index: 0 };
      if (asked === 2) return;
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      stdin.write(ctrlC);
      await aborted;
      stdin.write('again\n');
    });
    stdin.write('first\n');
    const ended = withInput(stdin, () => earsight('chat', text));
    const { code, stdout, stderr } = await until(stdin, ended, () => asked === 2);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(stdout).toBe('answer 1\nanswer 2\n');
    expect(stderr).toContain('stopped; Ctrl-C again leaves');
    expect(code).toBe(130);
  });

  /** Presses Ctrl-C twice once the condition holds. */
  async function until<T>(stdin: PassThrough, ended: Promise<T>, holds: () => boolean): Promise<T> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setImmediate(resolve));
    stdin.write(ctrlC);
    stdin.write(ctrlC);
    return ended;
  }

  it('Ctrl-C twice during an answer leaves at once', async () => {
    const stdin = terminal();
    jest.spyOn(OmniModel.prototype, 'stream').mockImplementation(async function* (_, options) {
      yield { text: 'answer', index: 0 };
      stdin.write(`${ctrlC}${ctrlC}`);
      expect(options?.signal?.aborted).toBe(true);
    });
    stdin.write('first\nsecond\n');
    const { code, stdout } = await withInput(stdin, () => earsight('chat', text));
    expect([code, stdout]).toEqual([130, 'answer\n']);
    expect(stdin.isPaused()).toBe(true);
  });

  it('an error is shown and the conversation goes on', async () => {
    const stdin = terminal();
    stdin.write('/clip gone.mp4\n/nothing\nWhat is a bell?\n/quit\n');
    const { code, stdout, stderr } = await withInput(stdin, () => earsight('chat', text, ...options));
    expect(stderr).toContain('the model takes text alone');
    expect(stderr).toContain('/nothing: no such command');
    expect([code, stdout]).toEqual([0, `${await answerOf(model, 1, { question: 'What is a bell?' })}\n`]);
  });
});
