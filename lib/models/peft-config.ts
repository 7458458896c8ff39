/** PEFT's adapter_config.json: what of it is read, what is written, what is refused. */
import type { LoraOptions } from '../nn/index.js';

type Fail = (problem: string) => Error;
type Json = Record<string, unknown>;

/** What an adapter's file says beside the adapter; it is written again as it was read. */
const describing = [
  'auto_mapping',
  'base_model_name_or_path',
  'inference_mode',
  'revision',
  'task_type',
] as const;
export type PeftDescription = Partial<Record<(typeof describing)[number], unknown>>;

/** Fields that have no effect on what is implemented. */
const ignored = ['megatron_core', 'peft_version', 'qalora_group_size', 'runtime_config'];

const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isPattern = (value: unknown) =>
  isRecord(value) && Object.values(value as object).every((item) => typeof item === 'number');
const isStrings = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isNames = (value: unknown) => typeof value === 'string' || isStrings(value);
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown) => isCount(value) || (Array.isArray(value) && value.every(isCount));
const isNumber = (value: unknown) => typeof value === 'number';
const isBoolean = (value: unknown) => typeof value === 'boolean';

/** @throws what `fail` makes: a field is not implemented, or its value is none */
export function readPeftConfig(
  json: Json,
  fail: Fail,
): { options: LoraOptions; description: PeftDescription } {
  const rest = { ...json };
  const take = <T>(name: string, accepts: (value: unknown) => boolean, expected: string): T | undefined => {
    const value = rest[name];
    delete rest[name];
    if (isUnset(value)) return undefined;
    if (!accepts(value)) throw fail(`${name} ${JSON.stringify(value)}; expected ${expected}`);
    return value as T;
  };
  const description = Object.fromEntries(
    describing.filter((name) => name in rest).map((name) => [name, rest[name]]),
  );
  const { peft_type: type = null, init_lora_weights: start = true } = rest;
  if (type !== 'LORA')
    throw fail(`peft_type ${JSON.stringify(type)}; expected "LORA": other adapters are not implemented`);
  // The files' tensors replace the start of the weights; other starts change the base weights, too.
  if (start !== true && start !== false && start !== 'gaussian')
    throw fail(`init_lora_weights ${JSON.stringify(start)}; expected true, false or "gaussian"`);
  const names = (name: string) =>
    toNames(take<string | string[]>(name, isNames, 'an expression or a list of names'), name, fail);
  const target = names('target_modules');
  if (target === undefined)
    throw fail('target_modules is missing; expected an expression or a list of names');
  if (String(target) === '/all-linear/')
    throw fail('target_modules "all-linear": expected the names, which peft writes when it saves an adapter');
  const layers = take<number | number[]>('layers_to_transform', isCounts, 'an index or a list of indices');
  const lists = take<string | string[]>('layers_pattern', isNames, 'a name or a list of names');
  const options: LoraOptions = {
    targetModules: target,
    excludeModules: names('exclude_modules'),
    modulesToSave: take<string[]>('modules_to_save', isStrings, 'a list of names'),
    bias: take(
      'bias',
      (value) => ['none', 'all', 'lora_only'].includes(value as string),
      'none, all or lora_only',
    ),
    r: take('r', (value) => isCount(value) && value !== 0, 'a count'),
    alpha: take('lora_alpha', isNumber, 'a number'),
    dropout: take('lora_dropout', isNumber, 'a probability'),
    rslora: take('use_rslora', isBoolean, 'a boolean'),
    dora: take('use_dora', isBoolean, 'a boolean'),
    initLoraWeights: start,
    rankPattern: take('rank_pattern', isPattern, 'numbers by expression'),
    alphaPattern: take('alpha_pattern', isPattern, 'numbers by expression'),
    layersToTransform: layers === undefined ? undefined : [layers].flat(),
    layersPattern: lists === undefined ? undefined : [lists].flat(),
  };
  const known = ['peft_type', 'init_lora_weights', ...describing, ...ignored];
  const strange = Object.keys(rest).find((name) => !known.includes(name) && !isUnset(rest[name]));
  if (strange !== undefined)
    throw fail(`${strange} ${JSON.stringify(rest[strange])}: this field is not implemented`);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { options: Object.fromEntries(given) as unknown as LoraOptions, description };
}

export function writePeftConfig(options: LoraOptions, description: PeftDescription = {}): Json {
  const { layersToTransform, layersPattern, targetModules, excludeModules } = options;
  return {
    peft_type: 'LORA',
    task_type: null,
    base_model_name_or_path: null,
    inference_mode: true,
    ...description,
    r: options.r ?? 8,
    lora_alpha: options.alpha ?? 8,
    lora_dropout: options.dropout ?? 0,
    use_rslora: options.rslora ?? false,
    use_dora: options.dora ?? false,
    bias: options.bias ?? 'none',
    init_lora_weights: options.initLoraWeights ?? true,
    rank_pattern: options.rankPattern ?? {},
    alpha_pattern: options.alphaPattern ?? {},
    target_modules: fromNames(targetModules, 'targetModules'),
    exclude_modules: fromNames(excludeModules, 'excludeModules'),
    modules_to_save: options.modulesToSave ?? null,
    layers_to_transform: layersToTransform ?? null,
    layers_pattern: layersPattern ?? null,
  };
}

function toNames(
  value: string | string[] | undefined,
  field: string,
  fail: Fail,
): RegExp | string[] | undefined {
  if (typeof value !== 'string') return value;
  try {
    return new RegExp(value);
  } catch (error) {
    throw fail(`${field} ${JSON.stringify(value)}: ${(error as Error).message}`);
  }
}

function fromNames(
  value: readonly string[] | RegExp | undefined,
  field: string,
): string | readonly string[] | null {
  if (!(value instanceof RegExp)) return value ?? null;
  if (value.flags === '') return value.source;
  throw new TypeError(`${field} ${value}: PEFT's file has no flags; expected an expression without them`);
}

function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value as object).length === 0;
}
