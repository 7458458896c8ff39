import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import type { Answered } from '../../lib/eval/index.js';
import { writeClips, writeReport } from '../../lib/report/index.js';
import { dataOf } from './browser/runs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earsight-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const completion = '<time>0.5-1.0</time><caption>x</caption><thinking>a & b</thinking><answer>B</answer>';

function answered(sample: Sample, correct: boolean, view: Answered['view'] = 'av'): Answered {
  return {
    sample,
    view,
    completion: correct ? completion : '<answer>A</answer>',
    correct,
    wellFormed: correct,
  };
}

function writeRun() {
  const video = join(folder, 'clip.mp4');
  writeFileSync(video, Buffer.from([1, 2, 3]));
  const sample: Sample = {
    id: 'test-1/0',
    kind: 'both',
    video,
    question: 'What was on screen when the "low tone" sounded?',
    options: ['red square', 'blue <circle>'],
    answer: 'blue <circle>',
  };
  mkdirSync(join(folder, 'sft'));
  mkdirSync(join(folder, 'grpo'));
  writeFileSync(
    join(folder, 'sft', 'metrics.jsonl'),
    '{"step":1,"loss":2.5}\n{"step":2,"skipped_samples":["s1"]}\n{"step":2,"loss":1.25,"eval_loss":1.5}\n',
  );
  writeFileSync(
    join(folder, 'grpo', 'metrics.jsonl'),
    '{"step":1,"reward":0.5,"rewards/answer/mean":0.25}\n',
  );
  utimesSync(join(folder, 'sft', 'metrics.jsonl'), 1000, 1000);
  const accuracy = [{ kind: 'both', view: 'av', count: 500, correct: 357, wellFormed: 490, chance: 0.5 }];
  writeFileSync(join(folder, 'accuracy.json'), JSON.stringify([{ stage: 'after sft', accuracy }]));
  writeClips(folder, [
    { name: 'before training', answered: [answered(sample, false), answered(sample, true, 'v')] },
    { name: 'after sft', answered: [answered(sample, true)] },
  ]);
}

test('a report shows accuracy with counts, the curves of each stage and clips with answers', () => {
  writeRun();
  const html = readFileSync(writeReport(folder), 'utf8');
  expect(html).toContain('71.4 %<small>357 of 500<br>67.3 to 75.2</small>');
  expect(html).toContain('98.0 %');
  const { runs } = dataOf(html);
  expect(runs[0].stages.map(({ name, metrics }) => [name, Object.keys(metrics)])).toEqual([
    ['sft', ['loss', 'eval_loss']],
    ['grpo', ['reward', 'rewards/answer/mean']],
  ]);
  expect(html).toContain('1 steps were skipped');
  expect(html).toContain('What was on screen when the &quot;low tone&quot; sounded?');
  expect(html).toContain('<li class="target">B. blue &lt;circle&gt;</li>');
  expect(html).toContain('<dt>before training: wrong</dt><dd>&lt;answer&gt;A&lt;/answer&gt;</dd>');
  expect(html).toContain('&lt;thinking&gt;a &amp; b&lt;/thinking&gt;');
  expect(html).toContain(`src="data:video/mp4;base64,${Buffer.from([1, 2, 3]).toString('base64')}"`);
});

test('a report refers to nothing outside, and its policy allows nothing else', () => {
  writeRun();
  const html = readFileSync(writeReport(folder), 'utf8');
  const marked = html.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/g, '');
  expect(marked).not.toMatch(/<iframe|@import|url\(|https?:/);
  for (const [, source] of marked.matchAll(/(?:src|href)="([^"]*)"/g)) expect(source).toMatch(/^data:/);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1].split('; ');
  expect(policy).toContain("default-src 'none'");
  expect(policy?.filter((rule) => /http|\*|unsafe|'self'/.test(rule))).toEqual([]);
});

test('a clip that is gone is named', () => {
  writeRun();
  rmSync(join(folder, 'clip.mp4'));
  expect(readFileSync(writeReport(folder), 'utf8')).toContain('clip.mp4 (no longer there)');
});

test('metrics of a single training lie in the folder itself', () => {
  writeFileSync(join(folder, 'metrics.jsonl'), '{"step":1,"loss":2.5}\n');
  expect(dataOf(readFileSync(writeReport(folder), 'utf8')).runs[0].stages[0].metrics).toEqual({
    loss: { steps: [1], values: [2.5], every: 1 },
  });
});

describe('the header', () => {
  const record = (more: object = {}) => ({
    started: '2026-03-04T05:06:07.891Z',
    versions: { earsight: '0.1.0', node: '22.11.0', libtorch: '2.13.0+cpu' },
    instructionSet: 'avx512_bf16',
    threads: 2,
    settings: {
      data: 'synthetic/train.jsonl',
      seed: 17,
      sft: { maxSteps: 900, optim: 'muon', nested: [1, { a: null }] },
      model: '<b>',
    },
    ...more,
  });
  /** Pairs of a definition list as text. */
  const facts = () => {
    const html = readFileSync(writeReport(folder), 'utf8');
    expect(html).not.toContain('<b>');
    return Object.fromEntries(
      Array.from(html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g), ([, name, text]) => [name, text]),
    );
  };

  test('says settings, seed, versions and date', () => {
    writeRun();
    writeFileSync(join(folder, 'run.json'), JSON.stringify([record()]));
    expect(facts()).toMatchObject({
      started: '2026-03-04 05:06 UTC',
      'report written': expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC, by earsight \d/),
      versions: 'earsight 0.1.0, node 22.11.0, libtorch 2.13.0+cpu',
      kernels: 'avx512_bf16, 2 threads',
      seed: '17',
      data: 'synthetic/train.jsonl',
      sft: 'maxSteps 900, optim muon, nested (1, (a null))',
      model: '&lt;b&gt;',
    });
  });

  test('says when a run was resumed, and what it went on with', () => {
    writeRun();
    const resumed = record({ started: '2026-03-05T01:00:00.000Z', settings: { seed: 18 } });
    writeFileSync(join(folder, 'run.json'), JSON.stringify([record(), resumed]));
    expect(facts()).toMatchObject({
      started: '2026-03-04 05:06 UTC',
      resumed: '2026-03-05 01:00 UTC',
      seed: '18',
    });
  });

  test('of a run that was killed before its first metrics is all there is', () => {
    writeFileSync(join(folder, 'run.json'), JSON.stringify([record()]));
    mkdirSync(join(folder, 'sft'));
    writeFileSync(join(folder, 'sft', 'metrics.jsonl'), '{"step":1,"lo');
    expect(facts()).toMatchObject({ seed: '17' });
    expect(dataOf(readFileSync(join(folder, 'report.html'), 'utf8')).runs[0].stages).toEqual([
      { name: 'sft', metrics: {}, rollouts: null },
    ]);
  });

  test('stages stand in the order in which they started, wherever their files were copied', () => {
    writeRun();
    utimesSync(join(folder, 'sft', 'metrics.jsonl'), 3e9, 3e9);
    for (const [stage, hour] of [
      ['sft', '06'],
      ['grpo', '07'],
    ])
      writeFileSync(
        join(folder, stage, 'run.json'),
        JSON.stringify([record({ started: `2026-03-04T${hour}:00:00.000Z`, settings: { [stage]: hour } })]),
      );
    const html = readFileSync(writeReport(folder), 'utf8');
    const order = ['<h3>sft</h3>', '<dt>sft</dt><dd>06</dd>', '<h3>grpo</h3>', '<dt>grpo</dt><dd>07</dd>'];
    const places = order.map((text) => html.indexOf(text));
    expect(places[0]).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

test('what is wider than a phone scrolls inside the page', () => {
  writeRun();
  const html = readFileSync(writeReport(folder), 'utf8');
  expect(html).toMatch(/<div class="wide"[^>]*>\s*<table>[\s\S]*<\/table>\s*<\/div>/);
  expect(html).toMatch(/\.wide ?\{[^}]*overflow-x: ?auto/);
});

test('a folder without a run is an error', () => {
  expect(() => writeReport(folder)).toThrow('no run to report');
  expect(() => writeReport(join(folder, 'nowhere'))).toThrow('no run to report');
});
