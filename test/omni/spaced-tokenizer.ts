/** A tokenizer that puts a space before a text, as those made from a model of SentencePiece do. */

import { Tokenizer } from '../../lib/text/index.js';

export const spacedVocab = ['<unk>', '</s>', '▁', '▁b', '\n', 'a', 'b', 'u', '<', '/', 's', '>'];

export function spacedTokenizer(): Tokenizer {
  const space = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false };
  const kind = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  const model = {
    normalizer: null,
    post_processor: null,
    added_tokens: [{ id: 1, content: '</s>', ...kind }],
    pre_tokenizer: space,
    decoder: space,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      vocab: Object.fromEntries(spacedVocab.map((token, id) => [token, id])),
      merges: [['▁', 'b']],
    },
  };
  return new Tokenizer({ model, config: { eos_token: '</s>' } });
}
