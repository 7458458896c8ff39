// The list of rewards that a recipe can name. To add one: its file, and a line here.

import { z } from 'zod';
import { fieldProblems } from '../models/index.js';
import { nearest, shown } from '../runtime/index.js';
import type { OptionKind } from '../tensor/index.js';
import { answerReward, answerRewardKinds } from './answer.js';
import { completenessReward, completenessRewardKinds } from './completeness.js';
import { consistencyReward, consistencyRewardKinds } from './consistency.js';
import { formatReward, formatRewardKinds } from './format.js';
import type { JudgeRequest } from './judge.js';
import { modalityReward, modalityRewardKinds } from './modality.js';
import { necessityReward, necessityRewardKinds } from './necessity.js';
import { temporalReward, temporalRewardKinds } from './temporal.js';
import type { RewardFunc } from './types.js';

export interface RewardDefinition {
  /** Makes the reward from its options. */
  factory: (options: never) => RewardFunc;
  /** A strict object of its options. */
  schema: z.ZodObject;
  /** What its option `judge` is asked, where it has one. */
  judged?: JudgeRequest['kind'];
}

/** By the name in recipes, which is the name of the reward's metrics too. */
export const rewardList: Readonly<Record<string, RewardDefinition>> = {
  format: entry(formatReward, formatRewardKinds),
  answer: entry(answerReward, answerRewardKinds, 'answer'),
  modality: entry(modalityReward, modalityRewardKinds, 'answer'),
  consistency: entry(consistencyReward, consistencyRewardKinds, 'consistency'),
  completeness: entry(completenessReward, completenessRewardKinds, 'completeness'),
  temporal: entry(temporalReward, temporalRewardKinds),
  necessity: entry(necessityReward, necessityRewardKinds),
};

export interface RewardSetting {
  name: string;
  /** Default 1. */
  weight?: number;
  /** Options of the reward. */
  [option: string]: unknown;
}

export interface WeightedReward {
  reward: RewardFunc;
  weight: number;
}

/** The name of a reward or one of its options is wrong. */
export class RewardSettingError extends TypeError {
  override name = 'RewardSettingError';
  /** `name`, `weight` or the option at fault. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(problem);
    this.field = field;
  }
}

/** The schema of a reward's setting, `name` and `weight` included. @throws RewardSettingError for an unknown name */
function rewardSchema(name: string): z.ZodObject {
  if (Object.hasOwn(rewardList, name)) {
    const weight = z.number({ error: 'expected a finite number' }).default(1);
    return rewardList[name].schema.extend({ name: z.literal(name), weight });
  }
  const names = Object.keys(rewardList);
  const close = nearest(name, names);
  throw new RewardSettingError(
    'name',
    `name: no reward named ${shown(name)}; expected ${names.join(', ')}${close === undefined ? '' : `; did you mean '${close}'?`}`,
  );
}

/** The reward that a setting names. @throws RewardSettingError naming what is wrong and the closest name */
export function makeReward(setting: RewardSetting): WeightedReward {
  const schema = rewardSchema(setting.name);
  const result = schema.safeParse(setting);
  if (!result.success) {
    const [issue] = result.error.issues;
    const field = issue.code === 'unrecognized_keys' ? issue.keys[0] : String(issue.path[0]);
    throw new RewardSettingError(
      field,
      `reward ${setting.name}: ${fieldProblems(schema, result.error, setting)}`,
    );
  }
  const { name, weight, ...options } = result.data as RewardSetting & { weight: number };
  return { reward: rewardList[name].factory(options as never), weight };
}

function entry(
  factory: RewardDefinition['factory'],
  kinds: Readonly<Record<string, OptionKind>>,
  judged?: JudgeRequest['kind'],
): RewardDefinition {
  const fields = Object.entries(kinds).map(([name, { fits, expected, required = false }]) => {
    const given = z.custom((value) => (value === undefined ? !required : fits(value)), {
      error: `expected ${expected}`,
    });
    return [name, required ? given : given.optional()];
  });
  return { factory, schema: z.strictObject(Object.fromEntries(fields)), judged };
}
