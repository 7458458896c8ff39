/** A model folder that a user names. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BadInputError } from '../files/index.js';
import type { MediaPoolOptions } from '../media/index.js';
import { OmniModel } from '../omni/index.js';

/** @param field of a recipe that names it; left out: an argument of the command line @throws BadInputError */
export async function openFolder(
  folder: string,
  media: MediaPoolOptions,
  field?: string,
): Promise<OmniModel> {
  if (!existsSync(join(folder, 'config.json'))) {
    const place = field === undefined ? folder : `${field}: ${folder}`;
    const problem = existsSync(folder) ? 'no config.json there' : 'no such folder';
    throw new BadInputError(
      `${place}: ${problem}; give a model's folder, for example the 'model' folder of a finished stage`,
    );
  }
  const model = await OmniModel.fromPretrained(folder);
  model.mediaOptions = media;
  return model;
}
