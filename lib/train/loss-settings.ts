// The settings of policy losses in GRPOConfig: those of the table of losses that a call does not know by itself.

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

type Fields = typeof policyFields;
type Name = Exclude<keyof Fields, (typeof callFields)[number]>;

const names = Object.keys(policyFields).filter(
  (name) => !(callFields as readonly string[]).includes(name),
) as Name[];

/** A schema for each setting, with the table's range and default. */
export const lossFields = Object.fromEntries(names.map((name) => [name, schemaOf(policyFields[name])])) as {
  [K in Name]: z.ZodDefault<z.ZodType<LossFieldValue<Fields[K]>, LossFieldValue<Fields[K]>>>;
};

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

/** The part of GRPOConfig that is about the loss. */
type LossConfig = { [K in Name]: LossFieldValue<Fields[K]> } & {
  lossType: PolicyLossType;
  maxCompletionLength: number;
};

/** What the config says about the loss. */
export function lossSettings(config: LossConfig): Omit<PolicyLossOptions, 'advantages' | 'cuSeqlens'> {
  const given = Object.fromEntries(names.map((name) => [name, config[name]]));
  return { ...given, type: config.lossType, maxCompletionLength: config.maxCompletionLength };
}

/**
 * Whether a group of equal rewards changes the loss of others: it has no policy term, and counts in the denominators
 * alone unless the loss has other terms or looks at all tokens of a micro-batch.
 */
export function equalGroupsCount(config: LossConfig): boolean {
  const { beta, entropyCoef, topEntropyQuantile, lossType } = config;
  const aggregation = config.aggregation ?? policyLosses[lossType].aggregation;
  return beta !== 0 || entropyCoef !== 0 || topEntropyQuantile < 1 || aggregation === 'local-token-mean';
}
