// Which samples are trained on, by grades and categories in hand-made rows.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples, type Sample, type SelectionRules, selectSamples } from '../../lib/data/index.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-selection-'));
const file = join(folder, 'train.jsonl');
afterAll(() => rmSync(folder, { recursive: true }));

/** The rules of the paper for the first stage, and for the second. */
const published: SelectionRules = {
  filter: { answerAccuracy: 10, questionLogic: 8, composite: 7, shouldFilter: false },
  balance: { dropCategories: ['none'], minCategorySize: 10, maxCategoryRatio: 3 },
};
const bothTracks: SelectionRules = { filter: { videoDependency: 7, audioDependency: 7 } };

const good = {
  answerAccuracy: 10,
  questionLogic: 9,
  composite: 8,
  videoDependency: 8,
  audioDependency: 8,
  shouldFilter: false,
};
const sample = (id: string, metadata?: Record<string, unknown>): Sample => ({
  id,
  question: 'what?',
  metadata,
});
const ids = (samples: readonly Sample[]) => samples.map(({ id }) => id);

describe('filter', () => {
  test('keeps samples whose grades are at least what it says, and counts each other one by its first rule', () => {
    const samples = [
      sample('good', good),
      sample('edge', { ...good, questionLogic: 8, composite: 7 }),
      sample('nearly right', { ...good, answerAccuracy: 9.5 }),
      sample('illogical', { ...good, questionLogic: 7.9 }),
      sample('illogical and weak', { ...good, questionLogic: 0, composite: 0 }),
      sample('weak', { ...good, composite: 6 }),
      sample('flagged', { ...good, shouldFilter: true }),
      sample('also good', { ...good, videoDependency: 0, audioDependency: 0 }),
    ];
    const { kept, leftOut } = selectSamples(samples, { filter: published.filter }, file);
    expect(ids(kept)).toEqual(['good', 'edge', 'also good']);
    expect(leftOut).toEqual([
      { by: 'filter', why: 'with answerAccuracy below 10', count: 1 },
      { by: 'filter', why: 'with questionLogic below 8', count: 2 },
      { by: 'filter', why: 'with composite below 7', count: 1 },
      { by: 'filter', why: 'with shouldFilter', count: 1 },
    ]);
  });

  test('by the need of both tracks', () => {
    const samples = [
      sample('both', { videoDependency: 7, audioDependency: 7 }),
      sample('sound', { videoDependency: 6, audioDependency: 10 }),
      sample('pictures', { videoDependency: 10, audioDependency: 6 }),
    ];
    const { kept, leftOut } = selectSamples(samples, bothTracks, file);
    expect(ids(kept)).toEqual(['both']);
    expect(leftOut.map(({ why, count }) => [why, count])).toEqual([
      ['with videoDependency below 7', 1],
      ['with audioDependency below 7', 1],
    ]);
  });

  test.each<[string, Record<string, unknown> | undefined, string]>([
    [
      'without metadata',
      undefined,
      '"metadata.answerAccuracy": sample \'odd\': got nothing, expected a number from 0 to 10',
    ],
    // The rule before leaves it out.
    [
      'without a field',
      { ...good, answerAccuracy: 0, composite: undefined },
      '"metadata.composite": sample \'odd\': got nothing',
    ],
    ['with a text', { ...good, composite: '8' }, '"metadata.composite": sample \'odd\': got "8"'],
    [
      'with a grade from 0 to 100',
      { ...good, composite: 80 },
      '"metadata.composite": sample \'odd\': got 80',
    ],
    [
      'without a flag',
      { ...good, shouldFilter: undefined },
      '"metadata.shouldFilter": sample \'odd\': got nothing, expected true or false',
    ],
  ])('a sample %s is named, and neither kept nor left out', (_, metadata, message) => {
    const samples = [sample('good', good), sample('odd', metadata)];
    expect(() => selectSamples(samples, { filter: published.filter }, file)).toThrow(`${file}: ${message}`);
  });

  test('no rule looks at no field', () => {
    const samples = [sample('a'), sample('b', { composite: 'x' })];
    expect(selectSamples(samples, { filter: {}, balance: {} }, file)).toEqual({ kept: samples, leftOut: [] });
  });
});

describe('balance', () => {
  const of = (category: string, count: number, grades: object = good): Sample[] =>
    Array.from({ length: count }, (_, i) => sample(`${category}-${i}`, { ...grades, category }));

  test('drops categories by name in any case, and those with too few samples', () => {
    const samples = [...of('none', 12), ...of('None', 12), ...of('counting', 10), ...of('order', 9)];
    const { kept, leftOut } = selectSamples(
      samples,
      { balance: { dropCategories: ['NONE'], minCategorySize: 10 } },
      file,
    );
    expect(ids(kept)).toEqual(ids(of('counting', 10)));
    expect(leftOut.map(({ why, count }) => [why, count])).toEqual([
      ['of the categories NONE', 24],
      ['of categories with fewer than 10', 9],
    ]);
  });

  test('the largest keeps three times the second: first those that need both tracks fully, then the best, in the order of the file', () => {
    const grades: [string, number, number, number][] = [
      ['a', 9, 10, 9],
      ['b', 10, 10, 1],
      ['c', 8, 10, 5],
      ['d', 8, 10, 5],
      ['e', 10, 9, 9.5],
      ['f', 8, 10, 5],
      ['g', 10, 10, 0],
      ['h', 0, 0, 10],
    ];
    const large = grades.map(([id, videoDependency, audioDependency, composite]) =>
      sample(id, { category: 'large', videoDependency, audioDependency, composite }),
    );
    const second = ['x', 'y'].map((id) => sample(id, { category: 'second' }));
    const samples = [
      ...large.slice(0, 3),
      second[0],
      ...large.slice(3),
      second[1],
      sample('z', { category: 'third' }),
    ];
    const { kept, leftOut } = selectSamples(samples, { balance: { maxCategoryRatio: 3 } }, file);
    // b and g, then h (10), e (9.5), a (9), and of c, d and f (5 each) the first.
    expect(ids(kept)).toEqual(['a', 'b', 'c', 'x', 'e', 'g', 'h', 'y', 'z']);
    expect(leftOut).toEqual([{ by: 'balance', why: 'of large, which keeps 6', count: 2 }]);
    const fewer = selectSamples(samples, { balance: { maxCategoryRatio: 1 } }, file);
    expect(ids(fewer.kept)).toEqual(['b', 'x', 'g', 'y', 'z']);
    const fraction = selectSamples(samples, { balance: { maxCategoryRatio: 1.75 } }, file);
    expect(ids(fraction.kept)).toEqual(['b', 'x', 'g', 'h', 'y', 'z']);
  });

  test('of those that need both tracks fully, the best come first too', () => {
    const full = [1, 3, 2].map((composite) =>
      sample(`full-${composite}`, { category: 'a', videoDependency: 10, audioDependency: 10, composite }),
    );
    const { kept } = selectSamples([...full, ...of('b', 2)], { balance: { maxCategoryRatio: 1 } }, file);
    expect(ids(kept)).toEqual(['full-3', 'full-2', 'b-0', 'b-1']);
  });

  test('looks at grades only where the largest category is too large, and there at each', () => {
    const plain = [...of('a', 6, {}), ...of('b', 2, {})];
    expect(ids(selectSamples(plain, { balance: { maxCategoryRatio: 3 } }, file).kept)).toEqual(ids(plain));
    expect(ids(selectSamples(of('a', 6, {}), { balance: { maxCategoryRatio: 1 } }, file).kept)).toHaveLength(
      6,
    );
    expect(() => selectSamples(plain, { balance: { maxCategoryRatio: 2 } }, file)).toThrow(
      /"metadata\.videoDependency": sample 'a-0': .*which balance\.maxCategoryRatio looks at/,
    );
  });

  test.each([undefined, '', 3])('a sample with the category %p is named', (category) => {
    const samples = [...of('a', 2), sample('odd', { category })];
    expect(() => selectSamples(samples, { balance: { minCategorySize: 2 } }, file)).toThrow(
      `${file}: "metadata.category": sample 'odd': `,
    );
  });
});

test("the paper's rules on rows as its tools write them", () => {
  const row = (id: string, category: string | null, scores: object = {}, shouldFilter = false) => ({
    id,
    messages: [{ role: 'user', content: 'What is heard?' }],
    solution: '<answer>a bell</answer>',
    quality_evaluation: {
      scores: {
        video_dependency_score: 8,
        audio_dependency_score: 8,
        question_logic_score: 8,
        answer_accuracy_score: 10,
        composite_score: 7.5,
        ...scores,
      },
      should_filter: shouldFilter,
    },
    question_classification: { category_name: category },
  });
  const many = (count: number, name: string) =>
    Array.from({ length: count }, (_, i) => row(`${name}-${i}`, name));
  const rows = [
    ...many(40, 'sound'),
    ...many(11, 'order'),
    ...many(9, 'rare'),
    row('none', 'None'),
    row('null', null),
    row('wrong', 'order', { answer_accuracy_score: 9 }),
    row('illogical', 'order', { question_logic_score: 7 }),
    row('weak', 'order', { composite_score: 6.9 }),
    row('flagged', 'order', {}, true),
    row('first', 'sound', { video_dependency_score: 10, audio_dependency_score: 10, composite_score: 7 }),
    row('deaf', 'order', { audio_dependency_score: 6 }),
  ];
  writeFileSync(file, rows.map((it) => JSON.stringify(it)).join('\n'));
  const samples = readSamples(file);
  const { kept, leftOut } = selectSamples(samples, published, file);
  // 12 of 'order', so 36 of 'sound'.
  const expected = [...ids(samples).slice(0, 35), ...ids(samples).slice(40, 51), 'first', 'deaf'];
  expect(ids(kept)).toEqual(expected);
  expect(leftOut.map(({ why, count }) => [why, count])).toEqual([
    ['with answerAccuracy below 10', 1],
    ['with questionLogic below 8', 1],
    ['with composite below 7', 1],
    ['with shouldFilter', 1],
    ['of the categories none', 2],
    ['of categories with fewer than 10', 9],
    ['of sound, which keeps 36', 5],
  ]);
  expect(ids(selectSamples(kept, bothTracks, file).kept)).toEqual(expected.slice(0, -1));
  // What the row says stays.
  expect(samples[0].metadata).toMatchObject({ question_classification: { category_name: 'sound' } });
});
