// completions.jsonl: what the model wrote in a step and what it was worth, one JSON object a completion. Completions are read
// by the rewards' own parser. Spans of the samples are not in it: no stage of reinforcement learning is given them.

import { z } from 'zod';
import { allViews, type Completion, type View } from '../../data/index.js';
import { fieldProblems } from '../../models/index.js';
import { answerText, thinking, timedCaptions } from '../../rewards/index.js';
import { FileError } from '../../runtime/index.js';
import { readStepLines } from '../step-lines.js';
import type { ScoredGroup } from './groups.js';

const count = z.int().nonnegative();

const schema = z.object({
  /** The step that trained on it, from 1 as in metrics.jsonl. */
  step: count,
  /** Id of the sample that it answers. */
  sample: z.string(),
  /** How often the sample had been answered before in this training. */
  occurrence: count,
  /** Its place in its group. */
  index: count,
  /** What the model was shown. Completions of other views than 'av' are compared with these, and never trained on. */
  view: z.enum(allViews),
  completion: z.string(),
  /** How many it has. */
  tokens: count,
  /** 'length': cut off at maxCompletionLength. */
  finishReason: z.enum(['stop', 'length', 'abort']),
  /** Start and end of its timed captions in seconds, in their order. */
  spans: z.array(z.tuple([z.number(), z.number()])),
  /** One for each span. */
  captions: z.array(z.string()),
  /** Null where there is no such block; so is `answer`. */
  thinking: z.string().nullable(),
  answer: z.string().nullable(),
  /**
   * By name. Null: the reward does not apply, or a reward that has a weight failed on this completion. None in views other
   * than 'av'.
   */
  rewards: z.record(z.string(), z.number().nullable()),
  /** Names of the rewards that failed on it. */
  failed: z.array(z.string()),
  /** Their weighted sum; null where no reward with a weight scored it. */
  reward: z.number().nullable(),
  /** Null for completions of groups that were not admitted, and in views other than 'av'. */
  advantage: z.number().nullable(),
  /** Whether the loss is over its tokens. */
  inLoss: z.boolean(),
});

export type CompletionRecord = z.infer<typeof schema>;

/**
 * The records of a completions.jsonl in turn, by step. A last line without its end, as a crash leaves it, is left out.
 * @throws FileError naming the line and its first wrong fields
 */
export function* readCompletions(file: string): Generator<CompletionRecord> {
  for (const { place, value } of readStepLines(file)) yield checkedRecord(place, value);
}

/** @throws FileError naming the line at `place` and its first wrong fields */
export function checkedRecord(place: string, value: unknown): CompletionRecord {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FileError(place, fieldProblems(schema, result.error, value));
}

/** A group with what the loss made of it; both are left out of one that was not admitted. */
export type LoggedGroup = ScoredGroup & { advantages?: readonly number[]; inLoss?: readonly boolean[] };

/** The records of a group, view by view. @param step from 1 @param names of the rewards */
export function completionRecords(
  step: number,
  names: readonly string[],
  group: LoggedGroup,
): CompletionRecord[] {
  const { sample, occurrence, completions, otherViews, scores, failures, rewards } = group;
  const record = (view: View, index: number, completion: Completion) => ({
    step,
    sample: sample.id,
    occurrence,
    index,
    view,
    ...partsOf(completion),
  });
  return [
    ...completions.map((completion, i) => ({
      ...record('av', i, completion),
      rewards: Object.fromEntries(names.map((name, k) => [name, numberOrNull(scores[i][k])])),
      failed: names.filter((_, k) => failures[i][k]),
      reward: numberOrNull(rewards[i]),
      advantage: group.advantages?.[i] ?? null,
      inLoss: group.inLoss?.[i] ?? false,
    })),
    ...Object.entries(otherViews).flatMap(([view, others]) =>
      others.map((completion, i) => ({
        ...record(view as View, i, completion),
        rewards: {},
        failed: [],
        reward: null,
        advantage: null,
        inLoss: false,
      })),
    ),
  ];
}

function partsOf({ text, ids, finishReason }: Completion) {
  const captions = timedCaptions(text);
  // A number of hundreds of digits is infinite, which JSON does not have.
  const time = (seconds: number): number => Math.min(seconds, Number.MAX_VALUE);
  return {
    completion: text,
    tokens: ids.length,
    finishReason,
    spans: captions.map(({ start, end }): [number, number] => [time(start), time(end)]),
    captions: captions.map(({ caption }) => caption),
    thinking: thinking(text),
    answer: answerText(text),
  };
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
