/** Text to token ids and back, over Hugging Face's own tokenizer files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer as Engine } from '@huggingface/tokenizers';
import { readJson, TextError } from './text-error.js';

const modelFile = 'tokenizer.json';
const configFile = 'tokenizer_config.json';

/** The two files that make a tokenizer. */
export interface TokenizerFiles {
  /** tokenizer.json */
  model: Record<string, unknown>;
  /** tokenizer_config.json; `eos_token` names the token that ends a completion. */
  config: Record<string, unknown>;
}

export class Tokenizer {
  /** Id of the token that ends a completion. */
  readonly eosId: number;
  private readonly engine: Engine;
  private readonly files: TokenizerFiles;

  constructor(files: TokenizerFiles, source = 'tokenizer') {
    this.files = files;
    try {
      this.engine = new Engine(files.model, files.config);
    } catch (error) {
      throw new TextError(join(source, modelFile), `not a tokenizer: ${(error as Error).message}`);
    }
    const eos = files.config.eos_token as string | { content: string } | undefined;
    const token = typeof eos === 'object' ? eos.content : eos;
    const id = token === undefined ? undefined : this.engine.token_to_id(token);
    if (id === undefined)
      throw new TextError(
        join(source, configFile),
        `eos_token ${JSON.stringify(eos)} is no token of ${modelFile}`,
      );
    this.eosId = id;
  }

  /** Reads tokenizer.json and tokenizer_config.json. @throws TextError naming the file */
  static fromFolder(folder: string): Tokenizer {
    const read = (name: string) => readJson(join(folder, name));
    return new Tokenizer({ model: read(modelFile), config: read(configFile) }, folder);
  }

  /** Writes the two files. */
  save(folder: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, modelFile), `${JSON.stringify(this.files.model)}\n`);
    writeFileSync(join(folder, configFile), `${JSON.stringify(this.files.config, null, 2)}\n`);
  }

  /** Ids of a text; control tokens in it count as tokens, none are added. */
  encode(text: string): number[] {
    return this.engine.encode(text, { add_special_tokens: false }).ids;
  }

  decode(
    ids: readonly number[],
    { skipSpecialTokens = false }: { skipSpecialTokens?: boolean } = {},
  ): string {
    // The engine refuses an empty list.
    if (ids.length === 0) return '';
    return this.engine.decode([...ids], {
      skip_special_tokens: skipSpecialTokens,
      clean_up_tokenization_spaces: false,
    });
  }

  /** One more than the largest id: the rows that an embedding table needs. */
  get vocabSize(): number {
    return 1 + Math.max(...this.engine.get_vocab().values());
  }

  /** Id of one token, or undefined. */
  tokenId(token: string): number | undefined {
    return this.engine.token_to_id(token);
  }
}
