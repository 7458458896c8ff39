/** A model folder named on the command line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaPoolOptions } from '../media/index.js';
import { OmniModel } from '../rollout/index.js';
import { BadInputError } from './bad-input.js';

export async function openFolder(folder: string, media: MediaPoolOptions): Promise<OmniModel> {
  if (!existsSync(join(folder, 'config.json'))) {
    throw new BadInputError(
      `${folder}: no config.json there; give a model's folder, for example the 'model' folder of a finished stage`,
    );
  }
  const model = await OmniModel.fromPretrained(folder);
  model.mediaOptions = media;
  return model;
}
