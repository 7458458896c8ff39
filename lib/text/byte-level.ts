/**
 * Byte-level tokenizers whose folders have vocab.json and merges.txt in place of tokenizer.json. What such a folder leaves
 * unsaid (how texts are normalised and split) is a matter of the class that it names.
 */
import { shown } from '../runtime/index.js';

type Json = Record<string, unknown>;

const qwenPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const byteLevel = (prefixSpace: boolean, pattern: boolean): Json => ({
  type: 'ByteLevel',
  add_prefix_space: prefixSpace,
  trim_offsets: true,
  use_regex: pattern,
});

interface Kind {
  normalizer: Json | null;
  preTokenizer: (prefixSpace: boolean) => Json;
  /** Named tokens where the configuration leaves them out. */
  defaults: Record<string, string>;
}

const endOfText = '<|endoftext|>';

const kinds: Record<string, Kind> = {
  Qwen2Tokenizer: {
    normalizer: { type: 'NFC' },
    preTokenizer: (prefixSpace) => ({
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: qwenPattern }, behavior: 'Isolated', invert: false },
        byteLevel(prefixSpace, false),
      ],
    }),
    defaults: { unk_token: endOfText, eos_token: endOfText, pad_token: endOfText },
  },
  GPT2Tokenizer: {
    normalizer: null,
    preTokenizer: (prefixSpace) => byteLevel(prefixSpace, true),
    defaults: { unk_token: endOfText, bos_token: endOfText, eos_token: endOfText },
  },
};

/** Tokens that a class names where its tokenizer_config.json does not. */
export function namedByClass(tokenizerClass: unknown): Record<string, string> {
  return kindOf(tokenizerClass)?.defaults ?? {};
}

/**
 * What tokenizer.json would say.
 * @param vocabulary ids by token
 * @param merges the text of merges.txt
 * @param fail makes the error from the file and what is wrong in it
 */
export function byteLevelModel(
  config: Json,
  vocabulary: Json,
  merges: string,
  fail: (file: 'tokenizer_config.json' | 'merges.txt', problem: string) => Error,
): Json {
  const { tokenizer_class: name, add_prefix_space: prefixSpace } = config;
  const kind = kindOf(name);
  if (kind === undefined) {
    const known = Object.keys(kinds).join(' or ');
    throw fail(
      'tokenizer_config.json',
      `tokenizer_class is ${shown(name)}; without a tokenizer.json expected ${known}. Fix: write tokenizer.json with ` +
        "transformers' AutoTokenizer.from_pretrained(folder).save_pretrained(folder)",
    );
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: kind.normalizer,
    pre_tokenizer: kind.preTokenizer(prefixSpace === true),
    post_processor: null,
    decoder: byteLevel(true, true),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges: readMerges(merges, vocabulary, (problem) => fail('merges.txt', problem)),
    },
  };
}

function kindOf(tokenizerClass: unknown): Kind | undefined {
  const name = typeof tokenizerClass === 'string' ? tokenizerClass.replace(/Fast$/, '') : '';
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** A merge a line, its two parts apart by a space; the first line names a version. */
function readMerges(text: string, vocabulary: Json, fail: (problem: string) => Error): [string, string][] {
  const merges: [string, string][] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#version')) continue;
    const [left, right, ...more] = line.split(' ');
    const isMerge = right !== undefined && more.length === 0;
    if (!isMerge) throw fail(`line ${i + 1} is ${shown(line)}; expected two tokens with a space between`);
    const unknown = [left, right, left + right].find((token) => !Object.hasOwn(vocabulary, token));
    if (unknown !== undefined) throw fail(`line ${i + 1}: vocab.json has no token ${shown(unknown)}`);
    merges.push([left, right]);
  }
  return merges;
}
