// Files of published benchmarks, in small: the fields are those of the sources that each loader names; the texts are ours.
// The Parquet fixtures were written by pyarrow's write_table, as the published ones were.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readBenchmark } from '../../lib/data/index.js';
import { temporaryFolder } from '../train/folder.js';

const folder = temporaryFolder();
const fixtures = join(__dirname, '../fixtures/data');

function write(name: string, content: unknown): string {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const clip = (name: string): string => write(name, '');

const daily = {
  Question: 'What is said when the lamp is lit?',
  Choice: ["A. 'Now'", "B. 'Not yet'", "C. 'At last'", "D. 'Never'"],
  Answer: 'C',
  Explanation: 'The lamp is lit at 0:12.',
  video_id: 'bsw',
  Type: 'AV Event Alignment',
  content_parent_category: 'Entertainment',
  content_fine_category: 'Games',
  video_category: 'Entertainment',
  video_duration: '30s',
};

describe('Daily-Omni', () => {
  test('a clip has its video and its sound in a folder of its own', async () => {
    const file = write('qa.json', [daily]);
    const video = clip('Videos/bsw/bsw_video.mp4');
    const audio = clip('Videos/bsw/bsw_audio.wav');
    const { title, questions, missing } = await readBenchmark('daily-omni', [file]);
    expect(title).toBe('Daily-Omni');
    expect(missing).toEqual([]);
    expect(questions).toEqual([
      {
        part: 'Daily-Omni',
        categories: { type: 'AV Event Alignment', category: 'Entertainment', duration: '30s' },
        detection: false,
        sample: {
          id: 'bsw-1',
          video,
          audio,
          question: 'What is said when the lamp is lit?',
          options: ["'Now'", "'Not yet'", "'At last'", "'Never'"],
          answer: "'At last'",
        },
      },
    ]);
  });

  test.each([
    [{ Answer: 'E' }, '"Answer": got the letter E of 4 options, expected A to D'],
    [{ Answer: 'the third' }, '"Answer": got "the third", expected the right option\'s letter'],
    [{ Choice: 'A. Now' }, '"Choice": got "A. Now", expected a list of at least two options'],
    [{ video_id: undefined }, '"video_id": got nothing, expected the clip\'s name'],
  ])('%j is refused with file, item and field', async (fields, message) => {
    const file = write('qa.json', [daily, { ...daily, ...fields }]);
    await expect(readBenchmark('daily-omni', [file])).rejects.toThrow(`${file}:2: ${message}`);
  });
});

describe('WorldSense', () => {
  const video = {
    video_id: 'iqy',
    duration: '75.2',
    domain: 'Music',
    sub_category: 'Violin',
    audio_class: ['Music', 'Speech'],
    video_caption: 'A violin is played.',
    task0: {
      task_domain: 'Recognition',
      task_type: 'Audio Recognition',
      question: 'Which instrument is heard last?',
      answer: 'B',
      candidates: ['A. Piano', 'B. Violin', 'C. Drum', 'D. Flute'],
    },
    task1: {
      task_domain: 'Reasoning',
      task_type: 'Causal Reasoning',
      question: 'Why does she stop?',
      answer: 'A',
      candidates: ['A. A string breaks', 'B. She is tired', 'C. The hall is dark', 'D. It is over'],
    },
  };

  test('each task of a video is a question', async () => {
    const file = write('worldsense_qa.json', { iqy: video });
    clip('videos/iqy.mp4');
    const { questions } = await readBenchmark('worldsense', [file]);
    expect(questions.map(({ sample: { id, answer, audio } }) => [id, answer, audio])).toEqual([
      ['iqy-task0', 'Violin', null],
      ['iqy-task1', 'A string breaks', null],
    ]);
    expect(questions[0].categories).toEqual({
      domain: 'Music',
      'task domain': 'Recognition',
      'task type': 'Audio Recognition',
      audio: 'Music + Speech',
    });
  });

  test('a wrong field is named by video and task', async () => {
    const file = write('worldsense_qa.json', { iqy: { ...video, task1: { ...video.task1, answer: 2 } } });
    await expect(readBenchmark('worldsense', [file])).rejects.toThrow('"iqy.task1.answer": got 2, expected');
    const empty = write('worldsense_qa.json', { iqy: { domain: 'Music' } });
    await expect(readBenchmark('worldsense', [empty])).rejects.toThrow('expected questions task0, task1');
    const list = write('worldsense_qa.json', [video]);
    await expect(readBenchmark('worldsense', [list])).rejects.toThrow('expected a JSON object');
  });
});

describe('OmniVideoBench', () => {
  const asked = {
    question: 'How many boats are there when the bell rings?',
    question_type: 'counting',
    audio_type: 'Sound',
    reasoning_steps: [
      { modality: 'audio', evidence: 'the bell rings at 1:42', inference: 'count the boats' },
    ],
    answer: '5',
    options: ['A.3', 'B.4', 'C.5', 'D.6'],
    correct_option: 'C',
  };
  const video = { video: 'video_1', video_type: 'Vlog', duration: '03:28', questions: [asked, asked] };

  test('a video has several questions; its duration is one of the published ranges', async () => {
    const file = write('data.json', [
      video,
      { ...video, video: 'video_2', duration: '01:00', questions: [asked] },
      { ...video, video: 'video_3', duration: '10:01', questions: [asked] },
    ]);
    for (const i of [1, 2, 3]) clip(`videos/video_${i}.mp4`);
    const { questions } = await readBenchmark('omnivideobench', [file]);
    expect(questions.map(({ sample: { id, options, answer } }) => [id, options, answer])).toEqual(
      ['video_1-1', 'video_1-2', 'video_2-1', 'video_3-1'].map((id) => [id, ['3', '4', '5', '6'], '5']),
    );
    expect(questions.map(({ categories }) => categories.duration)).toEqual([
      '1-5 min',
      '1-5 min',
      '0-1 min',
      '10-30 min',
    ]);
    expect(questions[0].categories).toMatchObject({ type: 'counting', audio: 'Sound', video: 'Vlog' });
  });

  test('a wrong field is named by item and question', async () => {
    const file = write('data.json', [{ ...video, questions: [asked, { ...asked, correct_option: 'E' }] }]);
    await expect(readBenchmark('omnivideobench', [file])).rejects.toThrow(
      `${file}:1: "questions[1].correct_option": got the letter E of 4 options`,
    );
  });
});

describe('Video-MME', () => {
  test('Parquet, as it is published', async () => {
    const file = join(folder.path, 'test-00000-of-00001.parquet');
    cpSync(join(fixtures, 'video-mme.parquet'), file);
    const video = clip('data/abc-1.mp4');
    const { questions } = await readBenchmark('video-mme', [file]);
    expect(questions.map(({ sample }) => sample)).toEqual([
      {
        id: '001-1',
        video,
        audio: null,
        question: 'How many moons are shown?',
        options: ['One.', 'Two.', 'Three.', 'Four.'],
        answer: 'Three.',
      },
      {
        id: '001-2',
        video,
        audio: null,
        question: 'Which word is written on the dome?',
        options: ['Sky.', 'Star.', 'Moon.', 'Sun.'],
        answer: 'Sky.',
      },
    ]);
    expect(questions[1].categories).toEqual({
      duration: 'short',
      domain: 'Knowledge',
      'task type': 'OCR Problems',
    });
  });

  test('what is no Parquet is refused', async () => {
    const file = write('test.parquet', 'PAR1');
    await expect(readBenchmark('video-mme', [file])).rejects.toThrow(`${file}: not Parquet`);
    const csv = write('test.csv', 'a,b');
    await expect(readBenchmark('video-mme', [csv])).rejects.toThrow(
      `${csv}: got the ending ".csv", expected a file of Video-MME (.parquet, .json, .jsonl)`,
    );
  });
});

describe('NExT-QA', () => {
  const header = 'video,frame_count,width,height,question,answer,qid,type,a0,a1,a2,a3,a4';
  const rows = [
    '4010069381,369,640,480,how do the two men play,2,6,CH,roll the handle,tap their feet,strum the string,hit with sticks,pat',
    '4010069381,369,640,480,"why, then, did he stop",4,7,TN,"to rest, a while",to eat,to rest,to sleep,to rest',
  ];

  test('CSV: five columns of options, a number for the right one, clips in the folders that the map names', async () => {
    const file = write('val.csv', `${header}\n${rows.join('\n')}\n`);
    write('map_vid_vidorID.json', { 4010069381: '1164/4010069381' });
    const video = clip('NExTVideo/1164/4010069381.mp4');
    const { questions } = await readBenchmark('next-qa', [file]);
    const [first, second] = questions;
    expect(first).toEqual({
      part: 'NExT-QA',
      categories: { group: 'causal', type: 'CH' },
      detection: false,
      sample: {
        id: '4010069381_6',
        video,
        audio: null,
        question: 'how do the two men play',
        options: ['roll the handle', 'tap their feet', 'strum the string', 'hit with sticks', 'pat'],
        answer: 'strum the string',
      },
    });
    // Another option has the same text: the letter says which of the two is right.
    expect(second.sample).toMatchObject({ question: 'why, then, did he stop', answer: 'E' });
    expect(second.categories).toEqual({ group: 'temporal', type: 'TN' });
  });

  test('Parquet with integers, clips in one folder', async () => {
    const file = join(folder.path, 'test.parquet');
    cpSync(join(fixtures, 'next-qa.parquet'), file);
    const media = join(folder.path, 'flat');
    clip('flat/4010069381.mp4');
    const { questions } = await readBenchmark('next-qa', [file], { media });
    expect(questions[0].sample).toMatchObject({ id: '4010069381_6', answer: 'strum' });
  });

  test.each([
    [rows[0].replace(',2,6,', ',5,6,'), '"answer": got "5", expected the right option, 0 to 4'],
    [rows[0].replace(',CH,', ',XY,'), '"type": got "XY", expected one that begins with C'],
    [rows[0].replace(',pat', ''), 'not CSV: Invalid Record Length'],
    [rows[0].replace('4010069381', '7'), '"7": got nothing, expected the clip\'s path, for example "1150/7"'],
  ])('%s', async (row, message) => {
    const file = write('val.csv', `${header}\n${rows[1]}\n${row}\n`);
    write('map_vid_vidorID.json', { 4010069381: '1164/4010069381' });
    const place = message.startsWith('"7"') ? join(folder.path, 'map_vid_vidorID.json') : `${file}:3`;
    await expect(readBenchmark('next-qa', [file])).rejects.toThrow(`${place}: ${message}`);
  });
});

describe('clips that are not there', () => {
  test('are listed with the questions that need them, which are left out', async () => {
    const file = write('qa.json', [daily, { ...daily, video_id: 'other' }, daily]);
    clip('clips/bsw/bsw_video.mp4');
    clip('clips/bsw/bsw_audio.wav');
    clip('clips/other/other_video.mp4');
    const media = join(folder.path, 'clips');
    const { questions, missing } = await readBenchmark('daily-omni', [file], { media });
    expect(questions.map(({ sample }) => sample.id)).toEqual(['bsw-1', 'bsw-3']);
    expect(missing).toEqual([{ path: join(media, 'other/other_audio.wav'), ids: ['other-2'] }]);
    const nowhere = await readBenchmark('daily-omni', [file], { media: join(folder.path, 'nowhere') });
    expect(nowhere.questions).toEqual([]);
    expect(nowhere.missing).toHaveLength(4);
    expect(nowhere.missing[0].ids).toEqual(['bsw-1', 'bsw-3']);
  });

  test('a question that stands in two files, and a benchmark that there is not', async () => {
    const files = [write('a.json', [daily]), write('b.json', [daily])];
    await expect(readBenchmark('daily-omni', files)).rejects.toThrow(
      `${files[1]}: two questions have the id "bsw-1", one of them in ${files[0]}`,
    );
    await expect(readBenchmark('daily', files)).rejects.toThrow(
      'got "daily", expected one of rivabench, daily-omni, worldsense, omnivideobench, video-mme, next-qa',
    );
  });
});
