// The rows of bench/grpo: models of the Qwen2 kind, and the lengths of their steps. Plain data, so that tests can check it without
// a benchmark.

/** Ours over TRL's time may be so much. */
const target = 0.35;
/** Completions of a prompt. */
const numGenerations = 8;

const row = (id, vocabulary, hidden, layers, { prompt, completion, batch }) => ({
  id,
  title: `vocabulary ${vocabulary}, width ${hidden}, ${layers} layers; prompt ${prompt}, completion ${completion}, batch ${batch}`,
  config: {
    model_type: 'qwen2',
    vocab_size: vocabulary,
    hidden_size: hidden,
    intermediate_size: 4 * hidden,
    num_hidden_layers: layers,
    num_attention_heads: hidden / 32,
    num_key_value_heads: hidden / 64,
    max_position_embeddings: 1024,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
  ...{ prompt, completion, batch, target },
});

const rows = [
  row('A', 1024, 128, 4, { prompt: 64, completion: 64, batch: 8 }),
  row('B', 1024, 256, 8, { prompt: 128, completion: 128, batch: 16 }),
  row('C', 32_000, 256, 4, { prompt: 128, completion: 128, batch: 8 }),
  row('D', 151_936, 128, 2, { prompt: 64, completion: 64, batch: 8 }),
];

module.exports = { numGenerations, rows };
