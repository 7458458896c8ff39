/** A model folder named on the command line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OmniModel } from '../rollout/index.js';
import { BadInputError } from './bad-input.js';

export async function openFolder(folder: string): Promise<OmniModel> {
  if (!existsSync(join(folder, 'config.json'))) {
    throw new BadInputError(
      `${folder}: no config.json there; give a model's folder, for example the 'model' folder of a finished stage`,
    );
  }
  return OmniModel.fromPretrained(folder);
}
