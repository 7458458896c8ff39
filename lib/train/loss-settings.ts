// The settings of losses in the trainers' configs: the fields of a table of losses that a call does not know by itself.

import { z } from 'zod';
import {
  callFields,
  type LossField,
  type LossFieldValue,
  type PolicyLossOptions,
  type PolicyLossType,
  policyFields,
  policyLosses,
} from '../kernels/index.js';

type Fields = Readonly<Record<string, LossField>>;

/** Names of a table's settings. Tensors belong to a call, and so do `others`. */
type SettingName<F extends Fields, Other> = Exclude<
  { [K in keyof F]: F[K]['type'] extends 'tensor' ? never : K }[keyof F],
  Other
>;

export function settingNames<F extends Fields, Other extends keyof F>(
  fields: F,
  others: readonly Other[],
): SettingName<F, Other>[] {
  return Object.keys(fields).filter(
    (name) => fields[name].type !== 'tensor' && !(others as readonly string[]).includes(name),
  ) as SettingName<F, Other>[];
}

/** A schema for each setting, with the table's range and default. */
export function settingSchemas<F extends Fields, Name extends keyof F>(
  fields: F,
  names: readonly Name[],
): { [K in Name]: z.ZodDefault<z.ZodType<LossFieldValue<F[K]>, LossFieldValue<F[K]>>> } {
  return Object.fromEntries(names.map((name) => [name, schemaOf(fields[name])])) as never;
}

function schemaOf(field: LossField): z.ZodType {
  const schema = valueSchema(field);
  return (field.default === null || field.nullable ? schema.nullable() : schema).default(field.default);
}

function valueSchema({ type, min, above, max, below }: LossField): z.ZodType {
  if (typeof type !== 'string') return z.enum(type as readonly [string, ...string[]]);
  if (type === 'boolean') return z.boolean();
  let schema = type === 'count' ? z.int().positive() : z.number();
  if (min !== undefined) schema = schema.min(min);
  if (above !== undefined) schema = schema.gt(above);
  if (max !== undefined) schema = schema.max(max);
  if (below !== undefined) schema = schema.lt(below);
  return schema;
}

/** The part of a config that holds such settings. */
export type SettingsOf<F extends Fields, Name extends keyof F> = { [K in Name]: LossFieldValue<F[K]> };

export function settingsIn<Name extends PropertyKey, Config extends { [K in Name]: unknown }>(
  names: readonly Name[],
  config: Config,
): Pick<Config, Name> {
  return Object.fromEntries(names.map((name) => [name, config[name]])) as Pick<Config, Name>;
}

const policyNames = settingNames(policyFields, callFields);

/** Of policy losses, for GRPOConfig. */
export const lossFields = settingSchemas(policyFields, policyNames);

/** The part of GRPOConfig that is about the loss. */
type LossConfig = SettingsOf<typeof policyFields, (typeof policyNames)[number]> & {
  lossType: PolicyLossType;
  maxCompletionLength: number;
};

/** What the config says about the loss. */
export function lossSettings(config: LossConfig): Omit<PolicyLossOptions, 'advantages' | 'cuSeqlens'> {
  const { lossType: type, maxCompletionLength } = config;
  return { ...settingsIn(policyNames, config), type, maxCompletionLength };
}

/** Whether the loss of a completion depends on the others in its micro-batch. */
export function looksAtMicroBatch(config: LossConfig): boolean {
  const { entropyCoef, topEntropyQuantile, entropyThreshold, lossType } = config;
  const aggregation = config.aggregation ?? policyLosses[lossType].aggregation;
  const isPartOfEntropy = topEntropyQuantile < 1 || (entropyThreshold !== null && entropyCoef !== 0);
  return isPartOfEntropy || aggregation === 'local-token-mean';
}

/**
 * Whether a group of equal rewards changes the loss of others: it has no policy term, and counts in the denominators
 * alone unless the loss has other terms or looks at all tokens of a micro-batch.
 */
export function equalGroupsCount(config: LossConfig): boolean {
  return config.beta !== 0 || config.entropyCoef !== 0 || looksAtMicroBatch(config);
}
