/** What trainers encode, as methods of the model. */
import type { ChatRow, PromptPreference } from '../data/index.js';
import type { TargetTurn } from '../rewards/index.js';
import type { ChatTemplate, Tokenizer } from '../text/index.js';
import { AdapterMethods } from './adapter-methods.js';
import { type ChatLoss, type ChatTokens, encodeChat } from './chat-text.js';
import type { CompletionPrefix } from './generate-options.js';
import { encodePreference, type PreferenceTokens } from './preference-text.js';
import type { Processor } from './processor.js';

export abstract class TextMethods extends AdapterMethods {
  abstract readonly tokenizer: Tokenizer;
  abstract readonly template: ChatTemplate | null;
  abstract readonly processor: Processor;

  /** Token ids of a completion's text, in which control tokens are words, and the token that ends it. */
  encodeCompletion(text: string): number[] {
    return [...this.processor.answer(text), this.processor.endId];
  }

  /** Token ids of a part of a completion's text, such as a step of reasoning, without the token that ends completions. */
  encodePart(text: string): number[] {
    return this.processor.answer(text);
  }

  /** Token ids of turns of the model with the questions between them, and which are learned: those of the model, and their ends. */
  encodeTurns(turns: readonly TargetTurn[]): ChatTokens {
    const pieces = turns.map(({ question, text }, i) => {
      // The end token of the turn before stands there already.
      const asked = i === 0 ? [] : this.processor.followUp(question ?? '').slice(1);
      return { asked, told: this.encodeCompletion(text) };
    });
    return {
      ids: pieces.flatMap(({ asked, told }) => [...asked, ...told]),
      lossMask: pieces.flatMap(({ asked, told }) => [...asked.map(() => 0), ...told.map(() => 1)]),
    };
  }

  /** Token ids of a prompt without media and of its two completions. */
  encodePreference(row: PromptPreference): PreferenceTokens {
    return encodePreference(this.tokenizer, this.template, row);
  }

  /** Token ids of a conversation, and which of them are learned. @throws TextError naming the row */
  encodeChat(row: ChatRow, loss: ChatLoss): ChatTokens {
    return encodeChat(this.tokenizer, this.template, row, loss);
  }

  /** Token ids of what a completion continues. */
  protected encodePrefix(prefix: CompletionPrefix): number[] {
    return (typeof prefix === 'string' ? [prefix] : prefix).flatMap((part: string | number) => {
      if (typeof part === 'string') return this.encodePart(part);
      if (part < this.graph.vocabSize) return [part];
      throw new RangeError(`prefix: expected ids below ${this.graph.vocabSize}, got ${part}`);
    });
  }
}
