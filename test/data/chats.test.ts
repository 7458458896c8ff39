// Files of conversations: what is read as it stands, what each mistake is told, and what a training file may mix.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, isChatRow, readChats, readTrainingRows } from '../../lib/data/index.js';

const dir = mkdtempSync(join(tmpdir(), 'earsight-chats-'));
const file = join(dir, 'chats.jsonl');
writeFileSync(join(dir, 'clip.mp4'), '');
afterAll(() => rmSync(dir, { recursive: true }));

const write = (...rows: object[]) => writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));

function read(...rows: object[]) {
  write(...rows);
  return readChats(file);
}

function mistake(row: object): string {
  try {
    read({ id: 'first', messages }, row);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message.replace(dir, 'DIR');
  }
  throw new Error('accepted');
}

const messages = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: [{ type: 'text', text: 'How warm is it?' }], name: 'Ada' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ type: 'function', function: { name: 'warmth', arguments: { in: 'Ulm' } } }],
  },
  { role: 'tool', content: '21', tool_call_id: 'a' },
  { role: 'assistant', content: '21 degrees.', reasoning_content: 'The tool knows.' },
];
const tools = [{ type: 'function', function: { name: 'warmth', parameters: { type: 'object' } } }];

test('messages and tools stay as they are, whatever fields they have', () => {
  const [row] = read({
    id: 'a',
    messages,
    tools,
    chat_template_kwargs: { enable_thinking: false },
    source: 'x',
  });
  expect(row).toEqual({
    id: 'a',
    messages,
    tools,
    templateVariables: { enable_thinking: false },
    metadata: { source: 'x' },
  });
  expect(isChatRow(row)).toBe(true);
  // TRL's datasets hold tools as JSON, and null where a row has none.
  expect(read({ messages, tools: JSON.stringify(tools) }, { messages, tools: null })).toEqual([
    { id: 'line-1', messages, tools },
    { id: 'line-2', messages },
  ]);
});

test('turns of ShareGPT become messages', () => {
  const conversations = [
    { from: 'human', value: 'Hi' },
    { from: 'gpt', value: 'Hello' },
  ];
  expect(read({ id: 7, conversations, system: 'Be short.' })).toEqual([
    {
      id: '7',
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    },
  ]);
});

test('prompts and completions are messages or texts', () => {
  const rows = [
    { id: 'a', prompt: messages.slice(0, 2), completion: messages.slice(2) },
    { id: 'b', prompt: 'one and one is ', completion: 'two' },
  ];
  expect(read(...rows)).toEqual(rows);
});

test.each<[string, object, RegExp]>([
  ['no messages', { id: 'a' }, /"messages": got nothing, expected a list of messages/],
  ['an empty list', { messages: [] }, /"messages": got \[\], expected a list of messages/],
  [
    'a message without a role',
    { messages: [messages[0], { content: 'x' }] },
    /"messages\[1\]\.role": got nothing, expected a role/,
  ],
  [
    'a number as content',
    { messages: [{ role: 'user', content: 3 }] },
    /"messages\[0\]\.content": got 3, expected a text or a list of text parts/,
  ],
  [
    'neither content nor calls',
    { messages: [messages[0], { role: 'assistant', tool_calls: null }] },
    /"messages\[1\]\.content": got nothing, expected a text or a list of text parts/,
  ],
  [
    'a part that is no text',
    { messages: [{ role: 'user', content: [{ type: 'image', image: 'a.png' }] }] },
    /"messages\[0\]\.content": got .*expected a text or a list of text parts.*a clip goes with a sample/,
  ],
  [
    'a call that is no object',
    { messages: [{ role: 'assistant', tool_calls: ['x'] }] },
    /"messages\[0\]\.tool_calls\[0\]": got "x"/,
  ],
  ['tools that are no JSON', { messages, tools: '[{' }, /"tools": got "\[\{", expected JSON/],
  [
    'a clip',
    { messages, video: 'clip.mp4' },
    /"video": got "clip\.mp4", expected nothing: conversations are text alone/,
  ],
  ['two forms', { messages, prompt: 'x', completion: 'y' }, /"prompt": stands beside "messages"/],
  ['a prompt alone', { prompt: 'x' }, /"completion": got nothing beside "x" in "prompt"/],
  [
    'two kinds of parts',
    { prompt: 'x', completion: messages },
    /"completion": got .* write both in the same form/,
  ],
  [
    'two system messages',
    { messages, system: 'x' },
    /"system": got "x", and the messages start with a system message too/,
  ],
  ['an id that is used', { id: 'first', messages }, /"id": got "first", already used in line 1/],
  ['a misspelt field', { message: messages }, /"message": unknown field .* did you mean "messages"\?/],
])('%s', (_, row, problem) => {
  const message = mistake(row);
  expect(message).toMatch(problem);
  expect(message).toMatch(/^DIR\/chats\.jsonl:2: .*Fix: /);
});

test('in a training file, conversations of text that end with a reply are learned whole; other rows are samples', () => {
  const asked = { role: 'user', content: 'One and one?' };
  const replied = { role: 'assistant', content: 'two' };
  const seen = { role: 'user', content: '<video>What moves?' };
  write(
    { id: 'chat', messages: [asked, replied, asked, replied] },
    {
      id: 'shared',
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'gpt', value: 'Hello' },
      ],
    },
    { id: 'prompt', prompt: 'x', completion: 'y' },
    { id: 'tools', messages },
    {
      id: 'words',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'What is <video>?' }] },
        { role: 'assistant', content: 'A <video> is a tag.' },
      ],
    },
    { id: 'question', question: 'One and one?', answer: 'two' },
    { id: 'reference', messages: [asked, replied], solution: 'two' },
    { id: 'open', messages: [asked] },
    { id: 'clip', messages: [seen, replied], videos: ['clip.mp4'] },
  );
  const { samples, chats } = readTrainingRows(file);
  expect(chats.map(({ id }) => id)).toEqual(['chat', 'shared', 'prompt', 'tools', 'words']);
  expect(chats[3]).toEqual({ id: 'tools', messages });
  expect(samples.map(({ id }) => id)).toEqual(['question', 'reference', 'open', 'clip']);
});
