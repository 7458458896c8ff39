/** Names in files: the graph's, and those of the dense parts of published omni models, on the hub and as the library saves them. */
import { KeyMap } from '../../checkpoint/key-map.js';

export const keys = new KeyMap({
  prefixes: {
    audio_tower: ['audio_tower', 'model.audio_tower', 'thinker.audio_tower', 'thinker.model.audio_tower'],
    visual: ['visual', 'model.visual', 'thinker.visual', 'thinker.model.visual'],
    model: ['model', 'model.language_model', 'thinker.model', 'thinker.model.language_model'],
    lm_head: ['lm_head', 'thinker.lm_head'],
  },
  skipped: [
    // The parts that speak.
    /^(talker|token2wav|code2wav)\./,
    // Computed from the configuration.
    /(^|\.)rotary_(pos_)?emb\.inv_freq$/,
    /(^|\.)audio_tower\.positional_embedding\.positional_embedding$/,
    // Stored and never read.
    /(^|\.)audio_tower\.audio_bos_eos_token\.weight$/,
  ],
});
