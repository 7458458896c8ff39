// Pairs on disk: rows of questions, and TRL's forms. Errors name line and field.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPreferences } from '../../lib/data/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-pairs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

function read(...rows: object[]) {
  const file = join(folder, 'pairs.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return readPreferences(file);
}

test('a question with a clip and two answers', () => {
  writeFileSync(join(folder, 'clip.mp4'), '');
  const row = {
    id: 'a',
    video: 'clip.mp4',
    question: 'Which?',
    options: ['red', 'blue'],
    chosen: 'B',
    rejected: 'A',
  };
  expect(read(row)).toEqual([{ ...row, video: join(folder, 'clip.mp4') }]);
});

test('the conversation layout of samples, with two answers', () => {
  const messages = [{ role: 'system', content: 'be brief' }, user('one?'), assistant('1'), user('two?')];
  expect(read({ id: 'a', messages, chosen: '2', rejected: '3' })).toEqual([
    {
      id: 'a',
      audio: null,
      system: 'be brief',
      question: 'two?',
      history: [{ question: 'one?', answer: '1' }],
      chosen: '2',
      rejected: '3',
    },
  ]);
});

test('an explicit prompt, as text or as messages; the line is the id where there is none', () => {
  const tools = [{ type: 'function', function: { name: 'look' } }];
  const rows = read(
    { prompt: 'The sky is', chosen: ' blue.', rejected: ' green.', score: 0.5 },
    {
      id: 'b',
      prompt: [user('sky?')],
      chosen: [assistant('blue')],
      rejected: [assistant('green')],
      tools: JSON.stringify(tools),
      chat_template_kwargs: { thinks: true },
      images: [],
    },
  );
  expect(rows).toEqual([
    { id: 'line-1', prompt: 'The sky is', chosen: ' blue.', rejected: ' green.', metadata: { score: 0.5 } },
    {
      id: 'b',
      prompt: [user('sky?')],
      chosen: [assistant('blue')],
      rejected: [assistant('green')],
      tools,
      templateVariables: { thinks: true },
      metadata: { images: [] },
    },
  ]);
});

test('an implicit prompt is what both completions begin with; a space before they part is theirs', () => {
  const turns = [user('sky?'), assistant('blue'), user('sure?')];
  const rows = read(
    { chosen: 'The sky is blue.', rejected: 'The sky is green.' },
    { chosen: [...turns, assistant('yes')], rejected: [...turns, assistant('no')] },
    // As UltraFeedback has it: the prompt as text, the conversations whole.
    {
      prompt: 'sky?',
      chosen: [user('sky?'), assistant('blue')],
      rejected: [user('sky?'), assistant('green')],
    },
  );
  expect(rows).toEqual([
    { id: 'line-1', prompt: 'The sky is', chosen: ' blue.', rejected: ' green.' },
    { id: 'line-2', prompt: turns, chosen: [assistant('yes')], rejected: [assistant('no')] },
    { id: 'line-3', prompt: [user('sky?')], chosen: [assistant('blue')], rejected: [assistant('green')] },
  ]);
});

test.each<[string, object, RegExp]>([
  ['prompt', { chosen: 'a', rejected: 'b' }, /begin differently. Fix: write the prompt/],
  ['rejected', { prompt: 'a', chosen: 'b', rejected: 'b' }, /the same as in "chosen"/],
  ['rejected', { id: 'q', question: 'a', chosen: 'b', rejected: 'b' }, /the same as in "chosen"/],
  ['rejected', { prompt: 'a', chosen: 'b' }, /got nothing, expected a text or a list of messages/],
  [
    'rejected',
    { prompt: 'a', chosen: 'b', rejected: [assistant('c')] },
    /got messages beside a text in "chosen"/,
  ],
  [
    'chosen',
    { chosen: 'the sky', rejected: 'the sky is blue' },
    /nothing follows what both completions begin with/,
  ],
  ['chosen', { id: 'q', question: 'a', chosen: ' ', rejected: 'b' }, /expected a non-empty text/],
  ['question', { id: 'q', question: 7, chosen: 'a', rejected: 'b' }, /expected a non-empty text/],
  [
    'prompt[0].content',
    { prompt: [user([{ type: 'image' }])], chosen: 'b', rejected: 'c' },
    /a clip goes with a "question" row/,
  ],
  [
    'chosen[0].content',
    { prompt: [user('a')], chosen: [{ role: 'assistant' }], rejected: [assistant('b')] },
    /got nothing, expected a text/,
  ],
  [
    'images',
    { prompt: 'a', chosen: 'b', rejected: 'c', images: ['a.png'] },
    /text or messages alone. Fix: write a clip with a "question"/,
  ],
  ['system', { prompt: 'a', chosen: 'b', rejected: 'c', system: 'd' }, /as the first message of the prompt/],
  ['tools', { prompt: 'a', chosen: 'b', rejected: 'c', tools: '[' }, /expected JSON/],
  ['chosn', { prompt: 'a', chosn: 'b', rejected: 'c' }, /did you mean "chosen"/],
])('%s is refused: %o', (field, row, problem) => {
  const refused = () => read({ prompt: 'fine', chosen: 'a', rejected: 'b' }, row);
  expect(refused).toThrow(problem);
  expect(refused).toThrow(`pairs.jsonl:2: "${field}": `);
});

test('ids differ', () => {
  const row = { id: 'a', prompt: 'p', chosen: 'b', rejected: 'c' };
  expect(() => read(row, row)).toThrow(/pairs.jsonl:2: "id": got "a", already used in line 1/);
});
