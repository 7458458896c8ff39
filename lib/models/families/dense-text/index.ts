/** Dense text models under their published names: Qwen2, Qwen3, Llama. */
import type { ModelFamily } from '../../family.js';
import { type DenseTextConfig, type DenseTextType, parseConfig } from './config.js';
import { DenseTextGraph, parameterCount } from './graph.js';
import { keys } from './keys.js';

const family = (modelType: DenseTextType): ModelFamily<DenseTextConfig> => ({
  family: modelType,
  modelTypes: [modelType],
  what: ['text'],
  parseConfig: (json, fail) => parseConfig(modelType, json, fail),
  parameterCount,
  build: (config) => new DenseTextGraph(config),
  keys,
  weightFields: (dtype) => ({ dtype }),
  tiedHead: (config) =>
    config.tie_word_embeddings
      ? {
          head: 'lm_head.weight',
          embeddings: 'model.embed_tokens.weight',
          untied: { ...config, tie_word_embeddings: false },
        }
      : null,
  media: () => ({ video: null, audio: null, placeholders: [] }),
});

export const qwen2 = family('qwen2');
export const qwen3 = family('qwen3');
export const llama = family('llama');
