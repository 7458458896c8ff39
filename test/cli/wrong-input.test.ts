/** What a new user may give by mistake: every command ends with code 2 and names what is at fault and the fix. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { earsight } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-wrong-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

function written(name: string, content: string | object): string {
  writeFileSync(at(name), typeof content === 'string' ? content : `${JSON.stringify(content)}\n`);
  return at(name);
}

mkdirSync(at('folder'));
written('clip.mp4', 'not looked at');
written('sound.wav', 'not looked at');
written('text.txt', 'hello');
written('empty.jsonl', '');
const row = { id: 'a', video: 'clip.mp4', question: 'q', options: ['x', 'y'], answer: 'x', steps: ['s'] };
written('data.jsonl', row);
written('gone.jsonl', { ...row, video: 'gone.mp4' });
const recipe = (name: string, more: string) => written(`${name}.yaml`, `data: data.jsonl\n${more}`);
recipe('key', 'sft: { learningrte: 1 }');
recipe('unknown', 'modle: x');
recipe('no-model', 'model: gone');
recipe('folder-model', 'model: folder');
recipe('output', 'output: text.txt/run');
for (const name of ['empty', 'gone', 'none']) written(`${name}.yaml`, `data: ${name}.jsonl`);
written('folder.yaml', 'data: folder');
written('list.yaml', '- data: x');

const smallest = "the smallest is one line, 'data: samples.jsonl'";

/** Paths of files that are made here stand in {braces}. */
const lines: [line: string, ...problems: string[]][] = [
  ['train {nope.yaml}', 'nope.yaml: cannot be read: no such file', smallest],
  ['train {folder}', 'folder: cannot be read: not a file but a folder', smallest],
  ['train {data.jsonl}', 'data.jsonl: a file of samples, not a recipe', "'data: data.jsonl'"],
  ['train {text.txt}', 'expected fields; the smallest recipe is one line', 'got "hello"'],
  ['train {list.yaml}', 'expected fields; the smallest recipe is one line'],
  ['train {none.yaml}', 'none.jsonl: no such file. Fix: give the path'],
  ['train {folder.yaml}', 'folder: not a file but a folder. Fix: give the path'],
  ['train {empty.yaml}', 'empty.jsonl: the file is empty. Fix: write one JSON object a line.'],
  ['train {gone.yaml}', 'gone.jsonl:1: "video"', 'gone.mp4 cannot be read: no such file. Fix: '],
  ['train {key.yaml}', "key.yaml:2: unknown field 'sft.learningrte'; did you mean 'learningRate'?"],
  ['train {unknown.yaml}', "unknown.yaml:2: unknown field 'modle'; did you mean 'model'?"],
  ['train {no-model.yaml}', 'model: {gone}: no such folder; give a model'],
  ['train {folder-model.yaml}', 'model: {folder}: no config.json there; give a model'],
  ['train {output.yaml}', 'output: {text.txt/run}: {text.txt} is no folder; choose another folder'],
  ['check {output.yaml}', 'output: {text.txt/run}: {text.txt} is no folder; choose another folder'],
  ['demo --output {clip.mp4}', '--output: {clip.mp4}: {clip.mp4} is no folder'],
  ['eval {gone} {data.jsonl}', '{gone}: no such folder; give a model'],
  ['eval {folder} {folder}', 'folder: not a file but a folder. Fix: give the path'],
  ['eval {folder} {empty.jsonl}', 'empty.jsonl: the file is empty'],
  [
    'eval {folder} {data.jsonl} --answers {folder}',
    '--answers {folder}: cannot be written',
    'give the path of a file',
  ],
  [
    'generate {folder} {gone.mp4} --question q',
    '<clip>: got ',
    'gone.mp4 cannot be read: no such file. Fix: ',
  ],
  [
    'generate {folder} {gone.wav} --question q',
    '<clip>: got ',
    'gone.wav cannot be read: no such file. Fix: ',
  ],
  ['generate {folder} {folder} --question q', '<clip>: got ', 'not a file but a folder'],
  ['generate {folder} {clip.mp4} --question q --option x', '--option: got ["x"], expected', 'Fix: '],
  ['generate {folder} {clip.mp4} --question q --option x x', '--option: got ["x","x"], expected', 'Fix: '],
  ['generate {folder} {clip.mp4} --question=', '--question: got "", expected', 'Fix: '],
  ['generate {folder} {clip.mp4} --question q --audio {gone.wav}', '--audio: got ', 'no such file. Fix: '],
  [
    'generate {folder} {sound.wav} --question q --audio {sound.wav}',
    '--audio {sound.wav}: <clip> {sound.wav} is sound',
  ],
  ['generate {folder} {clip.mp4} --question q --top-p 0', 'expected a number above 0, at most 1'],
  ['report {gone}', '{gone}: no such folder; give the output folder'],
  ['report {text.txt}', '{text.txt}: no such folder; give the output folder'],
  ['report {folder}', '{folder}: no run to report', 'give the output folder'],
  [
    'report {folder} --data {gone}',
    '--data {gone}: no such file or folder; give files of samples, or folders',
  ],
  ['build now', "too many arguments for 'build'"],
];

const filled = (text: string) => text.replaceAll(/\{(.*?)\}/g, (_, name) => at(name));

test.each(lines)('%s', async (line, ...problems) => {
  const { code, stderr, stdout } = await earsight(...line.split(' ').map(filled));
  for (const problem of problems) expect(stderr).toContain(filled(problem));
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

test('a file of answers keeps what it holds until there are others', async () => {
  const answers = written('answers.jsonl', 'of before');
  await earsight('eval', at('folder'), at('data.jsonl'), '--answers', answers);
  expect(readFileSync(answers, 'utf8')).toBe('of before');
});
