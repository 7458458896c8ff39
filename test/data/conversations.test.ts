/** Conversations as other tools write them: what becomes of turns, media, replies and fields, and what is refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataError, readSamples, type Sample, validateSample } from '../../lib/data/index.js';

const dir = mkdtempSync(join(tmpdir(), 'earsight-conversations-'));
const file = join(dir, 'data.jsonl');
mkdirSync(join(dir, 'media'));
for (const name of ['a.mp4', 'a.wav']) writeFileSync(join(dir, name), '');
afterAll(() => rmSync(dir, { recursive: true }));

const [video, audio] = [join(dir, 'a.mp4'), join(dir, 'a.wav')];
const llava = (...values: string[]) =>
  values.map((value, i) => ({ from: i % 2 === 0 ? 'human' : 'gpt', value }));
const chat = (...contents: unknown[]) =>
  contents.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }));

function read(...rows: object[]): Sample[] {
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  return readSamples(file);
}

function mistake(row: object): string {
  try {
    read(row);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message.slice(file.length);
  }
  throw new Error('accepted');
}

describe("LLaVA's rows", () => {
  test.each([
    ['<video>\nWhat is heard?', { video: 'a.mp4' }],
    ['<image>\nWhat is heard?', { video: 'a.mp4' }],
    ['What is heard?\n<video><audio>', { video: 'a.mp4', audio: null }],
    ['<audio>\nWhat is heard?', { audio: 'a.wav' }],
    ['<video>\n<audio>\nWhat is heard?', { video: 'a.mp4', audio: 'a.wav' }],
    ['<image>\nWhat is heard?', { video: 'a.mp4', audio: 'a.wav' }],
    ['What is heard?', { video: 'a.mp4' }],
    ['<video><audio>What is heard?', { videos: ['a.mp4'], audios: ['a.wav'] }],
    ['<video>What is heard?', { videos: ['a.mp4'], audios: [] }],
  ])('%j has no tag left in its question', (value, media) => {
    const [sample] = read({ id: 1, conversations: llava(value, 'A bell.'), ...media });
    expect(sample).toMatchObject({ id: '1', question: 'What is heard?', answer: 'A bell.' });
    const given = JSON.stringify(media);
    expect(sample.video).toBe(given.includes('mp4') ? video : undefined);
    expect(sample.audio).toBe(given.includes('wav') ? audio : null);
  });

  test('tags of which there are more than files are refused, not guessed', () => {
    const asked = (value: string, media: object) => mistake({ conversations: llava(value, 'x'), ...media });
    expect(asked('<video>What does <video> do?', { video: 'a.mp4' })).toMatch(
      /^:1: "video": got 1 files for 2 <video> tags .*Fix: .*a tag that is meant as text stands in a part/,
    );
    expect(asked('<video>What?', { audio: 'a.wav' })).toMatch(/"videos": got 0 files for 1 <video> tags/);
    expect(asked('<audio>What?', { videos: ['a.mp4'] })).toMatch(/"videos": got 1 files for 0 <video> tags/);
    expect(asked('What?', { image: 'a.png' })).toMatch(/"image": got "a.png", expected no images/);
    expect(asked('What?', { images: ['a.png'], video: 'a.mp4' })).toMatch(/"images": .*expected no images/);
    expect(asked('What?', { video: 'a.mp4', videos: ['a.mp4'] })).toMatch(/"videos": stands beside "video"/);
  });

  test('unknown fields are metadata', () => {
    const row = {
      conversations: llava('<image>\nWhat?', 'x'),
      video: 'a.mp4',
      data_source: 'yt',
      duration: 3,
    };
    expect(read(row)[0].metadata).toEqual({ data_source: 'yt', duration: 3 });
  });
});

describe('several questions in a row', () => {
  const values = [
    '<image>\nWho barks?',
    'A dog.',
    'What colour? A. black B. white',
    'B',
    'Why?',
    'It is hungry.',
  ];

  test.each([
    ['conversations', { conversations: llava(...values), video: 'a.mp4' }],
    ['messages', { messages: chat('<video>Who barks?', ...values.slice(1)), videos: ['a.mp4'] }],
  ])('%s become a sample for each, with what was said before', (_, row) => {
    const samples = read({ id: 'clip', kind: 'dogs', source: 'x', ...row }, { ...row, id: 'other' });
    const shared = { video, audio: null, kind: 'dogs', metadata: { source: 'x' } };
    const said = [
      { question: 'Who barks?', answer: 'A dog.' },
      { question: 'What colour? A. black B. white', answer: 'B' },
    ];
    expect(samples.slice(0, 3)).toEqual([
      { ...shared, id: 'clip-1', question: 'Who barks?', answer: 'A dog.' },
      {
        ...shared,
        id: 'clip-2',
        question: 'What colour?',
        options: ['black', 'white'],
        answer: 'white',
        history: said.slice(0, 1),
      },
      { ...shared, id: 'clip-3', question: 'Why?', answer: 'It is hungry.', history: said },
    ]);
    expect(samples.slice(3).map(({ id }) => id)).toEqual(['other-1', 'other-2', 'other-3']);
  });

  test('the last may wait for its answer', () => {
    const samples = read({ conversations: llava(...values.slice(0, 5)), video: 'a.mp4' });
    expect(samples.map(({ answer }) => answer)).toEqual(['A dog.', 'white', undefined]);
  });

  test.each(['think', 'thinking'])('earlier thoughts in <%s> are not part of what was said', (tag) => {
    const [, second] = read({
      messages: chat('<video>Who?', `<${tag}>It barks.</${tag}>\n\nA dog.`, 'Why?', 'x'),
      videos: ['a.mp4'],
    });
    expect(second.history).toEqual([{ question: 'Who?', answer: 'A dog.' }]);
  });

  test('a history beside the turns is refused, an empty one means nothing', () => {
    const row = { messages: chat('<video>Who?', 'A dog.'), videos: ['a.mp4'] };
    expect(mistake({ ...row, history: [['Hello', 'Hi']] })).toMatch(
      /^:1: "history": got \[\["Hello","Hi"\]\], expected no earlier exchanges/,
    );
    expect(read({ ...row, history: [] })[0]).not.toHaveProperty('history');
  });

  test('what cannot be paired is refused', () => {
    const spoken = (...speakers: string[]) =>
      mistake({ video: 'a.mp4', conversations: speakers.map((from) => ({ from, value: 'x' })) });
    expect(spoken('human', 'human', 'gpt')).toMatch(
      /^:1: "conversations": got 2 user and 1 assistant messages \(user, user, assistant\), expected a reply to every question/,
    );
    expect(spoken('human', 'gpt', 'gpt')).toMatch(/expected one reply to a question/);
    expect(spoken('gpt', 'human')).toMatch(/expected a human turn first/);
    expect(spoken('human', 'gpt', 'system', 'human')).toMatch(
      /expected one system message at most, as the first/,
    );
    expect(spoken('system')).toMatch(/expected a human turn/);
    expect(spoken('human', 'function_call')).toMatch(/"conversations\[1\]\.from": got "function_call"/);
  });

  test('fields about one question, media of a later one, and one sample asked of several are refused', () => {
    const row = { conversations: llava(...values), video: 'a.mp4' };
    expect(mistake({ ...row, ref_answer: 'B' })).toMatch(/"ref_answer": got "B" for the 3 questions/);
    expect(mistake({ ...row, steps: ['x'] })).toMatch(/"steps": got \["x"\] for the 3 questions/);
    const late = llava('Who?', 'A dog.', '<video>Who?', 'x');
    expect(mistake({ ...row, conversations: late })).toMatch(/got media in a later question/);
    expect(() => validateSample(row, { file, line: 1 })).toThrow(
      /got a conversation of 3 questions, expected one/,
    );
  });
});

describe('system messages', () => {
  const system = 'Listen well.';
  test.each([
    { messages: [{ role: 'system', content: system }, ...chat('<video>What?', 'x')], videos: ['a.mp4'] },
    { conversations: [{ from: 'system', value: system }, ...llava('<image>\nWhat?', 'x')], video: 'a.mp4' },
    { conversations: llava('<image>\nWhat?', 'x'), video: 'a.mp4', system },
    {
      messages: [{ role: 'system', content: [{ type: 'text', text: system }] }, ...chat('What?')],
      video: 'a.mp4',
    },
  ])('are kept: %j', (row) => {
    expect(read(row)[0].system).toBe(system);
  });

  test('an empty one is none; two are refused', () => {
    const row = { conversations: llava('<image>\nWhat?', 'x'), video: 'a.mp4', system: '' };
    expect(read(row)[0]).not.toHaveProperty('system');
    const both = [{ from: 'system', value: 'a' }, ...row.conversations];
    expect(mistake({ ...row, conversations: both, system: 'b' })).toMatch(
      /"system": got "b", and conversations start/,
    );
  });
});

describe('messages of other tools', () => {
  test("LLaMA-Factory's from and value inside messages, with observation fields of its own", () => {
    const row = {
      messages: llava('<video><audio>What?', 'x'),
      videos: ['a.mp4'],
      audios: ['a.wav'],
      tools: '[]',
    };
    expect(read(row)).toEqual([
      { id: 'line-1', video, audio, question: 'What?', answer: 'x', metadata: { tools: '[]' } },
    ]);
  });

  test.each([
    [
      { type: 'video', video: 'a.mp4' },
      { type: 'audio', audio: 'a.wav' },
    ],
    [
      { type: 'video', path: 'a.mp4' },
      { type: 'audio', path: 'a.wav' },
    ],
    [
      { type: 'video', url: pathToFileURL(video).href },
      { type: 'audio', url: 'a.wav' },
    ],
  ])("Hugging Face's parts: %j", (...media) => {
    const parts = [...media, { type: 'text', text: 'What does <video> ' }, { type: 'text', text: 'mean?' }];
    const reply = [{ type: 'text', text: 'A tag.' }];
    expect(read({ messages: chat(parts, reply) })).toEqual([
      { id: 'line-1', video, audio, question: 'What does <video> mean?', answer: 'A tag.' },
    ]);
  });

  test('parts without a source stand for the files beside the messages', () => {
    const messages = chat([{ type: 'video' }, { type: 'text', text: 'What?' }]);
    expect(read({ messages, videos: ['a.mp4'] })[0]).toMatchObject({ video, question: 'What?' });
    expect(mistake({ messages })).toMatch(/"videos": got 0 files for 1 <video> tags/);
  });

  test.each([
    [
      [{ type: 'image', image: 'a.png' }],
      /"messages\[0\]\.content\[0\]\.type": got "image", expected text, video or audio/,
    ],
    [
      [{ type: 'video', video: 'a.mp4', fps: 2 }],
      /"messages\[0\]\.content\[0\]\.fps": unknown field with value 2/,
    ],
    [
      [{ type: 'video', audio: 'a.wav' }],
      /"messages\[0\]\.content\[0\]\.audio": unknown field with value "a.wav"/,
    ],
    [[{ type: 'text' }], /"messages\[0\]\.content\[0\]\.text": got nothing, expected a text/],
    [
      [{ type: 'video', url: 'file://elsewhere/a.mp4' }],
      /"messages\[0\]\.content\[0\]": got "file:\/\/elsewhere\/a.mp4", expected the URL of a local file/,
    ],
    [7, /"messages\[0\]\.content": got 7, expected a text or a list of parts/],
    [['x'], /"messages\[0\]\.content\[0\]": got "x", expected a part/],
  ])('refuses the content %j', (content, message) => {
    expect(mistake({ messages: chat(content), video: 'a.mp4' })).toMatch(message);
  });

  test('refuses what is no turn, media of a reply, and two lists of turns', () => {
    expect(mistake({ messages: ['x'], video: 'a.mp4' })).toMatch(/"messages\[0\]": got "x"/);
    const reply = chat('What?', [{ type: 'video', video: 'a.mp4' }]);
    expect(mistake({ messages: reply })).toMatch(
      /got video of assistant, expected media in a user's message/,
    );
    const both = { messages: chat('What?'), conversations: llava('What?'), video: 'a.mp4' };
    expect(mistake(both)).toMatch(/"conversations": stands beside "messages"/);
  });
});

describe('replies', () => {
  const read1 = (reply: string, question = 'What is heard?') =>
    read({ conversations: llava(`<image>\n${question}`, reply), video: 'a.mp4' })[0];

  test('thoughts are steps, and what follows them is the answer', () => {
    expect(read1('<think>\nIt rings.\n\nA bell rings.\n</think>\n\nA bell.')).toMatchObject({
      steps: ['It rings.', 'A bell rings.'],
      answer: 'A bell.',
    });
    expect(read1('<think>It rings.</think><answer>A bell</answer>')).toMatchObject({ answer: 'A bell' });
    const direct = read1('<think>\n\n</think>\n\nA bell.');
    expect(direct.answer).toBe('A bell.');
    expect(direct).not.toHaveProperty('steps');
  });

  const choice = 'Which?\nA. 5 mW\nB. 5 MW\nC. none';
  test.each([
    ['A', '5 mW'],
    ['B.', '5 MW'],
    ['(C)', 'none'],
    ['5 MW', '5 MW'],
    ['B. 5 MW', '5 MW'],
    ['None.', 'none'],
    ['<answer>B</answer>', '5 MW'],
  ])('%j names the option %j', (reply, answer) => {
    expect(read1(reply, choice)).toMatchObject({ options: ['5 mW', '5 MW', 'none'], answer });
  });

  test.each(['5 mw.', 'D', 'A. none', 'a'])('%j names no option', (reply) => {
    expect(() => read1(reply, choice)).toThrow(/"answer": got ".*", expected the exact text of an option/);
  });

  test("an option that is another one's letter is named by the letter that is its own", () => {
    const letters = 'Which?\nA. B\nB. A\nC. x';
    expect(() => read1('A', letters)).toThrow(
      /"answer": got "A", which is the text of option B and the letter/,
    );
    expect(read1('(C)', letters).answer).toBe('x');
  });
});
