/**
 * Adapters in a recipe: the one that it starts from, and those that stages add. A stage trains the adapter that it adds or
 * that the stage before left, and leaves it in a folder of its own, or merged into the weights.
 */
import { join } from 'node:path';
import { BadInputError } from '../files/index.js';
import { adaptable, type FamilyGraph } from '../models/index.js';
import type { OmniModel } from '../omni/index.js';
import { TorchError } from '../runtime/index.js';
import { torch } from '../tensor/index.js';
import { type AdapterSettings, adapterOptions } from './reading/adapter-settings.js';
import { type Recipe, type StageUse, startOf } from './stage.js';

/** What a stage trains in place of the weights: an adapter that it adds, or one that it was left. */
type StageAdapter = { from: 'settings'; settings: AdapterSettings } | { from: 'before' };

function stageAdapter(use: StageUse, recipe: Recipe): StageAdapter | null {
  if (use.adapter !== undefined) return { from: 'settings', settings: use.adapter };
  if (startsWithAdapter(use, recipe)) return { from: 'before' };
  const settings = use.stage.learnsLike?.(use, recipe)?.adapter;
  return settings === undefined ? null : { from: 'settings', settings };
}

/** Whether the model from which a stage starts has an adapter. */
function startsWithAdapter(use: StageUse, recipe: Recipe): boolean {
  const start = startOf(use, recipe);
  return start === undefined ? recipe.adapter !== undefined : keepsAdapter(start, recipe);
}

/** Whether a stage leaves an adapter beside the weights that it started from. */
export function keepsAdapter(use: StageUse, recipe: Recipe): boolean {
  return use.mergeAdapter !== true && stageAdapter(use, recipe) !== null;
}

/** Where a stage leaves what it trained. */
export function trainedFolder(use: StageUse, recipe: Recipe): string {
  return join(recipe.output, use.name, keepsAdapter(use, recipe) ? 'adapter' : 'model');
}

/** The folder of the model that a stage's adapter belongs to. */
export function baseFolder(use: StageUse, recipe: Recipe): string {
  const start = startOf(use, recipe);
  if (start !== undefined && keepsAdapter(start, recipe)) return baseFolder(start, recipe);
  return start === undefined ? startFolder(recipe) : trainedFolder(start, recipe);
}

/** The folder of the model that the recipe starts from; a fresh one is written where it is needed again. */
export function startFolder({ model, output }: Recipe): string {
  return typeof model === 'string' ? model : join(output, 'start', 'model');
}

/** What the schemas cannot know. */
export function adapterProblems(use: StageUse, recipe: Recipe): { path: string[]; text: string }[] {
  const { stage, adapter, mergeAdapter } = use;
  if (!stage.outputs.includes('model')) {
    const text = 'is for stages that leave a model, which this one does not';
    const given = [adapter && 'adapter', mergeAdapter !== undefined && 'mergeAdapter'].filter((it) => it);
    return given.map((name) => ({ path: [name as string], text }));
  }
  if (adapter !== undefined && startsWithAdapter(use, recipe)) {
    const start = startOf(use, recipe)?.name;
    const [whose, fix] =
      start === undefined
        ? ["the recipe's", "leave out one of the two 'adapter'"]
        : [`that of '${start}'`, `leave it out, or give '${start}' mergeAdapter: true`];
    return [
      { path: ['adapter'], text: `the stage starts with an adapter, ${whose}, and trains that; ${fix}` },
    ];
  }
  if (mergeAdapter === true && stageAdapter(use, recipe) === null)
    return [
      { path: ['mergeAdapter'], text: 'the stage has no adapter to merge; give it one: adapter: { r: 8 }' },
    ];
  return [];
}

/** Gives the model what a stage trains: its adapter, or its weights. */
export function beginAdapter(model: OmniModel, use: StageUse, recipe: Recipe): void {
  const graph = adaptable(model.graph);
  const wanted = stageAdapter(use, recipe);
  if (graph.adapter !== null && wanted?.from !== 'before') removeAdapter(graph);
  if (wanted === null || graph.adapter !== null) return;
  // The same weights, whatever was drawn before.
  torch.manualSeed(recipe.seed);
  const settings = wanted.from === 'settings' ? wanted.settings : addedBefore(use, recipe);
  if (typeof settings === 'string') graph.loadAdapter(settings);
  else addAdapter(graph, settings, use);
}

/** Which modules there are is known once the model is. @throws BadInputError */
function addAdapter(graph: FamilyGraph, settings: AdapterSettings, { name }: StageUse): void {
  try {
    graph.addAdapter(adapterOptions(settings));
  } catch (error) {
    if (error instanceof TorchError) throw error;
    throw new BadInputError(`stage '${name}': ${(error as Error).message}`);
  }
}

/** Merges the adapter of a finished stage where the recipe asks for it. */
export function endAdapter(model: OmniModel, { mergeAdapter }: StageUse): void {
  const graph = adaptable(model.graph);
  if (mergeAdapter !== true || graph.adapter === null) return;
  graph.mergeAdapter();
  graph.requiresGrad_(true);
}

export function removeAdapter(graph: FamilyGraph): void {
  if (graph.adapter === null) return;
  graph.removeAdapter();
  graph.requiresGrad_(true);
}

/** The settings of the adapter that the stages before left, or the recipe's folder of one. */
function addedBefore(use: StageUse, recipe: Recipe): AdapterSettings | string {
  const start = startOf(use, recipe);
  if (start === undefined) return recipe.adapter ?? {};
  const wanted = stageAdapter(start, recipe);
  return wanted?.from === 'settings' ? wanted.settings : addedBefore(start, recipe);
}
