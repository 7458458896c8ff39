// The rows of bench/preference: models of the Qwen2 kind, and the lengths of their pairs. Plain data, so that tests can check it
// without a benchmark.

/** Pairs of a step. */
const batch = 8;

/** @param target ours over TRL's time may be so much */
const row = (id, vocabulary, { prompt, completion }, target) => ({
  id,
  title: `vocabulary ${vocabulary}, width 256, 4 layers; prompt ${prompt}, answers of ${completion}`,
  config: {
    model_type: 'qwen2',
    vocab_size: vocabulary,
    hidden_size: 256,
    intermediate_size: 1024,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    max_position_embeddings: 1024,
    rope_theta: 1e6,
    tie_word_embeddings: true,
  },
  ...{ prompt, completion, batch, target },
});

const longPrompt = { prompt: 512, completion: 128 };
const longAnswers = { prompt: 64, completion: 256 };
const rows = [
  row('A', 1024, longPrompt, 0.5),
  row('B', 1024, longAnswers, 0.9),
  row('C', 32_000, longPrompt, 0.5),
  row('D', 32_000, longAnswers, 0.9),
];

module.exports = { batch, rows };
