/** The files of a folder's tokenizer, read as transformers reads them, and written so that it reads the same. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shown } from '../runtime/index.js';
import { byteLevelModel } from './byte-level.js';
import { allSpecialTokens, completeConfig, contentOf, isObject, specialTokens } from './special-tokens.js';
import { readJson, readText, TextError } from './text-error.js';

type Json = Record<string, unknown>;

export const modelFile = 'tokenizer.json';
export const configFile = 'tokenizer_config.json';
const mapFile = 'special_tokens_map.json';
const addedFile = 'added_tokens.json';
const vocabularyFile = 'vocab.json';
const mergesFile = 'merges.txt';

/** What makes a tokenizer. */
export interface TokenizerFiles {
  /** tokenizer.json */
  model: Json;
  /** tokenizer_config.json; `eos_token` names the token that ends a completion. */
  config: Json;
  /** special_tokens_map.json of folders whose tokenizer_config.json lists no tokens. */
  specialTokensMap?: Json;
  /** Texts of further files, by name, that stand in saved folders as they were. */
  others?: Readonly<Record<string, string>>;
}

/** @throws TextError naming the file */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  const fail = (file: string, problem: string): Error => new TextError(join(folder, file), problem);
  const has = (file: string): boolean => existsSync(join(folder, file));
  const read = (file: string): Json => readJson(join(folder, file));
  const hasVocabulary = has(vocabularyFile) && has(mergesFile);
  if (!has(modelFile) && !hasVocabulary && has('tokenizer.model')) {
    const fix =
      "Fix: write tokenizer.json with transformers' AutoTokenizer.from_pretrained(folder).save_pretrained(folder)";
    throw fail('tokenizer.model', `a SentencePiece model, which is not read without a ${modelFile}. ${fix}`);
  }
  const ownModel = has(modelFile) || !hasVocabulary ? read(modelFile) : null;
  const config = has(configFile) || !has(mapFile) ? read(configFile) : {};
  const specialTokensMap = has(mapFile) ? read(mapFile) : undefined;
  const complete = completeConfig(config, specialTokensMap);
  const others = [mapFile, addedFile, vocabularyFile, mergesFile].filter(has);
  const texts = Object.fromEntries(others.map((file) => [file, readText(join(folder, file))]));
  const model =
    ownModel ?? byteLevelModel(complete, read(vocabularyFile), texts[mergesFile], (...what) => fail(...what));
  const listed = config.added_tokens_decoder ?? (has(addedFile) ? read(addedFile) : {});
  const whole = withAddedTokens(model, complete, listed, (problem) => fail(configFile, problem));
  return {
    model: ownModel === null ? withAffixes(whole, complete) : whole,
    config,
    specialTokensMap,
    others: texts,
  };
}

export function writeTokenizerFiles(folder: string, { model, config, others = {} }: TokenizerFiles): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, modelFile), modelText(model));
  writeFileSync(join(folder, configFile), `${JSON.stringify(config, null, 2)}\n`);
  for (const [name, text] of Object.entries(others)) writeFileSync(join(folder, name), text);
}

export function modelText(model: Json): string {
  return `${JSON.stringify(model)}\n`;
}

/** The special tokens of a folder by name; none where it has no tokenizer. @throws TextError */
export function readSpecialTokens(folder: string): Record<string, string> {
  const [config, map] = [configFile, mapFile].map((name) => {
    const file = join(folder, name);
    return existsSync(file) ? readJson(file) : {};
  });
  return specialTokens(completeConfig(config, map));
}

/**
 * A model with tokens that stand outside it too: those that tokenizer_config.json lists by id (`added_tokens_decoder`) or
 * added_tokens.json by text, and special tokens that are words of the vocabulary.
 */
function withAddedTokens(model: Json, config: Json, listed: unknown, fail: (problem: string) => Error): Json {
  const { added_tokens: own, model: inner } = model;
  const known = Array.isArray(own) ? own : [];
  const contents = new Set(known.map(contentOf));
  const vocabulary = isObject(inner) && isObject(inner.vocab) ? inner.vocab : {};
  const special = allSpecialTokens(config);
  const added: { id: number; content: string }[] = [];
  const add = (content: string, id: number, flags: Json): void => {
    if (contents.has(content)) return;
    contents.add(content);
    const inVocabulary = Object.hasOwn(vocabulary, content) ? (vocabulary[content] as number) : id;
    added.push({ ...plainToken, ...flags, id: inVocabulary, content });
  };
  if (!isObject(listed)) throw fail(`added_tokens_decoder is ${shown(listed)}; expected tokens by id`);
  for (const [key, value] of Object.entries(listed)) {
    // Ids are checked with those of the whole tokenizer.
    const [id, token] = isObject(value) ? [Number(key), value] : [value as number, { content: key }];
    const content = contentOf(token);
    if (content === undefined)
      throw fail(`added_tokens_decoder: ${key} is ${shown(value)}; expected a token`);
    const isSpecial = special.includes(content);
    const flags = isObject(value) ? value : { normalized: !isSpecial };
    add(content, id, { ...flags, ...(isSpecial && { special: true }) });
  }
  for (const content of special)
    if (Object.hasOwn(vocabulary, content)) add(content, vocabulary[content] as number, { special: true });
  if (added.length === 0) return model;
  return { ...model, added_tokens: [...known, ...added].sort((a, b) => a.id - b.id) };
}

const plainToken = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };

/** With a post-processor that adds the tokens for which the configuration asks. */
function withAffixes(model: Json, config: Json): Json {
  const { bos_token: bos, eos_token: eos } = specialTokens(config);
  const before = config.add_bos_token === true && bos !== undefined ? [bos] : [];
  const after = config.add_eos_token === true && eos !== undefined ? [eos] : [];
  if (before.length + after.length === 0) return model;
  const { added_tokens: added } = model as { added_tokens: { id: number; content: string }[] };
  const piece = (content: string, type: number) => ({ SpecialToken: { id: content, type_id: type } });
  const around = (name: string, type: number) => [
    ...before.map((token) => piece(token, type)),
    { Sequence: { id: name, type_id: type } },
    ...after.map((token) => piece(token, type)),
  ];
  const ids = new Map(added.map(({ content, id }) => [content, id]));
  return {
    ...model,
    post_processor: {
      type: 'TemplateProcessing',
      single: around('A', 0),
      pair: [...around('A', 0), ...around('B', 1)],
      special_tokens: Object.fromEntries(
        [...before, ...after].map((token) => [token, { id: token, ids: [ids.get(token)], tokens: [token] }]),
      ),
    },
  };
}
