// A text model with fresh weights that reads and writes bytes: the examples run on it in seconds, without a download. It
// writes noise until it is trained. OmniModel.fromPretrained(folder) takes its place in a program of yours.
import { OmniModel, torch } from 'earsight';

export function tinyModel() {
  torch.manualSeed(0);
  return OmniModel.fromConfig({
    model_type: 'llama',
    vocab_size: 272, // 256 bytes and 16 tokens for the chat template
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
    initializer_range: 0.1, // a narrow model: the usual 0.02 would take long to train
  });
}
