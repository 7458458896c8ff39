/** What a chat completion is answered with: OpenAI's objects, whole and in chunks. */
import { randomUUID } from 'node:crypto';
import type { Completion } from '../data/index.js';
import type { Tokenizer } from '../text/index.js';

interface TokenLogprob {
  token: string;
  logprob: number;
  /** null: a part of a character. */
  bytes: number[] | null;
  top_logprobs: [];
}

interface Logprobs {
  content: TokenLogprob[];
  refusal: null;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

interface AnswerOptions {
  model: string;
  tokenizer: Tokenizer;
  stopIds: readonly number[];
  logprobs: boolean;
  /** Chunks before the last one have the field too. */
  includeUsage: boolean;
}

export class Answer {
  readonly id = `chatcmpl-${randomUUID().replaceAll('-', '')}`;
  private readonly created = Math.floor(Date.now() / 1000);
  private readonly options: AnswerOptions;

  constructor(options: AnswerOptions) {
    this.options = options;
  }

  whole(completions: readonly Completion[], usage: Usage): object {
    const choices = completions.map((completion, index) => ({
      index,
      message: { role: 'assistant', content: completion.text, refusal: null },
      logprobs: this.logprobs(completion),
      finish_reason: completion.finishReason,
    }));
    return { ...this.head('chat.completion'), choices, usage };
  }

  /** The first chunk of a choice. */
  opening(index: number): object {
    return this.chunk(index, { role: 'assistant', content: '' }, null, null);
  }

  piece(index: number, content: string): object {
    return this.chunk(index, { content }, null, null);
  }

  /** The last chunk of a choice, with all its log-probabilities. */
  ending(index: number, completion: Completion): object {
    return this.chunk(index, {}, this.logprobs(completion), completion.finishReason);
  }

  /** The last chunk of all, where it was asked for. */
  usage(usage: Usage): object {
    return { ...this.head('chat.completion.chunk'), choices: [], usage };
  }

  private chunk(index: number, delta: object, logprobs: Logprobs | null, reason: string | null): object {
    const choice = { index, delta, logprobs, finish_reason: reason };
    const usage = this.options.includeUsage ? { usage: null } : {};
    return { ...this.head('chat.completion.chunk'), choices: [choice], ...usage };
  }

  private head(object: string): object {
    return { id: this.id, object, created: this.created, model: this.options.model };
  }

  private logprobs({ ids, logprobs }: Completion): Logprobs | null {
    const { tokenizer, stopIds, logprobs: wanted } = this.options;
    if (!wanted) return null;
    const isEnd = ids.length > 0 && stopIds.includes(ids[ids.length - 1]);
    const count = isEnd ? ids.length - 1 : ids.length;
    const content = Array.from({ length: count }, (_, i): TokenLogprob => {
      // Some tokenizers write the start of a text another way.
      const before = ids.slice(Math.max(0, i - 1), i);
      const token = tokenizer.decode([...before, ids[i]]).slice(tokenizer.decode(before).length);
      const isPart = token.includes('\uFFFD');
      return {
        token,
        logprob: logprobs[i],
        bytes: isPart ? null : [...Buffer.from(token)],
        top_logprobs: [],
      };
    });
    return { content, refusal: null };
  }
}

export function usageOf(
  prompt: { text: number; audio: number; video: number },
  completions: readonly Completion[],
): Usage {
  const promptTokens = prompt.text + prompt.audio + prompt.video;
  const completionTokens = completions.reduce((sum, { ids }) => sum + ids.length, 0);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
