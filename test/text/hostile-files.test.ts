/** Model folders come from anywhere: what their templates and tokenizers may cost, and how they are refused. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatTemplate, TextError, Tokenizer } from '../../lib/text/index.js';
import { withinTime } from '../../lib/text/time-limit.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const user = [{ role: 'user', content: 'hi' }];
const render = (source: string, variables = {}) => new ChatTemplate(source, 'T').render(user, variables);

describe('a template that would not end is an error', () => {
  test.each([
    ['nested loops', '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}'],
    [
      'loops over a list that grows',
      '{% set n = namespace(a=[1]) %}{% for i in range(99) %}{% set n.a = n.a + n.a %}{% endfor %}',
    ],
    [
      'a text that doubles',
      "{% set n = namespace(a='xy') %}{% for i in range(99) %}{% set n.a = n.a + n.a %}{% endfor %}",
    ],
    [
      'a list that holds itself twice, printed',
      '{% set n = namespace(a=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}',
    ],
    [
      'a macro that calls itself twice',
      '{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(90) }}',
    ],
    [
      'a filter over a long list, again and again',
      '{% for i in range(99999) %}{{ range(99999) | sort | length }}{% endfor %}',
    ],
    ['a range beyond memory', '{% for i in range(10000000000) %}{% endfor %}'],
    ['a range without end', '{{ range(0, 1, 0) }}'],
  ])('%s', (_, source) => {
    expect(() => render(source)).toThrow(
      expect.objectContaining({
        name: 'TextError',
        message: expect.stringMatching(/^T: the template failed: /),
      }),
    );
  });

  test('long and deep sources', () => {
    expect(() => render('x'.repeat(100_001))).toThrow('T: 100001 characters; a template has at most 100000');
    expect(() => render(`${' '.repeat(5000)}x`)).toThrow(
      'T: more than 2000 characters of white space in a row',
    );
    expect(() => render(`{{ ${'('.repeat(20_000)}`)).toThrow(/^T: not a Jinja template: /);
  });
});

describe('a conversation of two thousand messages, or of ten megabytes, is within the limits', () => {
  const messages = Array.from({ length: 2000 }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: [{ type: 'text', text: 'word '.repeat(200) }],
  }));
  const source = `{% for message in messages %}{% if loop.first or messages[loop.index0 - 1].role != message.role %}<{{ message.role }}>{% endif %}{% for part in message.content %}{{ part.text | trim }}{% endfor %}{% if not loop.last %},{% endif %}{% endfor %}`;
  test('a message of ten megabytes', () => {
    const long = [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(1e7) }] }];
    expect(new ChatTemplate(source).render(long)).toHaveLength('<user>'.length + 1e7);
  });
  test('rendered whole', () => {
    const text = new ChatTemplate(source).render(messages);
    expect(text.match(/<user>/g)).toHaveLength(1000);
    expect(text).toHaveLength(2000 * 999 + 1000 * ('<user>'.length + '<assistant>'.length) + 1999);
  });
});

test('the functions that templates of transformers call', () => {
  expect(render('{{ range(3) }}{{ range(1, 7, 2) }}{{ range(2, 0, -1) }}')).toBe('[0, 1, 2][1, 3, 5][2, 1]');
  const now = new Date();
  expect(render("{{ strftime_now('%Y %% %q') }}")).toBe(`${now.getFullYear()} % %q`);
  expect(render('{{ true }}{{ False }}{{ none is none }}')).toBe('truefalsetrue');
});

test('what is no conversation names the argument', () => {
  expect(() => new ChatTemplate('x').render('hi' as never)).toThrow(
    new TypeError('render: messages: expected a list of messages, got "hi"'),
  );
});

describe('files that are none', () => {
  const place = mkdtempSync(join(folder, 'none-'));
  execFileSync('mkfifo', [join(place, 'fifo')]);
  symlinkSync('loop', join(place, 'loop'));
  mkdirSync(join(place, 'directory'));
  test.each([
    ['fifo', 'not a file but a pipe'],
    ['loop', 'the path is a loop of symbolic links'],
    ['directory', 'not a file but a folder'],
  ])('%s', (name, reason) => {
    const model = mkdtempSync(join(folder, 'model-'));
    for (const file of ['tokenizer.json', 'chat_template.jinja'])
      symlinkSync(join(place, name), join(model, file));
    expect(() => Tokenizer.fromFolder(model)).toThrow(new TextError(join(model, 'tokenizer.json'), reason));
    if (name === 'loop') return; // as far as it can be seen, there is no chat_template.jinja
    expect(() => ChatTemplate.fromFolder(model)).toThrow(
      new TextError(join(model, 'chat_template.jinja'), reason),
    );
  });

  test('a path with a NUL character', () => {
    expect(() => Tokenizer.fromFolder('a\0b')).toThrow('the path holds a NUL character');
    expect(() => Tokenizer.fromFolder('x'.repeat(300))).toThrow('the path is too long');
  });

  test('deep JSON', () => {
    const model = mkdtempSync(join(folder, 'deep-'));
    writeFileSync(join(model, 'tokenizer.json'), `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect(() => Tokenizer.fromFolder(model)).toThrow(
      'tokenizer.json: not JSON: nested deeper than 100 levels',
    );
  });
});

describe('a large vocabulary', () => {
  // 151,936 is Qwen2.5's: spread into the arguments of a function it overflows the stack.
  const files = (size: number, lastId: unknown) => ({
    model: {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: {
        type: 'BPE',
        merges: [],
        vocab: Object.fromEntries(
          Array.from({ length: size }, (_, id) => [`t${id}`, id === size - 1 ? lastId : id]),
        ),
      },
    },
    config: { eos_token: 't7' },
  });
  test('is counted', () => {
    const tokenizer = new Tokenizer(files(151_936, 151_935) as never);
    expect(tokenizer.vocabSize).toBe(151_936);
    expect(tokenizer.eosId).toBe(7);
    expect(new Tokenizer(files(10, 200_000) as never).vocabSize).toBe(200_001);
  });
  test.each([[2 ** 31], [-1], [1.5], ['7']])('an id of %p names the token', (id) => {
    expect(() => new Tokenizer(files(10, id) as never, 'F')).toThrow(
      `F/tokenizer.json: token "t9" has id ${JSON.stringify(id)}; expected 0 to 16777216`,
    );
  });
});

describe('steps that multiply a text, or do not end', () => {
  const vocab = Object.fromEntries(['a', 'b', 'é', '<end>'].map((token, id) => [token, id]));
  const tokenizer = (parts: object, model = {}) =>
    new Tokenizer(
      {
        model: {
          ...{ added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null },
          ...parts,
          model: { type: 'BPE', merges: [], vocab, unk_token: 'b', ...model },
        },
        config: { eos_token: '<end>' },
      } as never,
      'F',
    );
  const doubled = { type: 'Replace', pattern: { String: 'a' }, content: 'aa' };
  const steps = Array(34).fill(doubled);

  test.each<[string, () => unknown]>([
    [
      'a normalizer',
      () => tokenizer({ normalizer: { type: 'Sequence', normalizers: steps } }).encode('a'.repeat(100)),
    ],
    [
      'sequences in a sequence',
      () => {
        const half = { type: 'Sequence', normalizers: Array(6).fill(doubled) };
        return tokenizer({ normalizer: { type: 'Sequence', normalizers: Array(6).fill(half) } }).encode(
          'a'.repeat(1000),
        );
      },
    ],
    [
      'a pre_tokenizer',
      () => tokenizer({ pre_tokenizer: { type: 'Sequence', pretokenizers: steps } }).encode('ab'.repeat(500)),
    ],
    [
      'bytes of bytes',
      () => {
        const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
        const pretokenizers = Array(34).fill(bytes);
        return tokenizer({ pre_tokenizer: { type: 'Sequence', pretokenizers } }).encode('é'.repeat(1000));
      },
    ],
    [
      'a decoder',
      () => tokenizer({ decoder: { type: 'Sequence', decoders: steps } }).decode(Array(1000).fill(0)),
    ],
  ])('%s', (_, run) => {
    expect(run).toThrow(
      new TextError('F/tokenizer.json', 'the tokenizer failed: a text grows beyond 20 times its length'),
    );
  });

  test.each<[string, object, object, RegExp]>([
    [
      'a long replacement',
      { normalizer: { ...doubled, content: 'x'.repeat(1e6) } },
      {},
      /a replacement of 1000000/,
    ],
    [
      'a long prefix',
      { normalizer: { type: 'Prepend', prepend: 'x'.repeat(1e6) } },
      {},
      /replacement of 1000000/,
    ],
    [
      'a long space',
      { pre_tokenizer: { type: 'Metaspace', replacement: 'x'.repeat(1e6) } },
      {},
      /a replacement of 1000000/,
    ],
    ['pieces of no length', { pre_tokenizer: { type: 'FixedLength', length: 0 } }, {}, /integer >= 1, got 0/],
    [
      'pieces that go back',
      { pre_tokenizer: { type: 'FixedLength', length: -2 } },
      {},
      /integer >= 1, got -2/,
    ],
    [
      'words of any length',
      {},
      { type: 'WordPiece', max_input_chars_per_word: 1e9 },
      /max_input_chars_per_word: expected at most 256, got 1000000000/,
    ],
  ])('%s', (_, parts, model, message) => {
    expect(() => tokenizer(parts, model)).toThrow(message);
  });

  test('an id without a token is nothing, as it was', () => {
    const vocabWithGap = { a: 0, b: 1, '<end>': 300 };
    const gap = tokenizer({ decoder: { type: 'Fuse' } }, { vocab: vocabWithGap, unk_token: null });
    expect(gap.decode([0, 7, 1])).toBe('ab');
  });

  test('what grows as published tokenizers do passes', () => {
    // One character of Arabic is eighteen in compatibility decomposition, and each of them two bytes.
    const parts = {
      normalizer: { type: 'NFKC' },
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    };
    expect(tokenizer(parts).encode('\ufdfa'.repeat(2000)).length).toBeGreaterThan(2000);
  });
});

test('a tokenizer whose files fail in use only', () => {
  // No token stands for what is unknown.
  const model = { type: 'WordPiece', vocab: { a: 0, b: 1 } };
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const files = { model: { added_tokens: [], ...parts, model }, config: { eos_token: 'b' } };
  expect(() => new Tokenizer(files, 'F').encode('axq')).toThrow(
    new TextError('F/tokenizer.json', 'encodes a text to the id nothing; expected ids from 0 to 1'),
  );
});

test('a pattern that backtracks for ever is ended', () => {
  const endless = () => /^(a+)+$/.test(`${'a'.repeat(60)}b`);
  expect(withinTime(endless, 50)).toBeNull();
  expect(withinTime(() => 7, 60_000)).toEqual({ value: 7 });
  expect(() =>
    withinTime(() => {
      throw new RangeError('mine');
    }, 60_000),
  ).toThrow(new RangeError('mine'));
});
