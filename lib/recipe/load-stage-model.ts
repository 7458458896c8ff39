/** The model that a finished stage saved. */
import { join } from 'node:path';
import { BadInputError } from '../files/index.js';
import { adaptable, loadWeights, readModelConfig } from '../models/index.js';
import type { OmniModel } from '../omni/index.js';
import { readUserText } from '../runtime/index.js';
import { differences } from '../train/index.js';
import type { Recipe, StageUse } from './stage.js';
import { baseFolder, keepsAdapter, removeAdapter, startFolder, trainedFolder } from './stage-adapter.js';

/** Puts what a finished stage left into the model: weights, or an adapter and the weights that it belongs to. */
export function loadStageModel(model: OmniModel, use: StageUse, recipe: Recipe): void {
  const graph = adaptable(model.graph);
  removeAdapter(graph);
  const folder = trainedFolder(use, recipe);
  const isAdapter = keepsAdapter(use, recipe);
  const base = isAdapter ? baseFolder(use, recipe) : folder;
  // The recipe's model may have another spelling of the same configuration.
  if (base === recipe.model) loadWeights(graph, base);
  else loadOwn(model, base);
  graph.source = base;
  if (isAdapter) graph.loadAdapter(folder);
}

/** Puts the model that the recipe starts from into the model, after a stage that is not built upon. */
export function loadStartModel(model: OmniModel, recipe: Recipe): void {
  const graph = adaptable(model.graph);
  removeAdapter(graph);
  const folder = startFolder(recipe);
  if (folder === recipe.model) loadWeights(graph, folder);
  else loadOwn(model, folder);
  graph.source = folder;
  if (recipe.adapter !== undefined) graph.loadAdapter(recipe.adapter);
}

/** Puts the weights that a run wrote into the model. @throws BadInputError when they are of another model */
function loadOwn(model: OmniModel, folder: string): void {
  const { config } = readModelConfig(folder);
  const other = differences(config, model.graph.config).map(([field]) => field);
  if (readUserText(join(folder, 'tokenizer.json'), { maxBytes: 2 ** 28 }) !== model.tokenizer.json)
    other.push('tokenizer');
  if (other.length > 0) {
    throw new BadInputError(
      `${folder} holds a model that differs from the recipe's in ${other.join(', ')}: the recipe's model or samples have ` +
        'changed since the stage ended. Resume with what the run began with, or begin anew: --overwrite, or another output',
    );
  }
  loadWeights(model.graph, folder);
}
