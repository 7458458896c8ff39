/**
 * A fresh small model for a set of samples: its vocabulary is made from their texts and its weights are drawn, so
 * that it can be trained from nothing in minutes. Published checkpoints come by `OmniModel.fromPretrained` instead.
 */
import { endOfStep, questionText, type Sample } from '../data/index.js';
import { type SmallConfig, smallConfig } from '../models/index.js';
import { type ProtocolOption, protocolOf, protocolTexts, targetCaptions } from '../rewards/index.js';
import { checkOptions, kinds } from '../tensor/index.js';
import { OmniModel } from './omni-model.js';
import { plainTemplate, plainTokenizer } from './plain-text.js';
import type { ProcessorConfig } from './processor-config.js';

export interface SmallModelOptions {
  config?: SmallConfig;
  processor?: Partial<ProcessorConfig>;
  /** How it will be asked: its marks and the texts of its prompts are in the vocabulary. Default 'spans'. */
  protocol?: ProtocolOption;
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

const optionKinds = { config: kinds.passedOn, processor: kinds.passedOn, protocol: kinds.passedOn };

/** Draws the weights from the default generator: `torch.manualSeed` before it makes them repeatable. */
export function newSmallModel(samples: readonly Sample[], options: SmallModelOptions = {}): OmniModel {
  checkOptions('newSmallModel', options, optionKinds);
  const { config, processor } = options;
  const protocol = protocolOf(options.protocol, 'newSmallModel');
  const asksForSpans = protocol.name === 'spans';
  const texts = samples.flatMap((sample) => [
    sample.system ?? '',
    ...(sample.history ?? []).flatMap(({ question, answer }) => [question, answer]),
    questionText(sample),
    sample.answer ?? '',
    ...(sample.steps === undefined ? [] : [targetCaptions(sample), ...sample.steps]),
  ]);
  const ofProtocol = asksForSpans ? [] : protocolTexts(protocol);
  const tokenizer = plainTokenizer([...texts, ...ofProtocol], asksForSpans ? [] : [endOfStep]);
  return OmniModel.fromConfig(smallConfig(tokenizer.vocabSize, config), {
    tokenizer,
    template: plainTemplate(),
    processor: { ...processorDefaults, ...processor },
  });
}
