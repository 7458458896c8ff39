/** PEFT's folder of an adapter: adapter_config.json and adapter_model.safetensors. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../files/index.js';
import type { LoraAdapter, LoraOptions, StateDict } from '../nn/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import { scope, type Tensor, torch } from '../tensor/index.js';
import { type PeftDescription, readPeftConfig, writePeftConfig } from './peft-config.js';

const prefix = 'base_model.model.';
const configFile = 'adapter_config.json';
const weightsFile = 'adapter_model.safetensors';

/** What the files of adapters said beside the adapters. */
const descriptions = new WeakMap<LoraAdapter, PeftDescription>();

/** @param base the folder of the model that it changes, where the adapter was not read with another name of it */
export function saveAdapter(adapter: LoraAdapter, folder: string, base: string | null = null): void {
  const description = descriptions.get(adapter);
  const config = writePeftConfig(adapter.options, {
    ...description,
    base_model_name_or_path: description?.base_model_name_or_path ?? base,
  });
  mkdirSync(folder, { recursive: true });
  scope(() => {
    const weights = Object.entries(adapter.stateDict()).map(([name, tensor]) => [prefix + name, tensor]);
    torch.save(Object.fromEntries(weights), join(folder, weightsFile), { format: 'pt' });
  });
  replaceFile(join(folder, configFile), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * @param base weights of the model
 * @param attach adds an adapter with these weights to it
 * @throws FileError, SafetensorsError
 */
export function readAdapter(
  folder: string,
  base: Readonly<StateDict>,
  attach: (options: LoraOptions, weights: StateDict) => LoraAdapter,
): void {
  const config = join(folder, configFile);
  const fail = (problem: string) => new FileError(config, problem);
  const { options, description } = readPeftConfig(readJsonObject(config), fail);
  const file = join(folder, weightsFile);
  scope(() => {
    const weights = Object.entries(torch.load(file)).map(([name, tensor]) => {
      if (!name.startsWith(prefix)) throw new FileError(file, `holds ${name}; expected names with ${prefix}`);
      return [name.slice(prefix.length), tensor] as const;
    });
    try {
      const own = weights.filter(([name, tensor]) => !isOfBase(name, tensor, base));
      descriptions.set(attach(options, Object.fromEntries(own)), description);
    } catch (error) {
      throw new FileError(file, (error as Error).message);
    }
  });
}

/** Copies the weights that `saveAdapter` wrote into an adapter with the same options. @throws FileError, SafetensorsError */
export function loadAdapterWeights(adapter: LoraAdapter, folder: string): void {
  const file = join(folder, weightsFile);
  scope(() => {
    const weights = Object.entries(torch.load(file)).map(([name, tensor]) => [
      name.slice(prefix.length),
      tensor,
    ]);
    try {
      adapter.loadStateDict(Object.fromEntries(weights));
    } catch (error) {
      throw new FileError(file, (error as Error).message);
    }
  });
}

/** PEFT writes the base weights of embeddings, too, where they have an update: in case their size was changed. */
function isOfBase(name: string, tensor: Tensor, base: Readonly<StateDict>): boolean {
  const own = base[name.replace(/\.base_layer\.weight$/, '.weight')];
  return name.endsWith('.base_layer.weight') && own !== undefined && isSame(tensor, own);
}

function isSame(tensor: Tensor, own: Tensor): boolean {
  if (tensor.shape.join() !== own.shape.join()) return false;
  return scope(() => torch.equal(tensor.to({ dtype: own.dtype, device: own.device }), own));
}
