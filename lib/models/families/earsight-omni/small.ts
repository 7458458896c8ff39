/** The configuration of a fresh small model, which learns from nothing in minutes. */
import type { z } from 'zod';
import { type OmniConfigInput, omniConfigSchema } from './config.js';

type Overrides<T> = { [K in keyof T]?: T[K] extends object | null | undefined ? Partial<T[K]> | null : T[K] };

/** Parts of a configuration that replace those of the small model; a tower that is null is left out. */
export type SmallConfig = Overrides<OmniConfigInput>;

/**
 * The small model's configuration, for `vocab` tokens. A half second of media is 200 position ids: the length of a
 * question is small beside it, so that times learned from short prompts hold for long ones.
 */
export function smallConfig(vocab: number, overrides: SmallConfig = {}): OmniConfigInput {
  const { text, vision, audio, positions, ...rest } = overrides;
  return {
    ...rest,
    text: {
      vocab,
      hiddenSize: 128,
      layers: 4,
      heads: 8,
      kvHeads: 4,
      headDim: 32,
      intermediate: 384,
      ropeTheta: 1e6,
      mropeSection: [8, 4, 4],
      qkNorm: true,
      ...text,
    },
    vision:
      vision === null
        ? null
        : {
            patch: 16,
            temporalPatch: 1,
            patchBias: true,
            width: 32,
            depth: 2,
            heads: 2,
            intermediate: 96,
            mergeSize: 4,
            mlp: 'plain',
            activation: 'gelu',
            ropeTheta: 100,
            ...vision,
          },
    audio:
      audio === null
        ? null
        : {
            melBins: 80,
            chunk: 50,
            stem: { kind: '1d', strides: [1, 2] },
            width: 96,
            depth: 1,
            heads: 3,
            intermediate: 288,
            pool: 25,
            ...audio,
          },
    positions: { rule: 'merged', idsPerSecond: 400, idsPerAudioToken: 200, ...positions },
  };
}

/** What is wrong in the overrides, by field. */
export function smallConfigIssues(overrides: SmallConfig): z.core.$ZodIssue[] {
  // The vocabulary is made from the samples; 1 stands for it here.
  return omniConfigSchema.safeParse(smallConfig(1, overrides)).error?.issues ?? [];
}
