/** The family of earsight's own models: fresh small ones, and the dense parts of published omni models. */
import type { ModelFamily } from '../../family.js';
import { modelType, type OmniConfig, parseOmniConfig } from './config.js';
import { OmniGraph } from './graph.js';
import { keys } from './keys.js';
import { parameterCount } from './parameter-count.js';
import { mediaRules } from './prompt.js';

export const earsightOmni: ModelFamily<OmniConfig> = {
  family: 'earsight-omni',
  modelTypes: [modelType],
  what: ['text', 'image', 'video', 'audio'],
  parseConfig({ model_type: _, ...config }: { model_type?: unknown }, fail) {
    return parseOmniConfig(config, fail);
  },
  parameterCount,
  build: (config) => new OmniGraph(config),
  keys,
  tiedHead: (config) =>
    config.text.tieEmbeddings
      ? {
          head: 'lm_head.weight',
          embeddings: 'model.embed_tokens.weight',
          untied: { ...config, text: { ...config.text, tieEmbeddings: false } },
        }
      : null,
  media: mediaRules,
};
