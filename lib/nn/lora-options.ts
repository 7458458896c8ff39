/** What an adapter is made of; names and defaults are those of PEFT's LoraConfig in camelCase. */
import { checkOptions, either, kinds, listOf, type OptionKind, oneOf, required } from '../tensor/index.js';
import type { ModuleSelection } from './module-names.js';

export interface LoraOptions extends ModuleSelection {
  /** Rank of the update. Default 8. */
  r?: number;
  /** Default 8. */
  alpha?: number;
  /** Probability of zeroing an element of the update's input in training; drawn from the default generator. Default 0. */
  dropout?: number;
  /** Scale by alpha / sqrt(r) (Kalajdzievski, 2023). */
  rslora?: boolean;
  /** Train a norm of each row, too (Liu et al., 2024). */
  dora?: boolean;
  /** Biases that are trained: none, those of the changed layers, or all of the model. Default none. */
  bias?: 'none' | 'all' | 'lora_only';
  /** true: the update is zero at first. 'gaussian': likewise, with A of normal numbers. false: it is random. Default true. */
  initLoraWeights?: boolean | 'gaussian';
  /** Rank, and alpha, of modules whose names end with the key, an expression. */
  rankPattern?: Readonly<Record<string, number>>;
  alphaPattern?: Readonly<Record<string, number>>;
}

const regExp: OptionKind = {
  expected: 'a RegExp',
  type: 'object',
  fits: (value) => value instanceof RegExp,
};
const names = either(listOf(kinds.string), regExp);
const numbers: OptionKind = {
  expected: 'numbers above 0 by expression',
  type: 'object',
  fits: (value) =>
    kinds.object.fits(value) && Object.values(value as object).every((item) => kinds.positive.fits(item)),
};

const optionKinds = {
  targetModules: required(names),
  excludeModules: names,
  modulesToSave: listOf(kinds.string),
  layersToTransform: listOf(kinds.count),
  layersPattern: listOf(kinds.string),
  r: kinds.countFrom1,
  alpha: kinds.positive,
  dropout: kinds.fractionBelow1,
  rslora: kinds.boolean,
  dora: kinds.boolean,
  bias: oneOf('none', 'all', 'lora_only'),
  initLoraWeights: either(kinds.boolean, oneOf('gaussian')),
  rankPattern: numbers,
  alphaPattern: numbers,
};

/** @throws TypeError, RangeError */
export function checkLoraOptions(options: LoraOptions): void {
  checkOptions('adapter', options, optionKinds);
  const { targetModules, layersToTransform, layersPattern, rankPattern = {} } = options;
  if (targetModules instanceof RegExp && (layersToTransform ?? layersPattern) !== undefined) {
    const name = layersToTransform === undefined ? 'layersPattern' : 'layersToTransform';
    throw new TypeError(
      `adapter: ${name} needs a list as targetModules; put the indices into the expression`,
    );
  }
  if (layersPattern !== undefined && layersToTransform === undefined)
    throw new TypeError('adapter: layersPattern needs layersToTransform');
  const fraction = Object.entries(rankPattern).find(([, rank]) => !Number.isSafeInteger(rank));
  if (fraction !== undefined)
    throw new RangeError(`adapter: rankPattern['${fraction[0]}'] ${fraction[1]}; expected an integer >= 1`);
}
