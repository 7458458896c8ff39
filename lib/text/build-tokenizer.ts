/**
 * Tokenizers for models trained from scratch: bytes as the base vocabulary, so that any text survives, and the
 * words of the given texts as tokens of their own, so that a word is usually one token. Nothing is learnt.
 */
import { checkOptions, kinds, listOf, required } from '../tensor/index.js';
import { Tokenizer } from './tokenizer.js';

export interface BuildTokenizerOptions {
  /** Control tokens, left out when decoding without special tokens. The first one ends a completion. */
  control: readonly string[];
  /** Tokens of their own that are text, for example `<answer>`. */
  tags?: readonly string[];
  /** Words kept at most, the most frequent ones. */
  maxWords?: number;
}

/** The printable characters that stand for the 256 bytes in byte-level tokenizers (GPT-2's table). */
function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** Words with the space before them, numbers, and runs of anything else. */
const wordPattern = / ?\p{L}+|\p{N}+\.\p{N}+|\p{N}+/gu;

/**
 * Hugging Face's tokenizers decode a token made of byte characters only as those bytes, even an added word: "café" would
 * come back with a lone byte E9. ASCII stands for itself; other such words are left to the byte tokens.
 */
function survivesDecoding(word: string, byteCharacters: ReadonlySet<string>): boolean {
  const characters = [...word];
  return characters.every((c) => c <= '~') || characters.some((c) => !byteCharacters.has(c));
}

const optionKinds = {
  control: required(listOf(kinds.string)),
  tags: listOf(kinds.string),
  maxWords: kinds.count,
};

/** The same texts in any order give the same ids. */
export function buildTokenizer(texts: Iterable<string>, options: BuildTokenizerOptions): Tokenizer {
  checkOptions('buildTokenizer', options, optionKinds);
  const { control, tags = [], maxWords = 4096 } = options;
  if (control.length === 0)
    throw new TypeError('buildTokenizer: control: expected at least one token, got []');
  const alphabet = byteCharacters();
  const byteSet = new Set(alphabet);
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [word] of text.matchAll(wordPattern)) {
      if (word.length > 1 && survivesDecoding(word, byteSet)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  // By frequency, then by text.
  const words = [...counts.entries()]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maxWords)
    .map(([word]) => word)
    // Longer ones first: where two fit at one place, the longer one is meant.
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const vocabulary = Object.fromEntries(alphabet.map((character, id) => [character, id]));
  const added = [
    ...control.map((content) => ({ content, special: true })),
    ...[...tags, ...words].map((content) => ({ content, special: false })),
  ].map(({ content, special }, index) => ({
    id: 256 + index,
    content,
    special,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return new Tokenizer({
    model: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: byteLevel,
      post_processor: null,
      decoder: byteLevel,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        byte_fallback: false,
        ignore_merges: false,
        vocab: vocabulary,
        merges: [],
      },
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      eos_token: control[0],
      clean_up_tokenization_spaces: false,
    },
  });
}
