// What the trainers need of a model. OmniModel has all of it; a program that brings its own model implements this.

import type { Prompt } from '../batch/index.js';
import type { ChatRow, Completion, PromptPreference, Sample, SamplingParams, View } from '../data/index.js';
import type { ModelGraph } from '../models/index.js';
import type { Protocol, TargetTurn } from '../rewards/index.js';
import type { EncodedMedia } from '../rollout/index.js';
import type { Tensor } from '../tensor/index.js';

export interface EncodedTurns {
  ids: readonly number[];
  /** One entry a token, 1: it is learned. */
  lossMask: readonly number[];
}

export type PromptsByView = Partial<Record<View, Prompt[]>>;

/** Weights beside a graph's, which are trained with them. */
interface TrainedHead {
  namedParameters(): [string, Tensor][];
  /** Writes its file into a folder, where the model's are. */
  save(folder: string): void;
  load(folder: string): void;
}

export interface TrainableModel {
  readonly graph: ModelGraph;
  /** Of reward models alone. `savePretrained` writes it too. */
  readonly head?: TrainedHead;
  /** The views that it can show; left out: all. */
  readonly views?: readonly View[];
  /**
   * Prompts in each of the views, in the order of the samples; all views of a clip hold the same track objects. Tensors
   * belong to the current scope.
   * @param options.occurrences for each sample, how often the training has sampled it before; default 0 each
   * @param options.seed of the order of frames in the view 'shuffled'
   */
  prepare(
    samples: readonly Sample[],
    options: { views: readonly View[]; occurrences?: readonly number[]; seed?: number },
  ): Promise<PromptsByView>;
  /**
   * For each prompt its completions, `numGenerations` each.
   * @param options.media encodes tracks that it has not seen, and keeps their tokens for other views and for the updates
   */
  samplePrompts(
    prompts: readonly Prompt[],
    params: SamplingParams,
    options: { media: EncodedMedia },
  ): Promise<Completion[][]>;
  /** Token ids of a completion's text, end token included. */
  encodeCompletion(text: string): number[];
  /** Token ids of a part of a completion, without the end token; needed where steps of reasoning are compared or scored. */
  encodePart?(text: string): number[];
  /** Token ids of turns of the model with the user's questions between them, and which are learned (1); needed by protocol 'twoTurn'. */
  encodeTurns?(turns: readonly TargetTurn[]): EncodedTurns;
  /** Completions with what rewards read of them, which a second turn may end; needed by protocol 'twoTurn'. */
  finalAnswers?(
    prompts: readonly Prompt[],
    completions: readonly (readonly Completion[])[],
    options: { protocol: Protocol; media: EncodedMedia },
  ): Promise<(Completion & { scored: string })[][]>;
  /**
   * Token ids of a conversation, and which of them are learned (1); needed by SFT on conversations alone.
   * @param loss whether the tokens of the assistant's turns, or those after the prompt, are learned alone
   */
  encodeChat?(
    row: ChatRow,
    loss: { assistantOnly: boolean; completionOnly: boolean },
  ): { ids: readonly number[]; lossMask: readonly number[] };
  /** Token ids of a prompt without media and of its two completions; needed by DPO on rows with a `prompt` alone. */
  encodePreference?(row: PromptPreference): { prompt: number[]; chosen: number[]; rejected: number[] };
  /**
   * Writes a folder that can be loaded again: config.json, weights and what else the model needs. A graph of no listed
   * family stands in model.safetensors under its own names (`models.saveGraph`): a resumed training reads it from there.
   */
  savePretrained(folder: string): void | Promise<void>;
}

/** @throws Error when the model has not prepared the view */
export function promptsIn(view: View, prompts: PromptsByView): Prompt[] {
  const found = prompts[view];
  if (found !== undefined) return found;
  throw new Error(
    `prepare: expected prompts in the view '${view}', got ${Object.keys(prompts).join(', ') || 'none'}`,
  );
}

/** The prompt of each sample, by its id: a sample that stands there several times is prepared once. */
export async function promptsById(
  model: TrainableModel,
  samples: readonly Sample[],
): Promise<ReadonlyMap<string, Prompt>> {
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  const prompts = promptsIn('av', await model.prepare([...byId.values()], { views: ['av'] }));
  return new Map([...byId.keys()].map((id, i) => [id, prompts[i]]));
}

/** @throws Error when the model cannot encode parts of completions */
export function encodeParts(model: TrainableModel, id: string, parts: readonly string[]): number[] {
  if (parts.length === 0) return [];
  if (model.encodePart === undefined)
    throw new Error(
      `sample '${id}': the model has no encodePart, which steps need; give it one that writes no end token`,
    );
  return parts.flatMap((part) => model.encodePart?.(part) ?? []);
}

/** The tokens that a sample teaches, and those of the user between them. */
export function encodeTurns(
  model: TrainableModel,
  id: string,
  target: string | readonly TargetTurn[],
): EncodedTurns {
  const turns = typeof target === 'string' ? [{ text: target }] : target;
  if (turns.length === 1) {
    const ids = model.encodeCompletion(turns[0].text);
    return { ids, lossMask: ids.map(() => 1) };
  }
  if (model.encodeTurns !== undefined) return model.encodeTurns(turns);
  throw new Error(
    `sample '${id}': the model has no encodeTurns, which protocol 'twoTurn' needs; give it one, or ask in one turn ('steps')`,
  );
}
