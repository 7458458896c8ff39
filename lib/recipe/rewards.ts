/** Rewards in recipes: names or modules with weights and options. A module is a file beside the recipe. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { nearest } from '../data/index.js';
import {
  type Judge,
  makeReward,
  type NecessityRewardOptions,
  type ProtocolName,
  type RewardFunc,
  rewardList,
} from '../rewards/index.js';
import { shown } from '../runtime/index.js';
import {
  defaultJudge,
  type JudgeSetting,
  judgeMachineProblems,
  judgeProblems,
  judgeSetting,
  mapJudgePaths,
  problemOf,
  standInJudge,
} from './judges.js';
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
  mapRewardPaths,
);

/** The field at the top of a recipe, as written: a list, or a map of weights. */
export const topRewardsSchema = withPaths(z.unknown(), mapRewardPaths);

/** With the paths in a list replaced: the `module` of an item, whose options are its own, and those of a named one's judge. */
function mapRewardPaths(written: unknown, change: (path: string) => string): unknown {
  if (!Array.isArray(written)) return written;
  return written.map((item) => {
    if (typeof item !== 'object' || item === null) return item;
    const { module, judge } = item as RewardEntry;
    if (module === undefined)
      return judge === undefined ? item : { ...item, judge: mapJudgePaths(judge, change) };
    return typeof module === 'string' && module !== '' ? { ...item, module: change(module) } : item;
  });
}

/** Weights by name: the older form of the field, which keeps the published format rule. */
const weightsSchema = z
  .strictObject({ format: z.number(), answer: z.number(), modality: z.number() })
  .partial();
const defaultWeights = { format: 1, answer: 1, modality: 1 };

export const defaultRewards = (protocol?: ProtocolName): RewardEntry[] =>
  weightedRewards(defaultWeights, { protocol });

/** The rewards that a recipe gives at its top; undefined: none. */
export function recipeRewards({
  rewards,
  modalityCompare,
  prompt = {},
}: {
  rewards?: unknown;
  modalityCompare?: string;
  prompt?: { protocol?: ProtocolName };
}): RewardEntry[] | undefined {
  const { protocol } = prompt;
  if (Array.isArray(rewards)) return rewardEntries(rewards, protocol);
  if (rewards === undefined && modalityCompare === undefined) return undefined;
  return weightedRewards(rewards ?? defaultWeights, { modalityCompare, protocol });
}

function weightedRewards(
  written: unknown,
  { modalityCompare, protocol = 'spans' }: { modalityCompare?: string; protocol?: ProtocolName },
): RewardEntry[] {
  const { data: weights = {} } = weightsSchema.safeParse(written);
  const options = {
    format: protocol === 'spans' ? { mode: 'published' } : { protocol },
    answer: {},
    modality: modalityCompare === undefined ? {} : { compare: modalityCompare },
  };
  return (['format', 'answer', 'modality'] as const).flatMap((name) => {
    const weight = weights[name];
    return weight === undefined ? [] : { name, weight, ...options[name] };
  });
}

/** @param protocol of the recipe: the layout that a format reward asks for, where it names none */
export function rewardEntries(list: readonly unknown[], protocol?: ProtocolName): RewardEntry[] {
  return list.map((item) => {
    const written: RewardEntry =
      typeof item === 'string' ? { name: item, weight: 1 } : { weight: 1, ...(item as object) };
    const entry = written.name === 'format' && protocol ? { protocol, ...written } : written;
    return needsJudge(entry) && entry.judge === undefined ? { ...entry, judge: defaultJudge } : entry;
  });
}

/** Whether a reward asks a judge whatever its other options are. */
function needsJudge({ name }: RewardEntry): boolean {
  if (name === undefined || !Object.hasOwn(rewardList, name)) return false;
  const { shape } = rewardList[name].schema;
  return 'judge' in shape && !shape.judge.safeParse(undefined).success;
}

/** What a recipe cannot write of a reward's options. */
export interface RewardParts {
  judge(setting: JudgeSetting): Judge;
  necessity: NecessityRewardOptions['score'];
}

/** For rewards that score nothing. */
export const standIns: RewardParts = { judge: standInJudge, necessity: async () => [] };

/** Of the field at the top of a recipe. @param entries with absolute paths @param anyMachine whatever this one has */
export async function rewardProblems(
  written: unknown,
  entries: readonly RewardEntry[],
  anyMachine: boolean,
): Promise<Problem[]> {
  if (written === undefined) return [];
  if (Array.isArray(written)) {
    const wrong = await rewardListProblems(written, entries);
    const problems = wrong.length > 0 || anyMachine ? wrong : machineProblems(entries);
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

/** @param entries the same by `rewardEntries`, with absolute paths */
export async function rewardListProblems(
  written: readonly unknown[],
  entries: readonly RewardEntry[],
): Promise<RewardProblem[]> {
  const problems: RewardProblem[] = [];
  const names = new Set<string>();
  for (const [i, item] of written.entries()) {
    const wrong = entryProblems(item, entries[i]);
    for (const { path, text } of wrong) problems.push({ path: [i, ...path], text });
    if (wrong.length > 0) continue;
    try {
      const { name } = await createReward(entries[i], standIns);
      if (names.has(name))
        problems.push({ path: [i], text: `'${name}' is there already, and its metric too` });
      names.add(name);
    } catch (error) {
      problems.push({ path: [i, 'module'], text: (error as Error).message });
    }
  }
  return problems;
}

/** What this machine lacks of what judges need. @param entries are in order */
export function machineProblems(entries: readonly RewardEntry[]): RewardProblem[] {
  return entries.flatMap(({ module, judge }, i) => {
    if (module !== undefined || judge === undefined) return [];
    const problems = judgeMachineProblems(judgeSetting(judge));
    return problems.map(({ path, text }) => ({ path: [i, 'judge', ...path], text }));
  });
}

const expected = "expected a name, or { name, weight } or { module, weight } with the reward's options";

/** @param entry the same with an absolute path of its judge, and the judge that it has by default */
function entryProblems(item: unknown, { judge }: RewardEntry): RewardProblem[] {
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
  return [...problems, ...optionProblems(name, judge === undefined ? options : { ...options, judge })];
}

function optionProblems(name: string, options: Record<string, unknown>): RewardProblem[] {
  const { schema, judged, factory } = rewardList[name];
  const { judge } = options;
  if (judged !== undefined && judge !== undefined) {
    const problems = judgeProblems(judge, judged);
    if (problems.length > 0) return problems.map(({ path, text }) => ({ path: ['judge', ...path], text }));
  }
  const whole = withParts({ name, weight: 1, ...options }, standIns);
  const issues = schema.safeParse(whole).error?.issues ?? [];
  if (issues.length === 0) return problemOf(() => void factory(whole as never));
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
export function rewardFunctions(entries: readonly RewardEntry[], parts: RewardParts): Promise<RewardFunc[]> {
  return Promise.all(entries.map((entry) => createReward(entry, parts)));
}

async function createReward(entry: RewardEntry, parts: RewardParts): Promise<RewardFunc> {
  const { name, module, weight: _, ...options } = entry;
  if (module !== undefined) return loadReward(module, options);
  return makeReward({ ...withParts(entry, parts), name: name as string }).reward;
}

/** A named reward's options with a judge in the place of its setting, and what the stage's model scores. */
function withParts({ name, module: _, weight: __, ...options }: RewardEntry, parts: RewardParts): object {
  const { judged, schema } = rewardList[name as string];
  return {
    ...('score' in schema.shape ? { score: parts.necessity } : {}),
    ...options,
    ...(judged !== undefined && options.judge !== undefined
      ? { judge: parts.judge(judgeSetting(options.judge)) }
      : {}),
  };
}

/** Which rewards ask which judge. */
export function judgesOf(entries: readonly RewardEntry[]): { setting: JudgeSetting; rewards: string[] }[] {
  const judges: { setting: JudgeSetting; rewards: string[] }[] = [];
  for (const { name, judge } of entries) {
    if (name === undefined || judge === undefined) continue;
    const setting = judgeSetting(judge);
    const known = judges.find((it) => isDeepStrictEqual(it.setting, setting));
    if (known === undefined) judges.push({ setting, rewards: [name] });
    else known.rewards.push(name);
  }
  return judges;
}
