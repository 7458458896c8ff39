/** Tokens from which stages predict their memory. */
import type { Prompt } from '../batch/index.js';
import type { Sample } from '../data/index.js';
import type { OmniModel } from '../omni/index.js';
import { scope } from '../tensor/index.js';

/** Of a sample's prompt, by kind. */
export async function promptTokens(model: OmniModel, sample: Sample): Promise<Prompt['tokens']> {
  const { av } = await scope(() => model.prepare([sample], { views: ['av'] }));
  const [{ tokens }] = av;
  return tokens;
}

/** Of a sample's prompt, clip included. */
export async function promptLength(model: OmniModel, sample: Sample): Promise<number> {
  const { text, audio, video } = await promptTokens(model, sample);
  return text + audio + video;
}
