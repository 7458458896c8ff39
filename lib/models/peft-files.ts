/** PEFT's folder of an adapter: adapter_config.json and adapter_model.safetensors. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFiles } from '../files/index.js';
import type { LoraAdapter, LoraOptions, StateDict } from '../nn/index.js';
import { FileError, readJsonObject } from '../runtime/index.js';
import { scope, type Tensor, torch } from '../tensor/index.js';
import { type KeyMap, sameNames } from './checkpoint/key-map.js';
import { type PeftDescription, readPeftConfig, writePeftConfig } from './peft-config.js';

const prefix = 'base_model.model.';
const configFile = 'adapter_config.json';
const weightsFile = 'adapter_model.safetensors';

/** How an adapter stands in its files, besides what the adapter itself knows. */
interface InFiles {
  keys: KeyMap;
  /** All modules of its model, by the graph's names; empty where its file has the options as they are. */
  modules: readonly string[];
  /** Names of weights in the file that it was read from. */
  names: ReadonlyMap<string, string>;
  description: PeftDescription;
}

const inFiles = new WeakMap<LoraAdapter, InFiles>();
const unread = { modules: [], names: new Map<string, string>(), description: {} };

/** Sets the names that an adapter's files have for the modules of its model. */
export function setFileNames(adapter: LoraAdapter, keys: KeyMap, modules: readonly string[]): void {
  inFiles.set(adapter, { ...unread, keys, modules });
}

export function copyFileNames(from: LoraAdapter, to: LoraAdapter): void {
  inFiles.set(to, filesOf(from));
}

function filesOf(adapter: LoraAdapter): InFiles {
  return inFiles.get(adapter) ?? { ...unread, keys: sameNames };
}

/** @param base the folder of the model that it changes, where the adapter was not read with another name of it */
export function saveAdapter(adapter: LoraAdapter, folder: string, base: string | null = null): void {
  const { keys, modules, names, description } = filesOf(adapter);
  const named = modules.map((name) => ({ file: keys.toFile(name), any: [name, ...keys.spellings(name)] }));
  const config = writePeftConfig(adapter.optionsUnder(named), {
    ...description,
    base_model_name_or_path: description.base_model_name_or_path ?? base,
  });
  const replaced = (name: string) => name.startsWith('adapter_model.');
  replaceFiles(folder, { marker: configFile, replaced }, (partial) => {
    scope(() => {
      const weights = Object.entries(adapter.stateDict()).map(([name, tensor]) => [
        prefix + (names.get(name) ?? keys.toFile(name)),
        tensor,
      ]);
      torch.save(Object.fromEntries(weights), join(partial, weightsFile), { format: 'pt' });
    });
    writeFileSync(join(partial, configFile), `${JSON.stringify(config, null, 2)}\n`);
  });
}

/**
 * @param model names in files, and the weights of the model
 * @param attach adds an adapter to it, and calls `fill` for its weights
 * @throws FileError, SafetensorsError
 */
export function readAdapter(
  folder: string,
  model: { keys: KeyMap; weights: () => StateDict },
  attach: (options: LoraOptions, fill: (adapter: LoraAdapter) => void) => LoraAdapter,
): void {
  checkFolder(folder);
  const config = join(folder, configFile);
  const fail = (problem: string) => new FileError(config, problem);
  const { options, description } = readPeftConfig(readJsonObject(config), fail);
  scope(() => {
    const { file, weights, names } = readWeights(folder, model.keys);
    const base = model.weights();
    for (const [name, tensor] of Object.entries(weights))
      if (isOfBase(name, tensor, base)) delete weights[name];
    const ofBase = description.base_model_name_or_path;
    const hint = ofBase ? `; it is an adapter of ${ofBase}` : '';
    const fill = (adapter: LoraAdapter) => naming(file, () => adapter.assign(weights), hint);
    const adapter = naming(config, () => attach(options, fill), hint);
    inFiles.set(adapter, { ...unread, keys: model.keys, names, description });
  });
}

/** The options of an adapter as adapter_config.json has them. */
export function adapterConfig({ options }: LoraAdapter): Record<string, unknown> {
  return writePeftConfig(options);
}

/** Copies the weights that `saveAdapter` wrote into an adapter with the same options. @throws FileError, SafetensorsError */
export function loadAdapterWeights(adapter: LoraAdapter, folder: string): void {
  scope(() => {
    const { file, weights } = readWeights(folder, filesOf(adapter).keys);
    naming(file, () => adapter.loadStateDict(weights));
  });
}

/** Weights under the graph's names, and the names that they have in the file. */
function readWeights(
  folder: string,
  keys: KeyMap,
): { file: string; weights: StateDict; names: Map<string, string> } {
  const file = join(folder, weightsFile);
  const weights: StateDict = {};
  const names = new Map<string, string>();
  for (const [stored, tensor] of Object.entries(torch.load(file))) {
    if (!stored.startsWith(prefix))
      throw new FileError(file, `holds ${stored}; expected names with ${prefix}`);
    const name = stored.slice(prefix.length);
    const own = keys.toGraph(name);
    if (own === null) throw new FileError(file, `holds ${stored}, a part that the model does not have`);
    weights[own] = tensor;
    names.set(own, name);
  }
  return { file, weights, names };
}

function naming<T>(file: string, run: () => T, hint = ''): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(file, (error as Error).message + hint);
  }
}

function checkFolder(folder: string): void {
  const has = (...path: string[]) => existsSync(join(folder, ...path));
  if (!has(configFile) && existsSync(folder)) {
    const several = readdirSync(folder).filter((name) => has(name, configFile));
    if (several.length > 0)
      throw new FileError(
        folder,
        `holds the adapters ${several.join(', ')}; expected the folder of one of them`,
      );
  }
  if (has('adapter_model.bin') && !has(weightsFile))
    throw new FileError(
      join(folder, 'adapter_model.bin'),
      `a pickle, which is not read; save the adapter with safe_serialization=True, as ${weightsFile}`,
    );
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
