/** Text to token ids and back, over Hugging Face's own tokenizer files. */
import { join } from 'node:path';
import { Tokenizer as Engine } from '@huggingface/tokenizers';
import { shown } from '../runtime/index.js';
import { checkOptions, kinds, required } from '../tensor/index.js';
import { boundEngine } from './bounded-engine.js';
import { allSpecialTokens, completeConfig, contentOf, specialTokens } from './special-tokens.js';
import { TextError } from './text-error.js';
import { withinTime } from './time-limit.js';
import {
  configFile,
  modelFile,
  modelText,
  readTokenizerFiles,
  type TokenizerFiles,
  writeTokenizerFiles,
} from './tokenizer-files.js';

/** Vocabularies in use have up to 262,144 tokens; an id decides how many rows an embedding table must have. */
const maxId = 2 ** 24;

/** Encoding takes microseconds a character; this is for patterns that would never end. */
const timeLimit = ({ length }: { length: number }): number => 10_000 + length;

/** Stands before what is not the start of a text: a line break hardly merges with what follows. */
const lineBreak = '\n';

const fileKinds = {
  model: required(kinds.object),
  config: required(kinds.object),
  specialTokensMap: kinds.object,
  others: kinds.object,
};

export class Tokenizer {
  /** Id of the token that ends a completion. */
  readonly eosId: number;
  /** One more than the largest id: the rows that an embedding table needs. */
  readonly vocabSize: number;
  /** `bos_token` and the like, as chat templates read them. */
  readonly specialTokens: Readonly<Record<string, string>>;
  private readonly engine: Engine;
  /** Knows no added tokens; made when a text first holds one as words. */
  private wordEngine: Engine | null = null;
  private readonly controlTokens: RegExp;
  private readonly files: TokenizerFiles;
  /** tokenizer_config.json with what stands in other places. */
  private readonly config: Record<string, unknown>;
  private readonly source: string;
  private readonly hasPatterns: boolean;

  constructor(files: TokenizerFiles, source = 'tokenizer') {
    checkOptions('Tokenizer', files, fileKinds);
    this.files = files;
    this.config = completeConfig(files.config, files.specialTokensMap);
    this.source = source;
    this.vocabSize = this.countIds();
    this.engine = this.makeEngine(files.model);
    this.specialTokens = specialTokens(this.config);
    this.controlTokens = controlPattern(files.model.added_tokens, allSpecialTokens(this.config));
    const { normalizer, pre_tokenizer: preTokenizer, decoder } = files.model;
    this.hasPatterns = JSON.stringify([normalizer, preTokenizer, decoder]).includes('"Regex"');
    this.eosId = this.findEos();
  }

  /**
   * Reads tokenizer.json, or the vocab.json and merges.txt of byte-level kinds (Qwen2, GPT-2), and tokenizer_config.json,
   * special_tokens_map.json, added_tokens.json beside them. @throws TextError naming the file
   */
  static fromFolder(folder: string): Tokenizer {
    return new Tokenizer(readTokenizerFiles(folder), folder);
  }

  /** What `save` writes as tokenizer.json. */
  get json(): string {
    return modelText(this.files.model);
  }

  /** Writes tokenizer.json, tokenizer_config.json, and the other files of the folder from which it came. */
  save(folder: string): void {
    writeTokenizerFiles(folder, this.files);
  }

  /** Ids that stand before a text that is no conversation: `<s>` and the like, of the post-processor. */
  get startIds(): number[] {
    const text = 'a';
    const plain = this.encode(text);
    const whole = this.bounded(
      text,
      () => this.engine.encode(text, { add_special_tokens: true }).ids,
    ) as number[];
    const start = whole.findIndex((_, i) => plain.every((id, j) => whole[i + j] === id));
    return whole.slice(0, Math.max(0, start));
  }

  /** The first control token in a text, or null. */
  controlTokenIn(text: string): string | null {
    return this.controlTokens.exec(text)?.[0] ?? null;
  }

  /**
   * @param name of the tools in messages
   * @throws TextError for descriptions of functions that hold a control token: it would end a turn
   */
  checkTools(tools: readonly object[] | null | undefined, name = 'tools'): void {
    const hostile = tools == null ? null : this.controlTokenIn(JSON.stringify(tools));
    if (hostile === null) return;
    throw new TextError(name, `they hold the control token ${hostile}; expected descriptions without any`);
  }

  /** A text in parts: every second one is a control token. */
  splitAtControlTokens(text: string): string[] {
    return text.split(this.controlTokens);
  }

  /**
   * Ids of a text; none are added to it.
   * @param options.splitSpecialTokens control tokens in the text are words like any other, as what people write must
   * be read; default: they are tokens, as in a prompt that a chat template rendered
   * @param options.after a text that it follows: some tokenizers (SentencePiece's) put a space before a first text
   */
  encode(text: string, options: { splitSpecialTokens?: boolean; after?: string } = {}): number[] {
    checkOptions('encode', options, { splitSpecialTokens: kinds.boolean, after: kinds.string });
    if (typeof text !== 'string') throw new TypeError(`encode: text: expected a text, got ${shown(text)}`);
    const { splitSpecialTokens, after = '' } = options;
    if (!splitSpecialTokens) return this.idsAfter(after, this.engine, text);
    return this.splitAtControlTokens(text).flatMap((part, i, [first]) => {
      if (i === 0) return this.idsAfter(after, this.engine, part);
      if (i % 2 === 0) return this.idsAfter(lineBreak, this.engine, part);
      this.wordEngine ??= this.makeEngine({ ...this.files.model, added_tokens: [] });
      const isStart = i === 1 && first === '' && after === '';
      const words = this.idsAfter(isStart ? '' : lineBreak, this.wordEngine, part);
      if (!words.includes(this.tokenId(part) as number)) return words;
      // The vocabulary holds the token as a word too.
      const engine = this.wordEngine;
      return [...part].flatMap((character) => this.idsAfter(lineBreak, engine, character));
    });
  }

  /** Ids that a text has behind another; where their tokens do not part there, its own. */
  private idsAfter(before: string, engine: Engine, text: string): number[] {
    if (before === '' || text === '') return this.idsOf(engine, text);
    const start = this.idsOf(engine, before);
    const whole = this.idsOf(engine, before + text);
    const parts = whole.length > start.length && start.every((id, i) => id === whole[i]);
    return parts ? whole.slice(start.length) : this.idsOf(engine, text);
  }

  private makeEngine(model: Record<string, unknown>): Engine {
    try {
      const engine = new Engine(model, this.config);
      boundEngine(engine);
      return engine;
    } catch (error) {
      throw this.error(modelFile, `not a tokenizer: ${(error as Error).message}`);
    }
  }

  private idsOf(engine: Engine, text: string): number[] {
    const ids: number[] = this.bounded(text, () => engine.encode(text, { add_special_tokens: false }).ids);
    const wrong = ids.findIndex((id) => !(id >= 0 && id < this.vocabSize));
    if (wrong < 0) return ids;
    const expected = `expected ids from 0 to ${this.vocabSize - 1}`;
    throw this.error(modelFile, `encodes a text to the id ${shown(ids[wrong])}; ${expected}`);
  }

  decode(ids: readonly number[], options: { skipSpecialTokens?: boolean } = {}): string {
    checkOptions('decode', options, { skipSpecialTokens: kinds.boolean });
    if (!Array.isArray(ids) || !ids.every((id) => Number.isSafeInteger(id) && id >= 0))
      throw new TypeError(`decode: ids: expected a list of token ids, got ${shown(ids)}`);
    // The engine refuses an empty list.
    if (ids.length === 0) return '';
    return this.bounded(ids, () =>
      this.engine.decode([...ids], {
        skip_special_tokens: options.skipSpecialTokens ?? false,
        clean_up_tokenization_spaces: false,
      }),
    );
  }

  /** Id of one token, or undefined. */
  tokenId(token: string): number | undefined {
    return this.engine.token_to_id(token);
  }

  /** Checked before the engine reads them: it makes a list as long as the largest id. */
  private countIds(): number {
    const { model, added_tokens: added } = this.files.model as Partial<Record<string, unknown>>;
    const vocabulary = (model as { vocab?: unknown } | null | undefined)?.vocab;
    let count = Array.isArray(vocabulary) ? vocabulary.length : 0;
    const include = (token: unknown, id: unknown) => {
      if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) > maxId)
        throw this.error(modelFile, `token ${shown(token)} has id ${shown(id)}; expected 0 to ${maxId}`);
      count = Math.max(count, (id as number) + 1);
    };
    if (typeof vocabulary === 'object' && vocabulary !== null && !Array.isArray(vocabulary))
      for (const [token, id] of Object.entries(vocabulary)) include(token, id);
    if (Array.isArray(added)) for (const token of added) include(token?.content, token?.id);
    return count;
  }

  private findEos(): number {
    const eos = this.config.eos_token;
    const token = contentOf(eos);
    const id = token === undefined ? undefined : this.engine.token_to_id(token);
    if (id === undefined)
      throw this.error(configFile, `eos_token is ${shown(eos)}; expected a token of ${modelFile}`);
    return id;
  }

  /** Patterns of the model's files run within a time limit. What the files got wrong may show in use only. */
  private bounded<T>(input: { length: number }, run: () => T): T {
    if (!this.hasPatterns) return this.trying(run);
    const done = this.trying(() => withinTime(run, timeLimit(input)));
    if (done !== null) return done.value;
    const problem = `a pattern in normalizer, pre_tokenizer or decoder did not end within ${timeLimit(input)} ms`;
    throw this.error(modelFile, `${problem} on an input of length ${input.length}`);
  }

  private trying<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.error(modelFile, `the tokenizer failed: ${(error as Error).message}`);
    }
  }

  private error(file: string, reason: string): TextError {
    return new TextError(join(this.source, file), reason);
  }
}

/** Matches the added tokens that are special or `named` as such, longer ones first: a token may hold another. */
function controlPattern(added: unknown, named: readonly string[]): RegExp {
  const tokens = Array.isArray(added) ? added : [];
  const contents = tokens.flatMap((token): string[] => {
    const content = contentOf(token);
    return content && (token.special === true || named.includes(content)) ? [content] : [];
  });
  const escaped = contents
    .sort((a, b) => b.length - a.length)
    .map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(escaped.length > 0 ? `(${escaped.join('|')})` : '(?!)', 'u');
}
