/**
 * Which samples to train on, by grades and categories that their `metadata` has: the rules of OmniVideo-R1 (arXiv
 * 2602.05847). No sample is kept or left out for a field that it does not have: that is an error.
 */
import { shown } from '../runtime/index.js';
import { checkOptions, kinds, listOf, type OptionKind } from '../tensor/index.js';
import { DataError } from './errors.js';
import type { Sample } from './sample.js';

/** The least grade, 0 to 10, of samples that are kept. */
export interface SampleFilter {
  answerAccuracy?: number;
  questionLogic?: number;
  composite?: number;
  /** How far the question needs the pictures. */
  videoDependency?: number;
  /** How far it needs the sound. */
  audioDependency?: number;
  /** `false`: samples whose `shouldFilter` is true are left out. */
  shouldFilter?: false;
}

export interface SampleBalance {
  /** Their samples are left out, whatever their case. */
  dropCategories?: readonly string[];
  /** Categories with fewer samples are left out. */
  minCategorySize?: number;
  /**
   * The largest category keeps at most as many times the samples of the second largest, at least 1: first those with both
   * dependencies 10, then those with the highest `composite`, in the order of the file where these are equal.
   */
  maxCategoryRatio?: number;
}

export interface SelectionRules {
  filter?: SampleFilter;
  balance?: SampleBalance;
}

export interface Selection {
  /** In their order. */
  kept: Sample[];
  /** Why others are not, and how many. A sample is counted by the first rule that leaves it out. */
  leftOut: { by: keyof SelectionRules; why: string; count: number }[];
}

const highest = 10;
const isGrade = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= highest;
const grade: OptionKind = { expected: `a number from 0 to ${highest}`, type: 'number', fits: isGrade };
const graded = [
  'answerAccuracy',
  'questionLogic',
  'composite',
  'videoDependency',
  'audioDependency',
] as const;
type Grade = (typeof graded)[number];

const filterKinds: Record<keyof SampleFilter, OptionKind> = {
  ...(Object.fromEntries(graded.map((name) => [name, grade])) as Record<Grade, OptionKind>),
  shouldFilter: { expected: 'false', type: 'boolean', fits: (value) => value === false },
};

const balanceKinds: Record<keyof SampleBalance, OptionKind> = {
  dropCategories: listOf(kinds.string),
  minCategorySize: kinds.countFrom1,
  maxCategoryRatio: {
    expected: 'a number >= 1',
    type: 'number',
    fits: (value) => typeof value === 'number' && value >= 1 && value < Infinity,
  },
};

/**
 * Filters samples, then balances what is left.
 * @param file that they are of, for messages
 * @throws DataError for a sample without a field that a rule looks at
 */
export function selectSamples(samples: readonly Sample[], rules: SelectionRules, file: string): Selection {
  checkOptions('selectSamples', rules, { filter: kinds.object, balance: kinds.object });
  const { filter = {}, balance = {} } = rules;
  checkOptions('selectSamples: filter', filter, filterKinds);
  checkOptions('selectSamples: balance', balance, balanceKinds);
  const taken = new Taken(samples, file);
  keepGraded(taken, filter);
  keepBalanced(taken, balance);
  return { kept: taken.samples, leftOut: taken.leftOut };
}

/** The samples that no rule has left out. */
class Taken {
  samples: Sample[];
  readonly leftOut: Selection['leftOut'] = [];
  readonly #file: string;

  constructor(samples: readonly Sample[], file: string) {
    this.samples = [...samples];
    this.#file = file;
  }

  leave(by: keyof SelectionRules, why: string, isOut: (sample: Sample) => boolean): void {
    const kept = this.samples.filter((sample) => !isOut(sample));
    const count = this.samples.length - kept.length;
    if (count > 0) this.leftOut.push({ by, why, count });
    this.samples = kept;
  }

  grade(sample: Sample, name: Grade, rule: string): number {
    return this.#field(sample, name, rule, grade.expected, isGrade);
  }

  shouldFilter(sample: Sample): boolean {
    const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
    return this.#field(sample, 'shouldFilter', 'filter.shouldFilter', 'true or false', isBoolean);
  }

  category(sample: Sample): string {
    const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
    return this.#field(sample, 'category', 'balance', 'the name of a category', isText);
  }

  #field<T>(
    { id, metadata }: Sample,
    name: string,
    rule: string,
    expected: string,
    fits: (value: unknown) => value is T,
  ): T {
    const value = metadata?.[name];
    if (fits(value)) return value;
    throw new DataError(
      { file: this.#file, field: `metadata.${name}` },
      `sample '${id}': got ${shown(value)}, expected ${expected}, which ${rule} looks at`,
      `give it to every sample, or leave out ${rule}`,
    );
  }
}

function keepGraded(taken: Taken, filter: SampleFilter): void {
  const least = graded.flatMap((name) => {
    const grade = filter[name];
    return grade === undefined ? [] : [{ name, grade, rule: `filter.${name}` }];
  });
  // Of all samples: one that a rule leaves out may lack what the next one looks at.
  for (const sample of taken.samples) {
    for (const { name, rule } of least) taken.grade(sample, name, rule);
    if (filter.shouldFilter === false) taken.shouldFilter(sample);
  }
  for (const { name, grade, rule } of least)
    taken.leave('filter', `with ${name} below ${grade}`, (sample) => taken.grade(sample, name, rule) < grade);
  if (filter.shouldFilter === false)
    taken.leave('filter', 'with shouldFilter', (sample) => taken.shouldFilter(sample));
}

function keepBalanced(
  taken: Taken,
  { dropCategories = [], minCategorySize = 1, maxCategoryRatio = Infinity }: SampleBalance,
): void {
  if (dropCategories.length === 0 && minCategorySize === 1 && maxCategoryRatio === Infinity) return;
  const dropped = new Set(dropCategories.map((name) => name.toLowerCase()));
  taken.leave('balance', `of the categories ${dropCategories.join(', ')}`, (sample) =>
    dropped.has(taken.category(sample).toLowerCase()),
  );
  const sizes = sizesOf(taken);
  taken.leave(
    'balance',
    `of categories with fewer than ${minCategorySize}`,
    (sample) => (sizes.get(taken.category(sample)) as number) < minCategorySize,
  );
  const [largest, second] = [...sizesOf(taken)].sort(([, a], [, b]) => b - a);
  if (second === undefined) return;
  const most = Math.floor(maxCategoryRatio * second[1]);
  if (largest[1] <= most) return;
  const ranked = taken.samples
    .filter((sample) => taken.category(sample) === largest[0])
    .map((sample) => ({ sample, rank: rankOf(taken, sample) }))
    .sort((a, b) => b.rank - a.rank);
  const beyond = new Set(ranked.slice(most).map(({ sample }) => sample));
  taken.leave('balance', `of ${largest[0]}, which keeps ${most}`, (sample) => beyond.has(sample));
}

function sizesOf(taken: Taken): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const sample of taken.samples) {
    const category = taken.category(sample);
    sizes.set(category, (sizes.get(category) ?? 0) + 1);
  }
  return sizes;
}

/** Any sample with both dependencies at the highest comes before all others. */
function rankOf(taken: Taken, sample: Sample): number {
  const rule = 'balance.maxCategoryRatio';
  const dependencies = (['videoDependency', 'audioDependency'] as const).map((name) =>
    taken.grade(sample, name, rule),
  );
  const isFirst = dependencies.every((value) => value === highest);
  return taken.grade(sample, 'composite', rule) + (isFirst ? highest + 1 : 0);
}
