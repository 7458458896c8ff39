// Shapes of the models that bench/rollout makes: configurations as transformers writes them, and what a step reads of them.

/** `initializer_range`: wide enough that the likeliest token stands clear of the next one. */
const models = {
  small: {
    model_type: 'qwen3',
    vocab_size: 352,
    hidden_size: 128,
    intermediate_size: 384,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 32,
    attention_bias: false,
    rope_theta: 1e6,
    tie_word_embeddings: true,
    initializer_range: 0.2,
  },
  qwen: {
    model_type: 'qwen2',
    vocab_size: 151_936,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    rope_theta: 1e6,
    tie_word_embeddings: true,
    initializer_range: 0.05,
  },
};

/** Bytes of the weights and of the keys and values that a step of `sequences` of this length reads. */
function readBytes(config, sequences, length, elementBytes) {
  const { hidden_size: hidden, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const width = config.head_dim ?? hidden / heads;
  const attention = 2 * hidden * width * (heads + kvHeads);
  const layer = attention + 3 * hidden * config.intermediate_size;
  const weights = config.num_hidden_layers * layer + config.vocab_size * hidden;
  const keys = sequences * length * config.num_hidden_layers * 2 * kvHeads * width;
  return { weights: weights * elementBytes, keys: keys * elementBytes };
}

module.exports = { models, readBytes };
