/**
 * A fresh small model for a set of samples: its vocabulary is made from their texts and its weights are drawn, so
 * that it can be trained from nothing in minutes. Published checkpoints come by `OmniModel.fromPretrained` instead.
 */
import { questionText, type Sample } from '../data/index.js';
import type { OmniConfigInput } from '../models/index.js';
import { targetCaptions } from '../rewards/index.js';
import { checkOptions } from '../tensor/index.js';
import { OmniModel } from './omni-model.js';
import { plainTemplate, plainTokenizer } from './plain-text.js';
import type { ProcessorConfig } from './processor-config.js';

type Overrides<T> = { [K in keyof T]?: T[K] extends object | null | undefined ? Partial<T[K]> | null : T[K] };

/** Parts of a configuration that replace those of the small model; a tower that is null is left out. */
export type SmallConfig = Overrides<OmniConfigInput>;

export interface SmallModelOptions {
  config?: SmallConfig;
  processor?: Partial<ProcessorConfig>;
}

/**
 * The mean is that of dark clips with few bright things. The deviation is wide, so that a patch of background is little
 * beside the bias of the patch embedding: after its norm it is one direction, and not its brightness.
 */
const processorDefaults: Partial<ProcessorConfig> = {
  fps: 2,
  minPixels: 1024,
  maxPixels: 4096,
  imageMean: [0.16, 0.16, 0.16],
  imageStd: [0.6, 0.6, 0.6],
};

/**
 * The small model's configuration, for `vocab` tokens. A half second of media is 200 position ids: the length of a
 * question is little beside it, so what a short prompt teaches about times holds after a long one.
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

/** Draws the weights from the default generator: `torch.manualSeed` before it makes them repeatable. */
export function newSmallModel(samples: readonly Sample[], options: SmallModelOptions = {}): OmniModel {
  checkOptions('newSmallModel', options, ['config', 'processor']);
  const { config, processor } = options;
  const texts = samples.flatMap((sample) => [
    sample.system ?? '',
    ...(sample.history ?? []).flatMap(({ question, answer }) => [question, answer]),
    questionText(sample),
    sample.answer ?? '',
    ...(sample.steps === undefined ? [] : [targetCaptions(sample), ...sample.steps]),
  ]);
  const tokenizer = plainTokenizer(texts);
  return OmniModel.fromConfig(smallConfig(tokenizer.vocabSize, config), {
    tokenizer,
    template: plainTemplate(),
    processor: { ...processorDefaults, ...processor },
  });
}
