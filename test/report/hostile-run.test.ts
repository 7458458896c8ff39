/** A run's folder may have been edited or come from elsewhere: what the report embeds, and what it takes for a number. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { writeReport } from '../../lib/report/index.js';
import type { ClipView } from '../../lib/report/view.js';
import { FileError } from '../../lib/runtime/index.js';
import { completion, dataOf, jsonLines, writeMetrics } from './browser/runs.js';

let place: string;
let run: string;
let data: string;
let elsewhere: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'earsight-report-')));
  [run, data, elsewhere] = ['run', 'data', 'elsewhere'].map((name) => join(place, name));
  for (const folder of [run, data, elsewhere]) mkdirSync(folder);
  for (const folder of [run, data, elsewhere]) writeFileSync(join(folder, 'clip.mp4'), `of ${folder}`);
});
afterEach(() => rmSync(place, { recursive: true }));

const accuracy = (cell: object) => [
  {
    stage: 'after sft',
    accuracy: [{ kind: 'all', view: 'av', count: 4, correct: 2, wellFormed: 1, chance: 0.5, ...cell }],
  },
];
const clip = (sample: object) => [{ sample: { id: 's', question: 'q', ...sample }, answers: [] }];

function report(files: Record<string, unknown>, mediaFolders?: string[]): string {
  writeFileSync(join(run, 'accuracy.json'), JSON.stringify(accuracy({})));
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(run, name), typeof value === 'string' ? value : JSON.stringify(value));
  return readFileSync(writeReport(run, { mediaFolders }), 'utf8');
}

const embedded = (folder: string) =>
  `src="data:video/mp4;base64,${Buffer.from(`of ${folder}`).toString('base64')}"`;

describe('clips in the page', () => {
  const videoPage = (video: string, mediaFolders?: string[]) =>
    report({ 'clips.json': clip({ video }) }, mediaFolders);

  test('those of the run, and of the data where it is named', () => {
    expect(videoPage(join(run, 'clip.mp4'))).toContain(embedded(run));
    expect(videoPage(join(data, 'clip.mp4'))).not.toContain('src=');
    expect(videoPage(join(data, 'clip.mp4'), [data])).toContain(embedded(data));
  });

  test.each([
    ['a file elsewhere', () => join(elsewhere, 'clip.mp4')],
    ['a path that climbs out', () => `${run}/../elsewhere/clip.mp4`],
    ['a relative path', () => relative(process.cwd(), join(elsewhere, 'clip.mp4'))],
    ['a folder whose name begins like that of the run', () => `${run}-2/clip.mp4`],
    [
      'a link in the run to a file elsewhere',
      () => {
        symlinkSync(join(elsewhere, 'clip.mp4'), join(run, 'link.mp4'));
        return join(run, 'link.mp4');
      },
    ],
    [
      'a file below a linked folder',
      () => {
        symlinkSync(elsewhere, join(run, 'linked'));
        return join(run, 'linked', 'clip.mp4');
      },
    ],
  ])('not embedded: %s', (_, path) => {
    mkdirSync(`${run}-2`);
    writeFileSync(`${run}-2/clip.mp4`, 'of another run');
    const html = videoPage(path(), [data]);
    expect(html).not.toContain('src=');
    expect(html).toContain('clip.mp4'.slice(-4));
    expect(html).toContain('outside the folders of the run and of its data');
  });

  test('what is no regular file, or ends otherwise', () => {
    mkdirSync(join(run, 'folder.mp4'));
    writeFileSync(join(run, 'key.pem'), 'secret');
    expect(videoPage(join(run, 'folder.mp4'))).toContain('not embedded: not a file but a folder');
    expect(videoPage(join(run, 'key.pem'))).toContain('not shown: no mp4, webm, wav or mp3');
    expect(videoPage('a\0b.mp4')).toContain('no longer there');
    writeFileSync(join(run, 'large.mp4'), Buffer.alloc(2 ** 20 + 1));
    expect(videoPage(join(run, 'large.mp4'))).toContain('1048577 bytes');
  });

  test('a name is text', () => {
    expect(videoPage('<b onclick=x>.mp4')).toContain('&lt;b onclick=x&gt;.mp4');
  });
});

describe('clips of rollouts', () => {
  function shown(dataFile: string, video: string): ClipView | null {
    writeMetrics(run, 'grpo', [{ step: 1 }]);
    writeFileSync(join(run, 'grpo', 'completions.jsonl'), jsonLines([completion({ sample: 's' })]));
    writeFileSync(dataFile, jsonLines([{ id: 's', video, question: 'q', answer: 'a' }]));
    const html = readFileSync(writeReport(run, { dataFiles: [dataFile] }), 'utf8');
    return dataOf(html).runs[0].stages[0].rollouts?.embedded[0].samples.s.clip ?? null;
  }

  test('lie below the run or below the file of their sample', () => {
    const clips = [
      shown(join(data, 'samples.jsonl'), 'clip.mp4'),
      shown(join(data, 'samples.jsonl'), join(run, 'clip.mp4')),
    ];
    for (const clip of clips) expect(clip).toMatchObject({ name: 'clip.mp4', source: 'clip-0', note: '' });
  });

  test('elsewhere are named only', () => {
    const expected = { source: null, note: 'not shown: outside the folders of the run and of its data' };
    expect(shown(join(data, 'samples.jsonl'), join(elsewhere, 'clip.mp4'))).toMatchObject(expected);
    symlinkSync(join(elsewhere, 'clip.mp4'), join(data, 'link.mp4'));
    expect(shown(join(data, 'samples.jsonl'), 'link.mp4')).toMatchObject(expected);
  });
});

describe('what belongs elsewhere is refused by file and field', () => {
  const markup = '<img src=x onerror=alert(1)>';
  const record = {
    started: '2026-03-04T05:06:07Z',
    versions: {},
    instructionSet: 'avx2',
    threads: 2,
    settings: {},
  };
  test.each([
    ['accuracy.json', accuracy({ correct: markup }), '0.accuracy.0.correct: '],
    ['accuracy.json', accuracy({ count: '4' }), '0.accuracy.0.count: '],
    ['accuracy.json', accuracy({ view: markup }), '0.accuracy.0.view: '],
    ['accuracy.json', accuracy({ chance: [] }), '0.accuracy.0.chance: '],
    ['accuracy.json', accuracy({ chance: 1.5 }), '0.accuracy.0.chance: '],
    ['accuracy.json', accuracy({ correct: 5 }), '0.accuracy.0.correct: Too big: expected at most count'],
    ['accuracy.json', accuracy({ wellFormed: 5 }), '0.accuracy.0.wellFormed: '],
    ['accuracy.json', { stage: 1 }, '(root): '],
    ['clips.json', clip({ question: { toString: 1 } }), '0.sample.question: '],
    ['clips.json', clip({ options: [1] }), '0.sample.options.0: '],
    ['clips.json', Array(1e5).fill(1), '(got 1); and 99992 more'],
    [
      'metrics.jsonl',
      '{"step":"<img>","loss":1}\n',
      'not a line of metrics: step: expected a number, got "<img>"',
    ],
    ['run.json', [{ started: markup }], '0.started: '],
    ['run.json', [{ ...record, versions: { node: 1 } }], '0.versions.node: '],
    ['run.json', [{ ...record, threads: markup }], '0.threads: '],
    ['run.json', [{ ...record, settings: [] }], '0.settings: '],
    ['metrics.jsonl', 'null\n', 'not a line of metrics: step: expected a number, got nothing'],
    ['metrics.jsonl', `${'['.repeat(1e5)}${']'.repeat(1e5)}\n`, 'not a line of metrics: nested deeper'],
  ])('%s %#', (name, value, problem) => {
    let error: unknown;
    try {
      report({ [name]: value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain(join(run, name));
    expect((error as Error).message).toContain(problem);
    expect(existsSync(join(run, 'report.html'))).toBe(false);
  });

  test('a string in place of a metric is no point, and markup in names is text', () => {
    const lines = [
      { step: 1, loss: markup, 'rewards/<img>/mean': 1 },
      { step: 2, loss: { a: 1 }, 'rewards/<img>/mean': 2 },
    ];
    const html = report({
      'metrics.jsonl': lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      'accuracy.json': accuracy({ kind: markup }),
      'run.json': [
        {
          ...record,
          versions: { [markup]: markup },
          instructionSet: markup,
          settings: { [markup]: { [markup]: [markup] }, seed: markup },
        },
      ],
      'clips.json': clip({ id: markup, question: markup, options: [markup, 'b'], answer: markup }),
    });
    expect(html).not.toMatch(/<img/);
    const data = JSON.parse(
      html.match(/<script type="application\/json" id="data">(.*?)<\/script>/)?.[1] ?? '',
    );
    expect(data.runs[0].stages[0].metrics).toEqual({
      'rewards/<img>/mean': { steps: [1, 2], values: [1, 2], every: 1 },
    });
  });
});

test('a link that stands where the report is to be written is replaced, not followed', () => {
  const target = join(elsewhere, 'precious');
  writeFileSync(target, 'precious');
  symlinkSync(target, join(run, 'report.html'));
  expect(report({})).toContain('<!doctype html>');
  expect(readFileSync(target, 'utf8')).toBe('precious');
});
