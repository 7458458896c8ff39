/** Final answers of completions: under 'twoTurn' a second user turn asks for each. */
import type { Prompt } from '../batch/index.js';
import type { Completion, SamplingParams } from '../data/index.js';
import { answerText, finalQuestionOf, type ProtocolOption, protocolOf, withReply } from '../rewards/index.js';
import { encodedMediaKind } from '../rollout/index.js';
import { checkOptions, kinds, listOf } from '../tensor/index.js';
import { type CompletionPrefix, prefixKind, type SamplePromptsOptions } from './generate-options.js';

export interface FinalAnswerOptions extends Pick<SamplePromptsOptions, 'media' | 'signal'> {
  /** Default 'spans'. */
  protocol?: ProtocolOption;
  /** For each prompt, what its completions continued. */
  prefixes?: readonly CompletionPrefix[];
}

/** The first turn, as it was sampled, and its answer. */
export interface AnsweredCompletion extends Completion {
  /** What rewards and scores read: the text, its final answer in an answer block. */
  scored: string;
  /** Null where it gives none. */
  answer: string | null;
  /** The second turn. */
  reply?: Completion;
}

/** As a completion of one turn. */
export function asCompletion({ ids, logprobs, finishReason, scored }: AnsweredCompletion): Completion {
  return { text: scored, ids, logprobs, finishReason };
}

const optionKinds = {
  protocol: kinds.passedOn,
  prefixes: listOf(prefixKind),
  media: encodedMediaKind,
  signal: kinds.abortSignal,
};

/** @throws TypeError and RangeError naming the argument at fault */
export function checkFinalAnswers(
  count: number,
  completions: readonly unknown[],
  options: FinalAnswerOptions,
): void {
  checkOptions('finalAnswers', options, optionKinds);
  for (const [name, list] of Object.entries({ completions, prefixes: options.prefixes }))
    if (list !== undefined && list.length !== count)
      throw new RangeError(
        `finalAnswers: ${name}: expected ${count} lists, one a prompt, got ${list.length}`,
      );
}

/** What asks a second time. */
interface Asking {
  samplePrompts(
    prompts: readonly Prompt[],
    params: Partial<SamplingParams>,
    options: SamplePromptsOptions,
  ): Promise<Completion[][]>;
  readonly stopIds: readonly number[];
  readonly processor: { followUp(question: string): number[] };
}

/** Tokens of a second turn at most. */
const replyLimit = 64;

/**
 * A second turn is greedy: it reads off what the first says. A first turn that was cut off is asked too, one that a signal
 * ended is not.
 * @param prefixes ids that the completions of each prompt continued
 */
export async function finalAnswers(
  model: Asking,
  prompts: readonly Prompt[],
  completions: readonly (readonly Completion[])[],
  { protocol, media, signal }: FinalAnswerOptions,
  prefixes: readonly (readonly number[])[] = [],
): Promise<AnsweredCompletion[][]> {
  const asks = protocolOf(protocol, 'finalAnswers');
  const inOneTurn = (completion: Completion): AnsweredCompletion => ({
    ...completion,
    scored: completion.text,
    answer: answerText(completion.text),
  });
  if (asks.name !== 'twoTurn') return completions.map((ofPrompt) => ofPrompt.map(inOneTurn));
  const followUp = model.processor.followUp(finalQuestionOf(asks));
  const turns = completions.flatMap((ofPrompt, p) =>
    ofPrompt
      .filter(({ finishReason }) => finishReason !== 'abort')
      .map(({ ids }) => {
        const told = model.stopIds.includes(ids[ids.length - 1]) ? ids.slice(0, -1) : ids;
        return { prompt: prompts[p], ids: [...(prefixes[p] ?? []), ...told, ...followUp] };
      }),
  );
  const replies =
    turns.length === 0
      ? []
      : await model.samplePrompts(
          turns.map(({ prompt }) => prompt),
          { temperature: 0, maxNewTokens: replyLimit },
          { media, signal, prefixes: turns.map(({ ids }) => ids) },
        );
  return completions.map((ofPrompt) =>
    ofPrompt.map((completion): AnsweredCompletion => {
      if (completion.finishReason === 'abort')
        return { ...completion, scored: completion.text, answer: null };
      const [reply] = replies.shift() as Completion[];
      const answer = answerText(reply.text) ?? reply.text.trim();
      return { ...completion, reply, answer, scored: withReply(completion.text, answer) };
    }),
  );
}
