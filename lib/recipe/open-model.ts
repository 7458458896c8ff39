/** The model that a recipe starts from, and model folders that a user names. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../data/index.js';
import { BadInputError } from '../files/index.js';
import type { MediaPoolOptions } from '../media/index.js';
import { newSmallModel, OmniModel } from '../omni/index.js';
import { torch } from '../tensor/index.js';
import { type Display, noDisplay, type Progress } from './display.js';
import { recipeProtocol } from './protocol.js';
import type { RecipeSamples } from './samples.js';
import type { Recipe } from './stage.js';

/** Folders with more bytes of weights show how far loading is. */
const shownFrom = 2 ** 30;

export async function openModel(
  recipe: Recipe,
  samples: RecipeSamples,
  { progress }: Pick<Display, 'progress'> = noDisplay,
): Promise<OmniModel> {
  torch.manualSeed(recipe.seed);
  const { model: given, processor } = recipe;
  const model =
    typeof given === 'string'
      ? await openFolder(given, recipe.media, {
          field: 'model',
          device: recipe.device,
          adapter: recipe.adapter === undefined ? undefined : { folder: recipe.adapter, field: 'adapter' },
          progress,
        })
      : newSmallModel(vocabularySamples(samples), {
          config: given,
          processor,
          protocol: recipeProtocol(recipe),
        });
  model.mediaOptions = recipe.media;
  // Weights are drawn on the CPU, so that they are the same on every device.
  if (typeof given !== 'string' && recipe.device !== 'cpu') model.graph.to({ device: recipe.device });
  if (recipe.bf16) model.graph.computeIn('bfloat16');
  return model;
}

/** Samples whose words a fresh model has, those of stages' own files among them. */
function vocabularySamples({ captions, withRationale, answerOnly, ...others }: RecipeSamples): Sample[] {
  const own = Object.entries(others).flatMap(([name, rows]) => (name.includes('.') ? rows : []));
  const isSample = (row: object): row is Sample => 'question' in row && !('chosen' in row);
  return [...captions, ...withRationale, ...answerOnly, ...own.filter(isSample)];
}

interface OpenOptions {
  /** Of a recipe, which names the folder; left out: an argument of the command line. */
  field?: string;
  device?: string;
  /** The folder of an adapter, and the field or option that names it. */
  adapter?: { folder: string; field: string };
  /** Shows the loading of large folders. */
  progress?: Display['progress'];
}

/** @throws BadInputError */
export async function openFolder(
  folder: string,
  media: MediaPoolOptions,
  { field, device = 'cpu', adapter, progress = noDisplay.progress }: OpenOptions = {},
): Promise<OmniModel> {
  const place = field === undefined ? folder : `${field}: ${folder}`;
  checkHolds(
    folder,
    'config.json',
    place,
    "a model's folder, for example the 'model' folder of a finished stage",
  );
  if (adapter !== undefined) {
    const wanted = `an adapter's folder, for example the 'adapter' folder of a finished stage`;
    checkHolds(adapter.folder, adapterFile, `${adapter.field}: ${adapter.folder}`, wanted);
  }
  const shown: Progress[] = [];
  const onProgress = (done: number, total: number): void => {
    if (total < shownFrom) return;
    shown[0] ??= progress('loading weights');
    shown[0].update(done, total);
  };
  try {
    const options = { device, onProgress, adapter: adapter?.folder };
    const model = await OmniModel.fromPretrained(folder, options);
    model.mediaOptions = media;
    return model;
  } finally {
    shown[0]?.stop();
  }
}

const adapterFile = 'adapter_config.json';

function checkHolds(folder: string, file: string, place: string, wanted: string): void {
  if (existsSync(join(folder, file))) return;
  const problem = existsSync(folder) ? `no ${file} there` : 'no such folder';
  const isAdapter = file !== adapterFile && existsSync(join(folder, adapterFile));
  const hint = isAdapter
    ? 'it holds an adapter: give the folder of its model here, and this one as the adapter'
    : `give ${wanted}`;
  throw new BadInputError(`${place}: ${problem}; ${hint}`);
}
