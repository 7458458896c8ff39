/** Names in published folders: of the decoder with its head, alone, or as the text part of a larger model. */
import { KeyMap } from '../../checkpoint/key-map.js';

export const keys = new KeyMap({
  prefixes: {
    model: ['model', 'model.language_model', 'language_model.model', ''],
    lm_head: ['lm_head', 'language_model.lm_head'],
  },
  // Frequencies are computed from the configuration.
  skipped: [/(^|\.)rotary_emb\.inv_freq$/],
});
