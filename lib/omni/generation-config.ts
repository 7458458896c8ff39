/**
 * generation_config.json: the ids that end a completion, and how `generate` samples where its caller does not say. What the
 * file leaves out is as transformers has it.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { SamplingParams } from '../data/index.js';
import { FileError, readJsonObject, shown } from '../runtime/index.js';

const fileName = 'generation_config.json';

export interface GenerationConfig {
  /** Ids that end a completion, besides the tokenizer's end token. */
  stopIds: readonly number[];
  /** Defaults of `generate`, `generateBatch` and `stream`. */
  params: Partial<SamplingParams>;
  /** The settings that `generate` does not have and that would change what it gives, as `name: value`. */
  unsupported: readonly string[];
  /** The file itself; null: there is none. */
  json: Record<string, unknown> | null;
}

export const noGenerationConfig: GenerationConfig = { stopIds: [], params: {}, unsupported: [], json: null };

const id = z.int().min(0);
const ids = z.union([id, z.array(id)]).nullish();
const schema = z.looseObject({
  eos_token_id: ids,
  do_sample: z.boolean().nullish(),
  temperature: z.number().min(0).nullish(),
  top_k: z.int().min(0).nullish(),
  top_p: z.number().positive().max(1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  max_new_tokens: z.int().positive().nullish(),
  stop_strings: z.union([z.string().min(1), z.array(z.string().min(1))]).nullish(),
});

/** Where sampling is on and the file does not say how many. */
const defaultTopK = 50;

/** Settings that change the text, and the values with which they do not. Others mean nothing to one sampled text. */
const neutral: Record<string, readonly unknown[]> = {
  num_beams: [1],
  num_beam_groups: [1],
  num_return_sequences: [1],
  min_length: [0],
  min_new_tokens: [0],
  typical_p: [1],
  top_h: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  penalty_alpha: [0],
  no_repeat_ngram_size: [0],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  guidance_scale: [1],
  bad_words_ids: [],
  suppress_tokens: [],
  begin_suppress_tokens: [],
  sequence_bias: [],
  forced_bos_token_id: [],
  forced_eos_token_id: [],
  exponential_decay_length_penalty: [],
  watermarking_config: [],
  dola_layers: [],
  token_healing: [false],
};

/**
 * Reads generation_config.json; a folder without one has the stop ids of its config.json.
 * @param vocabSize ids are below it
 * @throws FileError naming the file and the field
 */
export function readGenerationConfig(folder: string, vocabSize: number): GenerationConfig {
  const own = join(folder, fileName);
  const hasOwn = existsSync(own);
  const file = hasOwn ? own : join(folder, 'config.json');
  const json = readJsonObject(file);
  const result = schema.safeParse(hasOwn ? json : { eos_token_id: json.eos_token_id });
  if (!result.success) {
    const [{ path, message }] = result.error.issues;
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], json);
    throw new FileError(file, `${path.join('.')} is ${shown(value)}: ${message}`);
  }
  const { eos_token_id: end } = result.data;
  const stopIds = [end ?? []].flat();
  const wrong = stopIds.find((stop) => stop >= vocabSize);
  if (wrong !== undefined)
    throw new FileError(
      file,
      `eos_token_id has ${wrong}; expected ids below ${vocabSize}, the vocabulary's size`,
    );
  if (!hasOwn) return { ...noGenerationConfig, stopIds };
  return { stopIds, params: paramsOf(result.data), unsupported: unsupportedIn(json), json };
}

/** Writes the file as it was read, if there was one. */
export function writeGenerationConfig(folder: string, { json }: GenerationConfig): void {
  if (json !== null) writeFileSync(join(folder, fileName), `${JSON.stringify(json, null, 2)}\n`);
}

/** @throws Error for settings that cannot be followed */
export function checkSupported({ unsupported }: GenerationConfig): void {
  if (unsupported.length === 0) return;
  throw new RangeError(
    `generate: ${fileName} of the model's folder has ${unsupported.join(', ')}, which generate does not have. ` +
      'Fix: remove it from the file',
  );
}

function paramsOf(given: z.infer<typeof schema>): Partial<SamplingParams> {
  const samples = given.do_sample === true;
  const params = {
    temperature: samples ? (given.temperature ?? 1) : 0,
    topK: given.top_k ?? (samples ? defaultTopK : null),
    topP: given.top_p,
    minP: given.min_p,
    repetitionPenalty: given.repetition_penalty,
    maxNewTokens: given.max_new_tokens,
    stop: given.stop_strings == null ? null : [given.stop_strings].flat(),
  };
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value != null));
}

function unsupportedIn(json: Record<string, unknown>): string[] {
  return Object.entries(neutral).flatMap(([name, values]) => {
    const value = json[name];
    const isEmpty = value == null || (Array.isArray(value) && value.length === 0);
    return isEmpty || values.includes(value) ? [] : [`${name}: ${shown(value)}`];
  });
}
