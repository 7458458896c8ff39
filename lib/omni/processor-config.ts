/** How a processor reads clips. */
import { z } from 'zod';
import { fieldProblems } from '../models/index.js';

const pixels = z
  .int()
  .positive()
  .max(2 ** 26);
const mean = z.number().min(-1e3).max(1e3);
const deviation = z.number().positive().max(1e3);

export const processorConfigSchema = z.strictObject({
  /** Frames a second, at most the clip's own. */
  fps: z.number().positive().max(1000).default(2),
  maxFrames: z
    .int()
    .positive()
    .max(2 ** 16)
    .default(64),
  /** Frames are scaled, keeping their shape, until their area lies between these; small ones are scaled up. */
  minPixels: pixels.max(2 ** 22).default(3136),
  maxPixels: pixels.default(200_704),
  /** Frames are turned as players show them; false: they are read as they are stored. */
  autorotate: z.boolean().default(true),
  imageMean: z.tuple([mean, mean, mean]).default([0.48145466, 0.4578275, 0.40821073]),
  imageStd: z.tuple([deviation, deviation, deviation]).default([0.26862954, 0.26130258, 0.27577711]),
  /** Hz of the waveform that the log-mel frames are made of. */
  sampleRate: z.literal(16_000).default(16_000),
});

export type ProcessorConfig = z.infer<typeof processorConfigSchema>;

/** Checks a configuration and fills in its defaults. `fail` makes the error from what is wrong, field by field. */
export function parseProcessorConfig(
  input: unknown,
  fail = (problem: string): Error => new TypeError(`processor config: ${problem}`),
): ProcessorConfig {
  const result = processorConfigSchema.safeParse(input);
  if (!result.success) throw fail(fieldProblems(processorConfigSchema, result.error, input));
  const { minPixels, maxPixels } = result.data;
  if (minPixels > maxPixels)
    throw fail(`minPixels: must be at most maxPixels, ${maxPixels} (got ${minPixels})`);
  return result.data;
}
