import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { separateValues } from '../../lib/cli/variadic.js';
import { earsight } from './run.js';

/** `test <model> <data> --text <words...> --view <views...> --limit <n> --json`, as it is understood. */
function understood(line: string, second = '<data>'): object {
  const command = new Command('test')
    .argument('<model>')
    .argument(second)
    .option('--text <words...>')
    .addOption(new Option('--view <views...>').choices(['av', 'v', 'a']))
    .option('--limit <number>')
    .option('--json')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const words = line.split(' ').map((word) => word.replaceAll('_', ' '));
  command.parse(separateValues(command, words), { from: 'user' });
  const [model, data] = command.args;
  const rest = second.includes('...') ? { rest: command.args } : {};
  return { model, data, ...rest, ...command.opts() };
}

describe('an option of several values', () => {
  test.each([
    ['m d --view av v', { view: ['av', 'v'] }],
    ['--view av m d', { view: ['av'] }],
    ['--view av v m d', { view: ['av', 'v'] }],
    ['--view av m --limit 2 d', { view: ['av'], limit: '2' }],
    ['m --view av d --json', { view: ['av'], json: true }],
    ['--limit 2 --text a b m d', { text: ['a', 'b'], limit: '2' }],
    ['--text a_b c m d', { text: ['a b', 'c'] }],
    ['--text a m --view av d', { text: ['a'], view: ['av'] }],
    ['m d --text -1 -2.5', { text: ['-1', '-2.5'] }],
    ['--text=a m d --text=b', { text: ['a', 'b'] }],
    ['--text a --text b m d', { text: ['a', 'b'] }],
    ['--text a -- m d', { text: ['a'] }],
    ['m d --text a=b --json', { text: ['a=b'], json: true }],
  ])('leaves the words of the command to it: %s', (line, options) => {
    expect(understood(line)).toEqual({ model: 'm', data: 'd', ...options });
  });

  test.each([
    ['m --text a b', { model: 'm', text: ['a', 'b'] }],
    ['--text a b m d', { model: 'm', data: 'd', text: ['a', 'b'] }],
    ['m d --text a b', { model: 'm', data: 'd', text: ['a', 'b'] }],
  ])('leaves words to an argument that may be left out while another lacks: %s', (line, expected) => {
    expect(understood(line, '[data]')).toEqual(expected);
  });

  test.each([
    ['--view av v m d e f', { view: ['av', 'v'], rest: ['m', 'd', 'e', 'f'] }],
    ['m --view av d e', { view: ['av'], rest: ['m', 'd', 'e'] }],
    ['--text a m d e', { text: ['a'], rest: ['m', 'd', 'e'] }],
  ])('leaves any number of words to an argument that takes them: %s', (line, { rest, ...options }) => {
    expect(understood(line, '<data...>')).toEqual({ model: rest[0], data: rest[1], rest, ...options });
  });

  test.each([
    ['--view av v m', "missing required argument 'data'"],
    ['--view av v', "missing required argument 'model'"],
    ['m d --view both', "argument 'both' is invalid"],
    ['--view both m d', "argument 'both' is invalid"],
    ['m d --view', 'argument missing'],
  ])('is refused where something is missing or wrong: %s', (line, reason) => {
    expect(() => understood(line)).toThrow(reason);
  });
});

describe('in front of the arguments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earsight-variadic-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const model = join(folder, 'model');
  mkdirSync(model);
  const clip = join(folder, 'clip.mp4');
  writeFileSync(clip, '');
  const data = join(folder, 'data.jsonl');
  writeFileSync(data, JSON.stringify({ id: 'a', video: clip, question: 'q', answer: 'x' }));

  test.each([
    ['eval', '--view', 'av', model, data],
    ['generate', '--question', 'q', '--option', 'a', 'b', model, clip],
  ])('%s %s %s: what is looked for is the model', async (...line) => {
    const { code, stderr } = await earsight(...line);
    expect(stderr).toContain(`${model}: no config.json there`);
    expect(code).toBe(2);
  });

  test('report: the run', async () => {
    const { stderr } = await earsight('report', '--data', folder, model);
    expect(stderr).toContain(`${model}: no run to report`);
  });
});
