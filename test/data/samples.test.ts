// Samples on disk: what is accepted, what comes out, and what each mistake is told.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../lib/data/errors.js';
import { readSamples } from '../../lib/data/samples.js';

const dir = mkdtempSync(join(tmpdir(), 'earsight-samples-'));
const file = join(dir, 'data.jsonl');
mkdirSync(join(dir, 'media'));
for (const name of ['clip.mp4', 'track.wav', 'media/a.mp4', 'media/a.mp3'])
  writeFileSync(join(dir, name), '');
symlinkSync('loop.mp4', join(dir, 'loop.mp4'));
execFileSync('mkfifo', [join(dir, 'pipe.mp4')]);
afterAll(() => rmSync(dir, { recursive: true }));

const flat = {
  id: 'one',
  video: 'clip.mp4',
  question: 'Which colour?',
  options: ['red', 'blue'],
  answer: 'red',
};

function read(...rows: unknown[]) {
  writeFileSync(file, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return readSamples(file);
}

function mistake(...rows: unknown[]): string {
  try {
    read(...rows);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message.replaceAll(dir, 'DIR');
  }
  throw new Error('accepted');
}

test('a row without video and audio is a question of text alone, in both layouts', () => {
  const asked = { role: 'user', content: 'Two and two?' };
  const replied = { role: 'assistant', content: 'four' };
  const [plain, spoken] = read(
    { id: 'plain', question: 'Two and two?', answer: 'four' },
    { id: 'spoken', messages: [asked, replied] },
  );
  expect(plain).toEqual({ id: 'plain', question: 'Two and two?', answer: 'four' });
  expect(spoken).toEqual({ id: 'spoken', question: 'Two and two?', answer: 'four', audio: null });
});

describe('flat layout', () => {
  test('all fields; paths become absolute', () => {
    const full = {
      ...flat,
      audio: 'track.wav',
      steps: ['It is red.'],
      spans: [
        [0, 1.5],
        [2, 3],
      ],
      kind: 'sight',
    };
    expect(read(full)).toEqual([{ ...full, video: join(dir, 'clip.mp4'), audio: join(dir, 'track.wav') }]);
  });

  test('fields without a meaning here are metadata; system and history are fields', () => {
    const [sample] = read({
      ...flat,
      data_source: 'mine',
      captions: ['a'],
      duration: 3,
      uid: 7,
      metadata: { split: 'train' },
      system: 'Be brief.',
      history: [{ question: 'Who?', answer: 'A dog.' }],
    });
    expect(sample.metadata).toEqual({
      split: 'train',
      data_source: 'mine',
      captions: ['a'],
      duration: 3,
      uid: 7,
    });
    expect(sample).toMatchObject({
      system: 'Be brief.',
      history: [{ question: 'Who?', answer: 'A dog.' }],
      answer: 'red',
    });
  });

  test('an open question, a null track, sound alone', () => {
    const samples = read(
      { id: 'a', video: 'clip.mp4', audio: null, question: 'What happens?' },
      { id: 'b', audio: 'track.wav', question: 'What is heard?', answer: 'a bell' },
    );
    expect(samples[0]).toEqual({
      id: 'a',
      video: join(dir, 'clip.mp4'),
      audio: null,
      question: 'What happens?',
    });
    expect(samples[1]!.answer).toBe('a bell');
  });

  test('the answer may be a capital letter', () => {
    expect(read({ ...flat, answer: 'B' })[0]!.answer).toBe('blue');
    expect(read({ ...flat, options: ['A', 'B'], answer: 'A' })[0]!.answer).toBe('A');
    expect(read({ ...flat, options: ['B', 'C'], answer: 'A' })[0]!.answer).toBe('B');
  });

  test('an answer that is one option and the letter of another is refused', () => {
    expect(mistake({ ...flat, options: ['B', 'A'], answer: 'A' })).toBe(
      'DIR/data.jsonl:1: "answer": got "A", which is the text of option B and the letter of option "B". ' +
        'Fix: rename the options so that no text is the letter of another option.',
    );
  });
});

describe('mistakes name file, line, field, value, expectation and fix', () => {
  const cases: [name: string, row: unknown, message: RegExp][] = [
    [
      'an answer outside',
      { ...flat, answer: 'bleu' },
      /"answer": got "bleu", expected the exact text of an option \("red", "blue"\) or a letter A to B\. Fix: did you mean "blue"\?/,
    ],
    ['a letter outside', { ...flat, answer: 'C' }, /"answer": got "C", expected .* a letter A to B/],
    ['a lower-case letter', { ...flat, answer: 'b' }, /"answer": got "b"/],
    [
      'an unknown key',
      { ...flat, anwser: 'red' },
      /"anwser": unknown field with value "red", expected one of id, video, audio, question, .*Fix: did you mean "answer"\?/,
    ],
    ['a key with a letter more', { ...flat, videos: [] }, /"videos": unknown .*did you mean "video"\?/],
    ['a key with a letter less', { ...flat, spas: 1 }, /"spas": unknown .*did you mean "spans"\?/],
    [
      'a key in capitals',
      { ...flat, Kind: 'x' },
      /"Kind": unknown .*did you mean "kind"\? Otherwise move it/,
    ],
    ['metadata that is a text', { ...flat, metadata: 'x' }, /"metadata": got "x", expected an object/],
    ['an empty system message', { ...flat, system: '' }, /"system": got "", expected a non-empty text/],
    [
      'half an exchange',
      { ...flat, history: [{ question: 'a' }] },
      /"history\[0\]\.answer": got nothing, expected a text/,
    ],
    [
      'a missing id',
      { ...flat, id: undefined },
      /"id": got nothing, expected a non-empty text\. Fix: give every sample/,
    ],
    ['a number as id', { ...flat, id: 7 }, /"id": got 7, expected a non-empty text/],
    ['no question', { ...flat, question: '  ' }, /"question": got " {2}", expected a non-empty text/],
    [
      'one option',
      { ...flat, options: ['red'] },
      /"options": got \["red"\], expected a list of at least two/,
    ],
    ['equal options', { ...flat, options: ['red', 'red'] }, /"options": got .*expected options that differ/],
    ['options that differ in space', { ...flat, options: ['red', 'red '] }, /expected options that differ/],
    [
      '27 options',
      { ...flat, options: Array.from({ length: 27 }, (_, i) => `o${i}`) },
      /"options": .*at most 26/,
    ],
    [
      'an option of another type',
      { ...flat, options: ['red', 2] },
      /"options\[1\]": got 2, expected a non-empty text/,
    ],
    [
      'an empty span',
      { ...flat, spans: [[1, 1]] },
      /"spans\[0\]": got \[1,1\], expected a start before the end/,
    ],
    ['a span of one number', { ...flat, spans: [[0, 1], [1]] }, /"spans\[1\]/],
    [
      'a negative time',
      { ...flat, spans: [[-1, 1]] },
      /"spans\[0\]\[0\]": got -1, expected a time of at least 0/,
    ],
    ['a text for steps', { ...flat, steps: 'first' }, /"steps": got "first", expected a list of texts/],
    [
      'a missing file',
      { ...flat, video: 'nope.mp4' },
      /"video": got "nope.mp4", but DIR\/nope.mp4 cannot be read: no such file\. Fix/,
    ],
    [
      'a folder',
      { ...flat, video: 'media' },
      /"video": got "media", but .* cannot be read: not a file but a folder/,
    ],
    ['a list', [flat], /got \[\{.*expected an object/],
    ['half an object', '{"id": "x"', /not JSON: /],
  ];
  test.each(cases)('%s', (_, row, message) => {
    const rows = [flat, row, { ...flat, id: 'three' }];
    expect(mistake(...rows)).toMatch(message);
    expect(mistake(...rows)).toMatch(/^DIR\/data\.jsonl:2: .*Fix: .*\.$/);
  });

  const paths: [string, string, RegExp][] = [
    ['a NUL character', 'a\0.mp4', /NUL character/],
    ['too long a path', `${'x'.repeat(300)}.mp4`, /too long/],
    ['a loop of links', 'loop.mp4', /loop of symbolic links/],
    ['a pipe', 'pipe.mp4', /a pipe/],
    ['a file as a folder', 'clip.mp4/a.mp4', /not a folder/],
  ];
  test.each(paths)('a clip whose path is %s, in each layout', (_, path, message) => {
    const { video: _video, ...open } = flat;
    const asked = { role: 'user', content: '<video>Which colour? A. red B. blue' };
    const rows: [field: string, row: object][] = [
      ['video', { ...flat, video: path }],
      ['audio', { ...flat, audio: path }],
      ['audio', { ...open, audio: path }],
      ['video', { messages: [asked], videos: [path] }],
      ['video', { video: path, conversations: [{ from: 'human', value: 'Which colour?' }] }],
    ];
    for (const [field, row] of rows) {
      const text = mistake(flat, { ...row, id: 'two' });
      expect(text).toMatch(message);
      expect(text.startsWith(`DIR/data.jsonl:2: "${field}": got `)).toBe(true);
    }
  });

  test('a repeated id names both lines', () => {
    expect(mistake(flat, { ...flat, id: 'two' }, flat)).toMatch(
      /:3: "id": got "one", already used in line 1/,
    );
  });

  test('a missing file of samples', () => {
    expect(() => readSamples(join(dir, 'none.jsonl'))).toThrow(
      /none\.jsonl: no such file\. Fix: give the path/,
    );
  });
});

describe('bytes', () => {
  test('byte order mark, CRLF and empty last lines are accepted', () => {
    const row = JSON.stringify(flat);
    writeFileSync(file, `\uFEFF${row}\r\n${row.replace('one', 'two')}\r\n\r\n\n`);
    expect(readSamples(file).map(({ id }) => id)).toEqual(['one', 'two']);
  });

  test('texts beyond ASCII survive', () => {
    expect(read({ ...flat, question: 'Qué suena? 鐘 🔔' })[0]!.question).toBe('Qué suena? 鐘 🔔');
  });

  test('broken UTF-8 is reported with its line', () => {
    const row = Buffer.from(JSON.stringify(flat));
    writeFileSync(file, Buffer.concat([row, Buffer.from('\n'), row, Buffer.from([0xc3, 0x28])]));
    expect(() => readSamples(file)).toThrow(
      /data\.jsonl:2: the line is not valid UTF-8\. Fix: save the file as UTF-8/,
    );
  });

  test('an empty file and an empty line between rows are refused', () => {
    expect(mistake('')).toMatch(/the file is empty/);
    expect(mistake(flat, '', { ...flat, id: 'two' })).toMatch(/:2: empty line between rows/);
  });
});

describe('messages layout', () => {
  const media = { videos: ['media/a.mp4'], audios: ['media/a.mp3'] };
  const user = (content: string) => [{ role: 'user', content }];

  test('tags place the media, lettered lines are the options, the reply is the answer', () => {
    const row = {
      id: 3,
      messages: [
        { role: 'system', content: 'Answer.' },
        ...user('<video><audio>Which colour?\nA. red\nB. blue'),
        { role: 'assistant', content: 'B' },
      ],
      ...media,
    };
    expect(read(row)).toEqual([
      {
        id: '3',
        video: join(dir, 'media/a.mp4'),
        audio: join(dir, 'media/a.mp3'),
        system: 'Answer.',
        question: 'Which colour?',
        options: ['red', 'blue'],
        answer: 'blue',
      },
    ]);
  });

  test('OmniVideo-R1 rows: problem, solution, Type, data_source', () => {
    const content = '<video><audio>What is heard?\nA. a bell\nB. a dog\nThink first.';
    const [sample] = read({
      id: 'q1',
      Type: 'youtube_mc_v',
      messages: user(content),
      problem: content,
      solution: '<answer>A</answer>',
      data_source: 'LLaVA-Video',
      ...media,
    });
    expect(sample).toMatchObject({
      question: 'What is heard?\nThink first.',
      answer: 'a bell',
      kind: 'youtube_mc_v',
      metadata: { Type: 'youtube_mc_v', problem: content, data_source: 'LLaVA-Video' },
    });
  });

  test('a reply in the structured layout gives answer and steps', () => {
    const reply =
      '<time>0.0-1.0</time><caption>a bell</caption><thinking>A bell rings.\nSo it is a bell.</thinking><answer>a bell</answer>';
    const messages = [...user('<video>What is heard?'), { role: 'assistant', content: reply }];
    const [sample] = read({ messages, videos: media.videos });
    expect(sample).toMatchObject({
      id: 'line-1',
      audio: null,
      answer: 'a bell',
      steps: ['A bell rings.', 'So it is a bell.'],
    });
  });

  test.each([
    [
      'tags without files',
      { messages: user('<video><audio>What?'), videos: media.videos },
      /"audios": got 0 files for 1 <audio> tags/,
    ],
    [
      'files without tags',
      { messages: user('What?'), videos: media.videos },
      /"videos": got 1 files for 0 <video> tags/,
    ],
    [
      'two videos',
      { messages: user('<video><video>?'), videos: ['clip.mp4', 'media/a.mp4'] },
      /"videos": .*expected at most one/,
    ],
    [
      'two questions',
      { messages: [...user('a'), ...user('b')] },
      /"messages": got 2 user and 0 assistant messages/,
    ],
    [
      'a role',
      { messages: [{ role: 'robot', content: '' }] },
      /"messages\[0\]\.role": got "robot", expected system, user or assistant/,
    ],
    [
      'a key',
      { messages: user('What?'), vidoes: ['clip.mp4'] },
      /"vidoes": unknown field .*did you mean "videos"\?/,
    ],
    [
      'a key of a message',
      { messages: [{ role: 'user', text: 'x', content: '' }] },
      /"messages\[0\]\.text": unknown field/,
    ],
  ])('refuses %s', (_, row, message) => {
    expect(mistake(row)).toMatch(message);
  });
});

describe('conversations layout (video-SALMONN-o1)', () => {
  const turns = [
    { from: 'human', value: '<image>\nWhy do they laugh? Choose from: A. a joke B. a fall C. nothing' },
    { from: 'gpt', value: 'Someone speaks.<end_of_step>\nThen a joke.<end_of_step>\n' },
    { from: 'human', value: 'Give the final answer.' },
    { from: 'gpt', value: 'A' },
  ];
  const row = { video: 'media/a.mp4', audio: 'media/a.mp3', conversations: turns };

  test('a JSON array of rows with steps, options and the fields of other stages', () => {
    writeFileSync(
      file,
      JSON.stringify([row, { ...row, ref_answer: 'B', pos_score: 0.5, prefix_steps: [] }], null, 2),
    );
    const [first, second] = readSamples(file);
    expect(first).toEqual({
      id: 'line-1',
      video: join(dir, 'media/a.mp4'),
      audio: join(dir, 'media/a.mp3'),
      question: 'Why do they laugh?',
      options: ['a joke', 'a fall', 'nothing'],
      answer: 'a joke',
      steps: ['Someone speaks.', 'Then a joke.'],
    });
    expect(second).toMatchObject({ id: 'line-2', answer: 'a fall' });
  });

  test('a ground-truth turn is the answer', () => {
    const conversations = [turns[0], { from: 'gt', value: 'C' }, { from: 'reject_gpt', value: 'A' }];
    expect(read({ ...row, conversations })[0]!.answer).toBe('nothing');
  });

  test('refuses part of a video, a conversation without a question, an unknown speaker', () => {
    expect(mistake({ ...row, timestamps: [0, 5] })).toMatch(
      /"timestamps": got \[0,5\], expected no "timestamps".*Fix: cut the clip/,
    );
    expect(mistake({ ...row, conversations: [{ from: 'gpt', value: 'x' }] })).toMatch(
      /"conversations": .*expected a human turn/,
    );
    expect(mistake({ ...row, conversations: [{ from: 'bot', value: 'x' }] })).toMatch(
      /"conversations\[0\]\.from": got "bot"/,
    );
  });
});
