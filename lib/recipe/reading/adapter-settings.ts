/** Settings of an adapter as a recipe has them. */
import { z } from 'zod';
import type { AdapterOptions } from '../../models/index.js';

const expression = z
  .string()
  .min(1)
  .refine(isExpression, 'expected a regular expression, or a list of names');
const names = z.union([z.array(z.string().min(1)).min(1), expression], {
  error: 'expected a list of names, or a regular expression that the whole name matches',
});

/** Names and defaults are those of `addAdapter`; an expression is a text. */
const adapterSchema = z
  .strictObject({
    r: z.int().min(1),
    alpha: z.number().positive(),
    dropout: z.number().min(0).lt(1),
    rslora: z.boolean(),
    dora: z.boolean(),
    bias: z.enum(['none', 'all', 'lora_only']),
    initLoraWeights: z.union([z.boolean(), z.literal('gaussian')]),
    targetModules: names,
    excludeModules: names,
    modulesToSave: z.array(z.string().min(1)),
    layersToTransform: z.array(z.int().nonnegative()),
    layersPattern: z.array(z.string().min(1)),
    rankPattern: z.record(z.string(), z.int().min(1)),
    alphaPattern: z.record(z.string(), z.number().positive()),
  })
  .partial();

export type AdapterSettings = z.infer<typeof adapterSchema>;

/** Fields of every stage that leaves a model. */
export const adapterFields = z.strictObject({
  adapter: adapterSchema.optional(),
  mergeAdapter: z.boolean({ error: 'expected true or false' }).optional(),
});

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** As `addAdapter` takes them. */
export function adapterOptions({
  targetModules,
  excludeModules,
  ...settings
}: AdapterSettings): AdapterOptions {
  const selection = (given: string | string[]) => (typeof given === 'string' ? new RegExp(given) : given);
  return {
    ...settings,
    ...(targetModules === undefined ? {} : { targetModules: selection(targetModules) }),
    ...(excludeModules === undefined ? {} : { excludeModules: selection(excludeModules) }),
  };
}
