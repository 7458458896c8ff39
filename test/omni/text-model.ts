/** The smallest model of text alone: Qwen2's layout, ChatML, bytes and the words of `texts` as tokens. */

import { OmniModel } from '../../lib/omni/index.js';
import { plainTokenizer } from '../../lib/omni/plain-text.js';
import { torch } from '../../lib/tensor/index.js';
import { ChatTemplate } from '../../lib/text/index.js';

/** Qwen's layout of turns; parts of a message are its texts. */
export const chatml = `{% for message in messages %}<|im_start|>{{ message.role }}
{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

export function textModel(texts: readonly string[] = [], seed = 1, template = chatml): OmniModel {
  torch.manualSeed(seed);
  const tokenizer = plainTokenizer(texts);
  const config = {
    model_type: 'qwen2' as const,
    vocab_size: tokenizer.vocabSize,
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    intermediate_size: 48,
    initializer_range: 0.1,
    tie_word_embeddings: true,
  };
  return OmniModel.fromConfig(config, { tokenizer, template: new ChatTemplate(template) });
}
