// RivaBench's three parts. The fields are those that the published test code reads; the prompts around a question are
// those of table 5 of arXiv 2502.11775, the questions are ours.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readBenchmark } from '../../lib/data/index.js';
import { temporaryFolder } from '../train/folder.js';

const folder = temporaryFolder();

function write(name: string, content: unknown): string {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const options = ['By counting', 'By weighing', 'By drawing', 'By asking', 'By waiting'];
const listed = options.map((option, i) => `${'ABCDE'[i]}. ${option}`);

function row(question: string, answer: string, fields: object = {}): object {
  return {
    video: 'videos/a.mp4',
    audio: 'audios/a.wav',
    conversations: [
      { from: 'human', value: question },
      { from: 'gpt', value: answer },
    ],
    ...fields,
  };
}

beforeEach(() => {
  write('videos/a.mp4', '');
  write('audios/a.wav', '');
});

const direct =
  '<image>\nSelect the best answer to the following question based on the video. Respond with only the letter of the ' +
  `correct option.\nHow is it shown?\nChoose from: ${listed.join(' ')}`;
const reasoning =
  `<image>\nQuestion:\nHow is it shown?\nChoose from:\n${listed.join('\n')}\nAnswer the question step by step. ` +
  'Output each thinking step. Mark the end of each step with <end_of_step> token.';

test.each([
  ['the direct prompt', direct],
  ['the reasoning prompt', reasoning],
  ['no prompt around it', `How is it shown? Choose from:\n${listed.join('\n')}`],
])('%s: the question alone, with its five options', async (_, question) => {
  const file = write('academic_test.json', [row(question, 'D')]);
  const { questions } = await readBenchmark('rivabench', [file]);
  expect(questions).toEqual([
    {
      part: 'Academic',
      categories: {},
      detection: false,
      sample: {
        id: 'Academic-1',
        video: join(folder.path, 'videos/a.mp4'),
        audio: join(folder.path, 'audios/a.wav'),
        question: 'How is it shown?',
        options,
        answer: 'By asking',
      },
    },
  ]);
});

test.each(['B', 'B. By weighing', 'By weighing', '(B)', '<answer>B</answer>'])(
  'the right answer as %j',
  async (answer) => {
    const { questions } = await readBenchmark('rivabench', [write('StandUp.json', [row(direct, answer)])]);
    expect(questions[0]).toMatchObject({ part: 'StandUp', sample: { answer: 'By weighing' } });
  },
);

test('the last turn is the answer, also after a turn of reasoning', async () => {
  const conversations = [
    { from: 'human', value: reasoning },
    { from: 'gpt', value: 'It is weighed. <end_of_step>\n' },
    { from: 'human', value: 'What is the final answer?' },
    { from: 'gpt', value: 'B' },
  ];
  const file = write('stand-up.json', [row('', '', { conversations })]);
  const { questions } = await readBenchmark('rivabench', [file]);
  expect(questions[0].sample).toMatchObject({ question: 'How is it shown?', answer: 'By weighing' });
});

test('SynthDec: a question that is answered by YES or NO', async () => {
  const question =
    '<image>\nA generated video shows distorted things. Is this one generated? Answer YES or NO. Answer step by step ' +
    'and output each step clearly.';
  const file = write('SynthDec.json', [
    row(question, 'YES'),
    row(question, 'No.', { id: 'real-7' }),
    row('Is it generated? Choose from: A. NO B. YES', 'A'),
  ]);
  const { questions } = await readBenchmark('rivabench', [file]);
  expect(questions.map(({ part, detection }) => [part, detection])).toEqual([
    ['SynthDec', true],
    ['SynthDec', true],
    ['SynthDec', true],
  ]);
  expect(questions.map(({ sample: { id, options: given, answer } }) => [id, given, answer])).toEqual([
    ['SynthDec-1', ['YES', 'NO'], 'YES'],
    ['SynthDec-real-7', ['YES', 'NO'], 'NO'],
    ['SynthDec-3', ['NO', 'YES'], 'NO'],
  ]);
  expect(questions[0].sample.question).toBe(
    'A generated video shows distorted things. Is this one generated? Answer YES or NO.',
  );
});

test('several files are one benchmark; a clip without sound of its own has its video’s', async () => {
  const files = [
    write('academic.json', [row(direct, 'A', { audio: undefined })]),
    write('standup.json', [row(direct, 'B')]),
    write('more.jsonl', `${JSON.stringify(row(direct, 'C'))}\n`),
  ];
  const { questions } = await readBenchmark('rivabench', files);
  expect(questions.map(({ part }) => part)).toEqual(['Academic', 'StandUp', 'more']);
  expect(questions[0].sample.audio).toBeNull();
});

test('absolute paths of another machine are looked for by name in the folder of clips', async () => {
  const elsewhere = { video: '/data/riva/x/a.mp4', audio: '/data/riva/y/a.wav' };
  const file = write('academic.json', [row(direct, 'A', elsewhere), row(direct, 'A', elsewhere)]);
  write('clips/a.mp4', '');
  write('clips/a.wav', '');
  const media = join(folder.path, 'clips');
  const { questions } = await readBenchmark('rivabench', [file], { media });
  expect(questions[1].sample).toMatchObject({ video: join(media, 'a.mp4'), audio: join(media, 'a.wav') });
  const { missing } = await readBenchmark('rivabench', [file]);
  expect(missing.map(({ path }) => path)).toEqual([elsewhere.video, elsewhere.audio]);

  const two = write('academic.json', [row(direct, 'A', elsewhere), row(direct, 'A', { video: '/z/a.mp4' })]);
  await expect(readBenchmark('rivabench', [two], { media })).rejects.toThrow(
    'got "/z/a.mp4" beside "/data/riva/x/a.mp4", which would both be a.mp4 in the folder of clips',
  );
});

test.each([
  [row(direct, 'F'), 'conversations[1].value', 'got "F", expected one of the options "By counting"'],
  [row('Why is it funny?', 'A pun'), 'conversations[1].value', 'expected YES or NO'],
  [row(direct, 'A', { video: 3 }), 'video', 'got 3, expected a path'],
  [row(direct, 'A', { timestamps: [0, 2] }), 'timestamps', 'expected no "timestamps"'],
  [
    row(direct, 'A', { conversations: [{ from: 'human', value: 'x' }] }),
    'conversations',
    'a question and its answer',
  ],
  [
    row(direct, 'A', {
      conversations: [
        { from: 'gpt', value: 'x' },
        { from: 'gpt', value: 'x' },
      ],
    }),
    'conversations',
    'a question and its answer',
  ],
])('%j', async (bad, field, message) => {
  const file = write('academic.json', [row(direct, 'A'), bad]);
  const refused = readBenchmark('rivabench', [file]);
  await expect(refused).rejects.toThrow(`${file}:2: "${field}": got `);
  await expect(refused).rejects.toThrow(message);
});
