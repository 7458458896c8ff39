// One list says how rows are read: the first layout that detects a row reads it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleLayouts } from '../../lib/data/layouts/list.js';
import { validateSample } from '../../lib/data/samples.js';
import { temporaryFolder } from '../train/folder.js';

const folder = temporaryFolder();
const layoutOf = (row: Record<string, unknown>) => sampleLayouts.find(({ detects }) => detects(row))?.name;

test.each([
  ['flat', { id: 'a', video: 'a.mp4', question: 'q' }],
  ['flat', {}],
  ['conversation', { messages: [], video: 'a.mp4' }],
  ['conversation', { conversations: 1, question: 'q' }],
])('%s: %j', (name, row) => {
  expect(layoutOf(row)).toBe(name);
});

test('the same sample in every layout is read as the same', () => {
  writeFileSync(join(folder.path, 'a.mp4'), '');
  const where = { file: join(folder.path, 'samples.jsonl'), line: 1 };
  const flat = { id: 'a', video: 'a.mp4', question: 'What is red?', answer: 'the dot' };
  const messages = [
    { role: 'user', content: '<video>What is red?' },
    { role: 'assistant', content: 'the dot' },
  ];
  const expected = { ...flat, video: join(folder.path, 'a.mp4') };
  expect(validateSample(flat, where)).toEqual(expected);
  expect(validateSample({ id: 'a', videos: ['a.mp4'], messages }, where)).toEqual({
    ...expected,
    audio: null,
  });
});
