import type { Sample } from '../../lib/data/index.js';
import {
  type Answered,
  type AnsweringModel,
  accuracyTable,
  evaluate,
  formatAccuracy,
} from '../../lib/eval/index.js';

const written = (letter: string) =>
  `<time>0.0-1.0</time><caption>x</caption><thinking>y</thinking><answer>${letter}</answer>`;

const sample = (id: string, kind: string, options: number, answer = 0): Sample => {
  const texts = ['red square', 'blue circle', 'low tone'].slice(0, options);
  return { id, video: 'clip.mp4', question: 'Which?', options: texts, answer: texts[answer], kind };
};

function answered(
  kind: string,
  view: Answered['view'],
  correct: number,
  count: number,
  options = 3,
): Answered[] {
  return Array.from({ length: count }, (_, i) => ({
    sample: sample(`${kind}-${i}`, kind, options),
    view,
    completion: '',
    correct: i < correct,
    wellFormed: i !== 0,
  }));
}

describe('accuracy by kind and view', () => {
  const table = accuracyTable([
    ...answered('sight', 'av', 3, 4),
    ...answered('sight', 'a', 1, 4),
    ...answered('both', 'av', 1, 2, 2),
    ...answered('both', 'a', 0, 2, 2),
  ]);

  it('counts what was right', () => {
    const cell = (kind: string, view: string) =>
      table.find((entry) => entry.kind === kind && entry.view === view);
    expect(cell('sight', 'av')).toMatchObject({ count: 4, correct: 3, wellFormed: 3 });
    expect(cell('sight', 'a')).toMatchObject({ count: 4, correct: 1 });
    expect(cell('both', 'av')).toMatchObject({ count: 2, correct: 1 });
    expect(cell('all', 'av')).toMatchObject({ count: 6, correct: 4 });
    expect(cell('sight', 'v')).toBeUndefined();
  });

  it('takes chance as the mean of 1 / options', () => {
    const chance = (kind: string) => table.find((entry) => entry.kind === kind)?.chance;
    expect(chance('sight')).toBeCloseTo(1 / 3);
    expect(chance('both')).toBeCloseTo(1 / 2);
    expect(chance('all')).toBeCloseTo((4 / 3 + 1) / 6);
  });

  it('prints a line for each stage and kind, with the counts', () => {
    const lines = formatAccuracy([{ stage: 'after SFT', accuracy: table }]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0].split(/ {2,}/)).toEqual([
      'stage',
      'kind',
      'audio+video',
      'audio',
      'chance',
      'well-formed',
      'questions',
    ]);
    expect(lines[1].split(/ {2,}/)).toEqual([
      'after SFT',
      'sight',
      '75.0 %',
      '25.0 %',
      '33.3 %',
      '75.0 %',
      '4',
    ]);
    expect(lines[3].split(/ {2,}/)).toEqual([
      'after SFT',
      'all',
      '66.7 %',
      '16.7 %',
      '38.9 %',
      '66.7 %',
      '6',
    ]);
  });

  it('keeps samples of a kind named like another row apart from it', () => {
    const named = (kind: string | undefined, correct: number, count: number): Answered[] =>
      answered(kind ?? 'none', 'av', correct, count).map((entry) => ({
        ...entry,
        sample: { ...entry.sample, kind },
      }));
    const rows = (entries: Answered[]) =>
      accuracyTable(entries).map(({ kind, correct, count }) => [kind, correct, count]);
    const mixed = [...named('sight', 3, 4), ...named('all', 1, 2), ...named(undefined, 2, 3)];
    expect(rows(mixed)).toEqual([
      ['sight', 3, 4],
      ['"all"', 1, 2],
      ['no kind', 2, 3],
      ['all', 6, 9],
    ]);
    expect(rows([...named('no kind', 1, 1), ...named(undefined, 0, 1), ...named('"all"', 0, 2)])).toEqual([
      ['"no kind"', 1, 1],
      ['no kind', 0, 1],
      ['"\\"all\\""', 0, 2],
      ['all', 1, 4],
    ]);
    expect(rows([...named('sight', 3, 4), ...named(undefined, 2, 3)])).toEqual([
      ['sight', 3, 4],
      ['no kind', 2, 3],
      ['all', 5, 7],
    ]);
    expect(rows(named(undefined, 2, 3))).toEqual([['all', 2, 3]]);
    expect(rows(named('all', 2, 3))).toEqual([['"all"', 2, 3]]);
    // A line each: the printed table has no kind twice.
    const lines = formatAccuracy([{ stage: 's', accuracy: accuracyTable(mixed) }]).split('\n');
    expect(lines.slice(1).map((line) => line.split(/ {2,}/).slice(1, 3))).toEqual([
      ['sight', '75.0 %'],
      ['"all"', '50.0 %'],
      ['no kind', '66.7 %'],
      ['all', '66.7 %'],
    ]);
  });

  it('has no line for all kinds where there is one', () => {
    expect(new Set(accuracyTable(answered('sight', 'av', 1, 2)).map(({ kind }) => kind))).toEqual(
      new Set(['sight']),
    );
  });
});

describe('evaluating', () => {
  /** Says A to every question with pictures, something malformed without. */
  function scripted() {
    const calls: { ids: string[]; view: string; temperature: number }[] = [];
    const generateBatch: AnsweringModel['generateBatch'] = async (samples, { view = 'av', temperature }) => {
      calls.push({ ids: samples.map(({ id }) => id), view, temperature });
      const text = view === 'av' || view === 'v' ? written('A') : 'A';
      return samples.map(() => [{ text, ids: [], logprobs: [], finishReason: 'stop' as const }]);
    };
    return { model: { generateBatch }, calls };
  }
  const samples = [sample('1', 'sight', 3, 0), sample('2', 'sight', 3, 1), sample('3', 'both', 2, 0)];

  it('asks every sample in every view, greedily, in batches', async () => {
    const { model, calls } = scripted();
    const progress: number[] = [];
    await evaluate(model, samples, {
      maxNewTokens: 8,
      batchSize: 2,
      onProgress: (done) => progress.push(done),
    });
    expect(calls.map(({ view, ids }) => `${view} ${ids}`)).toEqual([
      'av 1,2',
      'av 3',
      'v 1,2',
      'v 3',
      'a 1,2',
      'a 3',
      'none 1,2',
      'none 3',
    ]);
    expect(calls.every(({ temperature }) => temperature === 0)).toBe(true);
    expect(progress).toEqual([2, 3, 5, 6, 8, 9, 11, 12]);
  });

  it('asks a sample without a clip once, and gives it a column that is no view', async () => {
    const { model, calls } = scripted();
    const text = (id: string) => ({ ...sample(id, 'sum', 2), video: undefined });
    const progress: string[] = [];
    const mixed = await evaluate(model, [samples[0], text('t1'), text('t2')], {
      maxNewTokens: 8,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(calls.map(({ view, ids }) => `${view} ${ids}`)).toEqual(['av 1,t1,t2', 'v 1', 'a 1', 'none 1']);
    expect(progress.at(-1)).toBe('6/6');
    const sums = accuracyTable(mixed).filter(({ kind }) => kind === 'sum');
    expect(sums).toEqual([expect.objectContaining({ view: 'av', count: 2, textOnly: 2, correct: 2 })]);
    const alone = accuracyTable(await evaluate(model, [text('t1')], { maxNewTokens: 8 }));
    expect(formatAccuracy([{ stage: 'start', accuracy: alone }]).split('\n')[0]).toMatch(
      /^stage +kind +accuracy +chance/,
    );
  });

  it('scores the answers', async () => {
    const { model } = scripted();
    const result = await evaluate(model, samples, { views: ['v', 'none'], maxNewTokens: 8 });
    const seen = result.filter(({ view }) => view === 'v');
    expect(seen.map(({ correct }) => correct)).toEqual([true, false, true]);
    expect(seen.every(({ wellFormed }) => wellFormed)).toBe(true);
    const textOnly = result.filter(({ view }) => view === 'none');
    expect(textOnly.every(({ wellFormed, correct }) => !wellFormed && !correct)).toBe(true);
  });

  it('refuses a sample without an answer', async () => {
    const { model } = scripted();
    const open = { ...samples[0], id: 'open', answer: undefined };
    await expect(evaluate(model, [open], { maxNewTokens: 8 })).rejects.toThrow('sample open');
  });
});
