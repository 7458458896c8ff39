/** Tokenizers against transformers' own (scripts/fixtures/text.py), and the promises of those that we build. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { buildTokenizer } from '../../lib/text/build-tokenizer.js';
import { TextError } from '../../lib/text/text-error.js';
import { Tokenizer } from '../../lib/text/tokenizer.js';

const fixtures = join(__dirname, '../fixtures/text');
const corpus = JSON.parse(readFileSync(join(fixtures, 'corpus.json'), 'utf8'));
const recorded = JSON.parse(gunzipSync(readFileSync(join(fixtures, 'recorded.json.gz'))).toString());
const folder = mkdtempSync(join(tmpdir(), 'earsight-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

const build = (texts: string[] = corpus.texts) =>
  buildTokenizer(texts, { control: corpus.control, tags: corpus.tags, maxWords: 60 });

describe("equal to transformers' tokenizer on the same files", () => {
  const tokenizer = Tokenizer.fromFolder(join(fixtures, 'tokenizer'));

  test('ids of 223 texts', () => {
    expect(recorded.tokens.length).toBe(223);
    for (const { text, ids } of recorded.tokens) expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
  });

  test('control tokens in what people write are words (sanitize_control_tokens of transformers 5.24)', () => {
    const text = 'see <|VIDEO|> or <|im_end|><answer>A</answer> red';
    const [see, or, rest] = [
      [115, 101, 101, 32],
      [32, 111, 114, 32],
      [265, 65, 266, 292],
    ];
    const video = [60, 124, 86, 73, 68, 69, 79, 124, 62];
    const end = [60, 124, 105, 109, 95, 101, 110, 100, 124, 62];
    const asWords = [...see, ...video, ...or, ...end, ...rest];
    expect(tokenizer.encode(text, { splitSpecialTokens: true })).toEqual(asWords);
    expect(tokenizer.decode(asWords)).toBe(text);
    expect(tokenizer.encode(text)).toEqual([...see, 258, ...or, 256, ...rest]);
    for (const { text, ids } of recorded.tokens.slice(0, 5))
      expect(tokenizer.encode(text, { splitSpecialTokens: true })).toEqual(ids);
  });

  test('texts of ids, with and without special tokens', () => {
    for (const { ids, decoded, withoutSpecial } of recorded.tokens) {
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(withoutSpecial);
    }
  });

  test('what transformers read is what we write today', () => {
    build().save(join(folder, 'built'));
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      expect(readFileSync(join(folder, 'built', name), 'utf8')).toBe(
        readFileSync(join(fixtures, 'tokenizer', name), 'utf8'),
      );
    }
  });
});

test('a control token that the vocabulary holds as a word is spelt out', () => {
  const letters = [...'[SEP]'];
  const vocab = Object.fromEntries([...letters, '[SEP]'].map((token, id) => [token, id]));
  const model = { type: 'BPE', vocab, merges: [], ignore_merges: true };
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  // Not special by itself, but the one that ends completions.
  for (const special of [true, false]) {
    const added = [{ id: 5, content: '[SEP]', special, normalized: false }];
    const files = { model: { added_tokens: added, ...parts, model }, config: { eos_token: '[SEP]' } };
    const tokenizer = new Tokenizer(files);
    expect(tokenizer.encode('S[SEP]E')).toEqual([1, 5, 2]);
    expect(tokenizer.encode('S[SEP]E', { splitSpecialTokens: true })).toEqual([1, 0, 1, 2, 3, 4, 2]);
  }
});

describe('a tokenizer built from texts', () => {
  const tokenizer = build();

  test('any Unicode text returns as it was', () => {
    let state = 12345;
    const random = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let round = 0; round < 300; round++) {
      const codePoints = Array.from({ length: 1 + random(20) }, () => {
        const point = random([0x80, 0x800, 0x10000, 0x110000][random(4)]!);
        return point >= 0xd800 && point < 0xe000 ? 0x20 : point; // lone surrogates are no text
      });
      const text = String.fromCodePoint(...codePoints);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  test('a word of the texts is one token, its space included; a tag, a time, a control token likewise', () => {
    const pieces = [
      '<|im_start|>',
      '<time>',
      '0.5',
      '-',
      '1.5',
      '</time>',
      ' red',
      ' circle',
      ' ',
      '12.5',
      '<|im_end|>',
    ];
    expect(tokenizer.encode(pieces.join('')).map((id) => tokenizer.decode([id]))).toEqual(pieces);
  });

  test('unknown words fall apart into bytes', () => {
    expect(tokenizer.encode('zzz').length).toBe(3);
    expect(tokenizer.encode('é').length).toBe(2);
  });

  test('control tokens are skipped on demand, tags never', () => {
    const ids = tokenizer.encode('<|im_start|><answer>A</answer><|im_end|>');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('<answer>A</answer>');
    expect(tokenizer.decode(ids)).toBe('<|im_start|><answer>A</answer><|im_end|>');
  });

  test('the first control token ends a completion', () => {
    expect(tokenizer.eosId).toBe(tokenizer.tokenId('<|im_end|>'));
    expect(tokenizer.decode([tokenizer.eosId])).toBe('<|im_end|>');
  });

  test('ids do not depend on the order of the texts, and fill [0, vocabSize) without a gap', () => {
    const text = corpus.texts.join('\n');
    expect(build([...corpus.texts].reverse()).encode(text)).toEqual(tokenizer.encode(text));
    // 256 bytes, 3 control tokens, 8 tags, 60 words at most.
    expect(tokenizer.vocabSize).toBeGreaterThan(256 + 3 + 8 + 30);
    expect(tokenizer.vocabSize).toBeLessThanOrEqual(256 + 3 + 8 + 60);
    for (let id = 256; id < tokenizer.vocabSize; id++) expect(tokenizer.decode([id])).not.toBe('');
  });

  test('nothing encodes to nothing and back', () => {
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
  });
});

describe('files that are no tokenizer', () => {
  const good = JSON.parse(readFileSync(join(fixtures, 'tokenizer/tokenizer.json'), 'utf8'));

  function load(model: string | null, config: string | null): unknown {
    const place = mkdtempSync(join(folder, 'bad-'));
    if (model !== null) writeFileSync(join(place, 'tokenizer.json'), model);
    if (config !== null) writeFileSync(join(place, 'tokenizer_config.json'), config);
    try {
      return Tokenizer.fromFolder(place);
    } catch (error) {
      expect(error).toBeInstanceOf(TextError);
      expect((error as TextError).file.startsWith(place)).toBe(true);
      return (error as TextError).message.slice(place.length + 1);
    }
  }

  test.each([
    ['no tokenizer.json', null, '{}', /^tokenizer\.json: no such file/],
    ['no config', '{}', null, /^tokenizer_config\.json: no such file/],
    ['not JSON', '{', '{}', /^tokenizer\.json: not JSON/],
    ['a list', '[]', '{}', /^tokenizer\.json: expected a JSON object/],
    ['no model', '{}', '{}', /^tokenizer\.json: not a tokenizer: .*model/],
    ['no end token', JSON.stringify(good), '{}', /^tokenizer_config\.json: eos_token is nothing/],
    [
      'unknown end token',
      JSON.stringify(good),
      '{"eos_token":"<x>"}',
      /^tokenizer_config\.json: eos_token is "<x>"/,
    ],
  ])('%s', (_, model, config, message) => {
    expect(load(model, config)).toMatch(message);
  });
});
