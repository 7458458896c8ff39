/** What the report makes of paths, steps and pairs: which records belong together, and what it says of files that it cannot read. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { PathRecord } from '../../lib/data/index.js';
import { writeReport } from '../../lib/report/index.js';
import { pairs, paths, steps } from './browser/contrast.js';
import { dataOf, jsonLines, writePathFiles } from './browser/runs.js';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'earsight-paths-'));
});
afterEach(() => rmSync(run, { recursive: true }));

function report(dataFiles: string[] = []) {
  const html = readFileSync(writeReport(run, { dataFiles }), 'utf8');
  return { html, ...dataOf(html).runs[0] };
}

/** Without what selecting steps adds. */
const sampled = ({ divergence: _, selected: __, ...path }: PathRecord): PathRecord => path;

/** Older than what is written after it. */
function age(stage: string, name: string, seconds: number): void {
  utimesSync(join(run, stage, name), seconds, seconds);
}

test('steps, rollouts and pairs of several folders stand at the paths that they came of', () => {
  writePathFiles(run, 'sample-paths', { paths: paths.map(sampled) });
  writePathFiles(run, 'select-steps', { selected: paths.slice(0, 3) });
  age('sample-paths', 'paths.jsonl', 1000);
  writePathFiles(run, 'rollout-steps', { steps });
  writePathFiles(run, 'build-pairs', { pairs });
  const { paths: sources } = report();
  // The paths whose steps were selected are all in the other file.
  expect(sources.map(({ stage }) => stage)).toEqual(['sample-paths']);
  const [{ samples, written, embedded }] = sources;
  expect(written).toBe(2);
  expect(samples).toEqual([
    { sample: 'tone', question: '', paths: 3, right: 1, expanded: 3, pairs: 2 },
    { sample: 'clip', question: '', paths: 1, right: 1, expanded: 0, pairs: 0 },
  ]);
  const [right, wrong, other] = embedded[0].paths;
  expect(wrong.steps.map(({ text, divergence, rank }) => [text, divergence, rank])).toEqual([
    ['A red square moves left.', 0.15, null],
    ['A low tone is heard.', 0.6, 1],
    ['<answer>A</answer>', 0.3, 2],
  ]);
  const [none, rolledOut, same] = wrong.steps.map(({ expansion }) => expansion);
  expect(none).toBeNull();
  expect(rolledOut).toMatchObject({
    alternative: 'A high tone is heard.',
    own: { correct: steps[0].correct, continuations: steps[0].continuations },
    other: { correct: steps[0].alternativeCorrect },
    pair: { chosen: 'alternative', pChosen: 5 / 6, pRejected: 1 / 6, alpha: 0.9350304 },
  });
  expect(same).toMatchObject({ alternative: null, pair: null });
  // A step without a pair.
  expect(other.steps[0].expansion).toMatchObject({ alternative: 'A red square moves left.', pair: null });
  expect(right.steps.map(({ expansion }) => expansion)).toEqual([null, null, null]);
  expect(right.pairs).toEqual([{ isChosen: true, other: 1, alpha: 1 }]);
  expect(wrong.pairs).toEqual([{ isChosen: false, other: 0, alpha: 1 }]);
  expect(other.pairs).toEqual([]);
});

test('a step that paths have in common has its rollouts at each, and another prefix is another step', () => {
  const [, path] = paths;
  const changed = { ...path, seed: 20, path: [path.path[0].replace('red', 'blue'), ...path.path.slice(1)] };
  writePathFiles(run, 'all', { paths: [path, { ...path, seed: 21 }, changed], steps, pairs });
  const [{ embedded }] = report().paths;
  const expanded = embedded[0].paths.map((it) => it.steps.map(({ expansion }) => expansion !== null));
  expect(expanded).toEqual([
    [false, true, true],
    [false, true, true],
    [false, false, false],
  ]);
});

test('rounds that sampled other paths are sources of their own, the oldest first', () => {
  writePathFiles(run, 'b-first', { paths });
  age('b-first', 'paths.jsonl', 1000);
  writePathFiles(run, 'a-second', { paths: paths.map((path) => ({ ...path, seed: path.seed + 100 })) });
  expect(report().paths.map(({ stage }) => stage)).toEqual(['b-first', 'a-second']);
});

test('rounds have their own rollouts, divergences and pairs, where their paths are the same too', () => {
  const second = {
    paths: paths.map(({ divergence, ...path }) => ({
      ...path,
      ...(divergence && { divergence: divergence.map((d) => d + 1) }),
    })),
    steps: [{ ...steps[0], correct: [true, true], continuations: ['\nlater', '\nlater'] }],
    pairs: pairs.map((pair) => ({ ...pair, ...(pair.kind === 'step' && { pRejected: 0.5, alpha: 0.7 }) })),
  };
  // By their names the second round stands before the first.
  const rounds = { 'b-first': { paths, steps, pairs }, 'a-second': second };
  for (const [r, [name, records]] of Object.entries(rounds).entries()) {
    writePathFiles(run, `${name}-paths`, { paths: records.paths.map(sampled) });
    writePathFiles(run, `${name}-selected`, { selected: records.paths });
    writePathFiles(run, `${name}-steps`, { steps: records.steps });
    writePathFiles(run, `${name}-pairs`, { pairs: records.pairs });
    for (const [i, file] of ['paths', 'selected', 'steps', 'pairs'].entries())
      age(`${name}-${file}`, `${file}.jsonl`, 1000 + 10 * r + i);
  }
  const shown = report().paths.map(({ stage, embedded }) => {
    const [, { steps: ofPath }] = embedded[0].paths;
    const { own, pair } = ofPath[1].expansion!;
    return [stage, ofPath[1].divergence, own.correct.length, pair?.alpha, ofPath[2].expansion === null];
  });
  expect(shown).toEqual([
    ['b-first-paths', 0.6, 6, 0.9350304, false],
    ['a-second-paths', 1.6, 2, 0.7, true],
  ]);
});

test('records belong to the paths that they are of, whenever their files were written', () => {
  const changed = paths.map((path) => ({
    ...path,
    path: [path.path[0].replace('red', 'blue'), ...path.path.slice(1)],
  }));
  writePathFiles(run, 'first', { paths, steps, pairs });
  writePathFiles(run, 'second', { paths: changed });
  for (const [file, seconds] of Object.entries({ paths: 1000, steps: 2000, pairs: 2000 }))
    age('first', `${file}.jsonl`, seconds);
  age('second', 'paths.jsonl', 1500);
  expect(report().paths.map(({ stage, samples }) => [stage, samples[0].expanded, samples[0].pairs])).toEqual([
    ['first', 3, 2],
    // Rollouts of a step that both have stand where the others stand.
    ['second', 0, 0],
  ]);
});

test('files of one folder are told apart where their paths differ', () => {
  writePathFiles(run, '.', { paths: paths.slice(1), selected: paths.slice(0, 2), steps });
  age('.', 'paths.jsonl', 1000);
  const [first, second] = report().paths.map(({ stage, written, samples }) => [
    stage,
    written,
    samples.length,
  ]);
  expect(first).toEqual([`${basename(run)}/paths.jsonl`, 2, 2]);
  expect(second).toEqual([`${basename(run)}/selected.jsonl`, 1, 1]);
});

test('a page has the samples with rollouts first, as many as there is room for, and says how many there are', () => {
  const long = 'x'.repeat(300_000);
  const many = Array.from({ length: 30 }, (_, i) => ({ ...paths[3], sampleId: `s${i}`, answer: long }));
  writePathFiles(run, 'all', { paths: [...many, ...paths], steps });
  const [{ samples, written, embedded }] = report().paths;
  expect(written).toBe(32);
  // 4 MiB of 300,000 characters each, and the expanded one.
  expect(samples).toHaveLength(14);
  expect(samples.map(({ sample }) => sample)).toEqual(embedded.map(({ sample }) => sample));
  expect(samples.at(-1)?.sample).toBe('tone');
  expect(samples[0].sample).toBe('s0');
});

test('what cannot be read is said with file and line, and the rest is shown', () => {
  writePathFiles(run, 'all', { paths, pairs });
  writeFileSync(join(run, 'all', 'steps.jsonl'), `${jsonLines(steps)}{"sampleId":7}\n`);
  const { html, paths: sources } = report();
  expect(html).toContain('contrastive rollouts are missing: ');
  expect(html).toContain(`${join(run, 'all', 'steps.jsonl')}:4`);
  expect(sources[0].samples[0]).toMatchObject({ paths: 3, expanded: 0, pairs: 2 });
  // A stage that found nothing.
  writeFileSync(join(run, 'all', 'steps.jsonl'), '');
  expect(report().html).not.toContain('rollouts are missing');
});

test('a line that is being written is none yet', () => {
  writePathFiles(run, 'all', { paths });
  const lines = jsonLines(steps);
  // Within the second record, which has three bytes of one letter, and after the letter's first.
  const torn = Buffer.concat([
    Buffer.from(lines),
    Buffer.from('{"sampleId":"tone","step":"\u2013').subarray(0, -2),
  ]);
  writeFileSync(join(run, 'all', 'steps.jsonl'), torn);
  const { html, paths: sources } = report();
  expect(html).not.toContain('rollouts are missing');
  expect(sources[0].samples[0]).toMatchObject({ expanded: 3 });
  // A whole record without a line end is one.
  writeFileSync(join(run, 'all', 'steps.jsonl'), lines.trimEnd());
  expect(report().paths[0].samples[0]).toMatchObject({ expanded: 3 });
  writeFileSync(join(run, 'all', 'steps.jsonl'), lines.slice(0, 10));
  expect(report().paths[0].samples[0]).toMatchObject({ expanded: 0 });
});

test('a run without paths has no such section, and a folder with nothing is none', () => {
  writePathFiles(run, 'grpo', {});
  expect(() => report()).toThrow(/no run to report: neither metrics.jsonl or paths.jsonl/);
  writeFileSync(join(run, 'grpo', 'metrics.jsonl'), jsonLines([{ step: 1, loss: 1 }]));
  expect(report().html).not.toContain('id="paths"');
});

test('the list of samples has their questions, and their clips stand beside the paths', () => {
  writePathFiles(run, 'all', { paths });
  const data = join(run, 'data.jsonl');
  writeFileSync(data, jsonLines([{ id: 'tone', audio: 'tone.wav', question: 'Which?', answer: 'B' }]));
  writeFileSync(join(run, 'tone.wav'), 'sound');
  const [{ samples, embedded }] = report([data]).paths;
  expect(samples.map(({ question }) => question)).toEqual(['Which?', '']);
  expect(embedded[0].about).toMatchObject({ question: 'Which?', clip: { name: 'tone.wav', note: '' } });
  expect(embedded[1].about).toBeNull();
});
