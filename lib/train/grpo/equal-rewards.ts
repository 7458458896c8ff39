// An early warning where steps in a row have nothing to learn from, as the rewards in every group are equal: it names the
// likely cause and what to do.

import { z } from 'zod';
import type { Completion } from '../../data/index.js';
import type { TrainerMemory } from '../training-options.js';
import type { RewardedGroup } from './groups.js';
import { rewardsDiffer } from './reward-spread.js';

/** Steps in a row of one cause before it is told. */
const patience = 3;

const causes = ['failed', 'unread', 'tooHard', 'tooEasy', 'decided', 'constant'] as const;
type Cause = (typeof causes)[number];

const savedSchema = z.object({
  cause: z.enum(causes).nullable(),
  steps: z.int().nonnegative(),
  told: z.array(z.enum(causes)),
});

export class EqualRewardsWarning implements TrainerMemory<z.infer<typeof savedSchema>> {
  readonly schema = savedSchema;
  #cause: Cause | null = null;
  #steps = 0;
  readonly #told = new Set<Cause>();

  state(): z.infer<typeof savedSchema> {
    return { cause: this.#cause, steps: this.#steps, told: [...this.#told] };
  }

  resume({ cause, steps, told }: z.infer<typeof savedSchema>): void {
    this.#cause = cause;
    this.#steps = steps;
    for (const one of told) this.#told.add(one);
  }

  /** Looks at what a step has sampled; each cause is told once. */
  look(groups: readonly RewardedGroup[]): void {
    const cause = groups.some(({ rewards }) => rewardsDiffer(rewards)) ? null : causeOf(groups);
    this.#steps = cause === this.#cause ? this.#steps + 1 : 1;
    this.#cause = cause;
    if (cause === null || this.#steps < patience || this.#told.has(cause)) return;
    this.#told.add(cause);
    process.emitWarning(
      `GRPO: ${patience} steps in a row have nothing to learn from: the rewards in each of their groups are equal ` +
        `(frac_reward_zero_std 1). ${textOf(cause, groups)}`,
    );
  }
}

function causeOf(groups: readonly RewardedGroup[]): Cause {
  if (groups.every(({ failed }) => failed.every((isFailed) => isFailed))) return 'failed';
  const format = scoresOf(groups, 'format');
  const answer = scoresOf(groups, 'answer');
  const all = (scores: readonly number[], value: number): boolean =>
    scores.length > 0 && scores.every((score) => score === value);
  if (all(format, 0) && (all(answer, 0) || answer.length === 0)) return 'unread';
  if (all(answer, 0)) return 'tooHard';
  if (all(answer, 1)) return 'tooEasy';
  // Equal in each group, but not everywhere.
  return rewardsDiffer(groups.flatMap(({ rewards }) => rewards)) ? 'decided' : 'constant';
}

function scoresOf(groups: readonly RewardedGroup[], reward: string): number[] {
  return groups.flatMap(({ rewardNames, scores }) => {
    const k = rewardNames.indexOf(reward);
    return k < 0 ? [] : scores.map((score) => score[k]).filter((score) => !Number.isNaN(score));
  });
}

function textOf(cause: Cause, groups: readonly RewardedGroup[]): string {
  switch (cause) {
    case 'failed':
      return (
        `Likely cause: the judge, as ${failing(groups).join(', ')} failed on every completion. Look at the warnings before this ` +
        "one, at the judge's address, model and key, and at rewardTimeoutSeconds."
      );
    case 'unread':
      return (
        'Likely cause: the completions are not in the layout that the rewards parse: format and answer are 0 for all ' +
        `(${cutOff(groups)}). Compare one with the layout: ${example(groups)}. Teach the layout by SFT before, ask for it in the ` +
        "prompt (in a recipe 'prompt'), or raise maxCompletionLength where completions are cut off."
      );
    case 'tooHard':
      return (
        `Likely cause: the questions are too hard, as no answer is right (${cutOff(groups)}). Check the reference answers beside ` +
        `one completion: ${example(groups)}. Begin with easier samples or with SFT, raise numGenerations, or take other prompts ` +
        "in place of these (admit: 'nonConstant')."
      );
    case 'tooEasy':
      return (
        'Likely cause: the questions are too easy, as every answer is right. Take harder samples, or other prompts in place of ' +
        "these (admit: 'nonConstant')."
      );
    case 'decided':
      return (
        'Likely cause: each question is answered always or never. Raise temperature or numGenerations, or take other prompts in ' +
        "place of these (admit: 'nonConstant')."
      );
    case 'constant':
      return (
        `Likely cause: a reward that does not look at the completions: all have ${groups[0].rewards[0]}. Check what ` +
        `${groups[0].rewardNames.join(', ')} return for one: ${example(groups)}.`
      );
  }
}

/** Names of the rewards that failed on all completions; where none did alone, of all that failed on some. */
function failing(groups: readonly RewardedGroup[]): string[] {
  const failures = groups.flatMap((group) => group.failures);
  const names = (fails: (k: number) => boolean) => groups[0].rewardNames.filter((_, k) => fails(k));
  const always = names((k) => failures.every((ofRewards) => ofRewards[k]));
  return always.length > 0 ? always : names((k) => failures.some((ofRewards) => ofRewards[k]));
}

function cutOff(groups: readonly RewardedGroup[]): string {
  const completions = groups.flatMap((group): Completion[] => group.completions);
  const cut = completions.filter(({ finishReason }) => finishReason === 'length').length;
  return `${cut} of ${completions.length} completions are cut off at maxCompletionLength`;
}

function example([{ sample, completions }]: readonly RewardedGroup[]): string {
  const { text } = completions[0];
  return `${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text)} (sample '${sample.id}')`;
}
