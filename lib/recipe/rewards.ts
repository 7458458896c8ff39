/** Rewards in recipes: names or modules with weights and options. A module is a file beside the recipe. */
import { z } from 'zod';
import { nearest } from '../data/index.js';
import { makeReward, type RewardFunc, rewardList } from '../rewards/index.js';
import { shown } from '../runtime/index.js';
import { withPaths } from './paths.js';
import { type Problem, problemAt, schemaProblems, top, valueAt } from './reading/problems.js';
import { loadReward } from './reading/reward-module.js';

/** A reward of a recipe; every other field is an option of the reward. */
export interface RewardEntry {
  /** One of the list, or ... */
  name?: string;
  /** ... a file. */
  module?: string;
  weight: number;
  [option: string]: unknown;
}

/** A stage's own `rewards`, as written; rewardListProblems looks inside. */
export const rewardsSchema = withPaths(
  z.array(z.unknown(), { error: 'expected a list of rewards' }),
  mapModules,
);

/** The field at the top of a recipe, as written: a list, or a map of weights. */
export const topRewardsSchema = withPaths(z.unknown(), mapModules);

/** With the paths of the modules in a list replaced: each is the `module` of an item, and nothing inside an item's options. */
function mapModules(written: unknown, change: (path: string) => string): unknown {
  if (!Array.isArray(written)) return written;
  return written.map((item) =>
    typeof item?.module === 'string' && item.module !== '' ? { ...item, module: change(item.module) } : item,
  );
}

/** Weights by name: the older form of the field, which keeps the published format rule. */
const weightsSchema = z
  .strictObject({ format: z.number(), answer: z.number(), modality: z.number() })
  .partial();
const defaultWeights = { format: 1, answer: 1, modality: 1 };

export const defaultRewards = (): RewardEntry[] => weightedRewards(defaultWeights);

/** The rewards that a recipe gives at its top; undefined: none. */
export function recipeRewards({
  rewards,
  modalityCompare,
}: {
  rewards?: unknown;
  modalityCompare?: string;
}): RewardEntry[] | undefined {
  if (Array.isArray(rewards)) return rewardEntries(rewards);
  if (rewards === undefined && modalityCompare === undefined) return undefined;
  return weightedRewards(rewards ?? defaultWeights, modalityCompare);
}

function weightedRewards(written: unknown, modalityCompare?: string): RewardEntry[] {
  const { data: weights = {} } = weightsSchema.safeParse(written);
  const options = {
    format: { mode: 'published' },
    answer: {},
    modality: modalityCompare === undefined ? {} : { compare: modalityCompare },
  };
  return (['format', 'answer', 'modality'] as const).flatMap((name) => {
    const weight = weights[name];
    return weight === undefined ? [] : { name, weight, ...options[name] };
  });
}

export function rewardEntries(list: readonly unknown[]): RewardEntry[] {
  return list.map((item) =>
    typeof item === 'string' ? { name: item, weight: 1 } : { weight: 1, ...(item as object) },
  );
}

/** Of the field at the top of a recipe. @param entries with absolute paths */
export async function rewardProblems(written: unknown, entries: readonly RewardEntry[]): Promise<Problem[]> {
  if (written === undefined) return [];
  if (Array.isArray(written)) {
    const problems = await rewardListProblems(written, entries);
    return problems.map(({ path, text }) => problemAt(top, ['rewards', ...path], text));
  }
  if (typeof written !== 'object' || written === null)
    return [problemAt(top, ['rewards'], `expected a list of rewards (got ${shown(written)})`)];
  return schemaProblems(weightsSchema, written, { path: ['rewards'], label: ['rewards'] });
}

interface RewardProblem {
  path: PropertyKey[];
  text: string;
}

/** @param entries the same with absolute paths */
export async function rewardListProblems(
  written: readonly unknown[],
  entries: readonly RewardEntry[],
): Promise<RewardProblem[]> {
  const problems: RewardProblem[] = [];
  const names = new Set<string>();
  for (const [i, item] of written.entries()) {
    const wrong = entryProblems(item);
    for (const { path, text } of wrong) problems.push({ path: [i, ...path], text });
    if (wrong.length > 0) continue;
    try {
      const { name } = await createReward(entries[i]);
      if (names.has(name))
        problems.push({ path: [i], text: `'${name}' is there already, and its metric too` });
      names.add(name);
    } catch (error) {
      const field = entries[i].module === undefined ? 'name' : 'module';
      problems.push({ path: [i, field], text: (error as Error).message });
    }
  }
  return problems;
}

const expected = "expected a name, or { name, weight } or { module, weight } with the reward's options";

function entryProblems(item: unknown): RewardProblem[] {
  if (typeof item === 'string')
    return Object.hasOwn(rewardList, item) ? [] : [{ path: [], text: unknownReward(item) }];
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return [{ path: [], text: `${expected} (got ${shown(item)})` }];
  const { name, module, weight = 1, ...options } = item as RewardEntry;
  const problems: RewardProblem[] = [];
  if (typeof weight !== 'number' || !Number.isFinite(weight))
    problems.push({ path: ['weight'], text: `expected a number (got ${shown(weight)})` });
  if ((name === undefined) === (module === undefined))
    return [...problems, { path: [], text: `${expected} (got ${shown(item)})` }];
  if (module !== undefined) {
    if (typeof module === 'string' && module !== '') return problems;
    return [...problems, { path: ['module'], text: `expected the path of a file (got ${shown(module)})` }];
  }
  if (typeof name !== 'string' || !Object.hasOwn(rewardList, name))
    return [...problems, { path: ['name'], text: unknownReward(name) }];
  return [...problems, ...optionProblems(name, options)];
}

function optionProblems(name: string, options: object): RewardProblem[] {
  const { schema } = rewardList[name];
  const issues = schema.safeParse(options).error?.issues ?? [];
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const got = shown(valueAt(options, issue.path));
      return { path: [...issue.path], text: `${issue.message} (got ${got})` };
    }
    return issue.keys.map((key) => ({
      path: [key],
      text: unknownOption(name, key, Object.keys(schema.shape)),
    }));
  });
}

function unknownOption(name: string, key: string, known: readonly string[]): string {
  const close = nearest(key, known);
  const fix = close ? `did you mean '${close}'?` : `expected ${known.join(', ')}`;
  return `no such option of the ${name} reward; ${fix}`;
}

function unknownReward(name: unknown): string {
  const known = Object.keys(rewardList);
  const close = typeof name === 'string' ? nearest(name, known) : undefined;
  const fix = close ? `did you mean '${close}'?` : `expected ${known.join(', ')}, or { module: file }`;
  return `no such reward; ${fix} (got ${shown(name)})`;
}

/** In the order of the list. */
export function rewardFunctions(entries: readonly RewardEntry[]): Promise<RewardFunc[]> {
  return Promise.all(entries.map(createReward));
}

async function createReward({ name, module, weight: _, ...options }: RewardEntry): Promise<RewardFunc> {
  if (module !== undefined) return loadReward(module, options);
  return makeReward({ ...options, name: name as string }).reward;
}
