/** How large a model is, from its configuration alone: known before a single tensor is made. */
import { audioParameters, textParameters, visionParameters } from '../../blocks/size.js';
import type { OmniConfig } from './config.js';

/** Parameters of the whole graph. */
export function parameterCount({ text, vision, audio }: OmniConfig): number {
  const head = text.tieEmbeddings ? 0 : text.vocab * text.hiddenSize;
  return (
    textParameters(text) +
    head +
    (vision === null ? 0 : visionParameters(vision, text.hiddenSize)) +
    (audio === null ? 0 : audioParameters(audio, text.hiddenSize))
  );
}
