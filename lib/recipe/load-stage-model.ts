/** The model that a finished stage saved. */
import { join } from 'node:path';
import { BadInputError } from '../files/index.js';
import { loadWeights, readModelConfig } from '../models/index.js';
import type { OmniModel } from '../omni/index.js';
import { readUserText } from '../runtime/index.js';
import { differences } from '../train/index.js';

/** Puts the weights that lie in `folder` into the model. @throws BadInputError when they are of another model */
export function loadStageModel(model: OmniModel, folder: string): void {
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
