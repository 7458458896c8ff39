/** Tokenizers and templates of published folders, against what transformers makes of them (scripts/fixtures/text_folders.py). */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatTemplate, TextError, Tokenizer } from '../../lib/text/index.js';

const fixtures = join(__dirname, '../fixtures/text/folders');
const folder = mkdtempSync(join(tmpdir(), 'earsight-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Expected {
  texts: { text: string; ids: number[]; withSpecial: number[]; decoded: string; withoutSpecial: string }[];
  chats: {
    question: string;
    system?: string;
    history?: { question: string; answer: string }[];
    tools?: object[];
    prompt: string;
    ids: number[];
  }[];
  template: string | Record<string, string> | null;
}
const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(fixtures, name, 'expected.json'), 'utf8'));

const names = ['qwen2', 'llama', 'qwen3', 'base'];

describe.each(names)('the tokenizer of %s', (name) => {
  const { texts } = expectedOf(name);
  const tokenizer = Tokenizer.fromFolder(join(fixtures, name));

  test('gives the ids of transformers, and its texts back', () => {
    const ours = texts.map(({ text }) => {
      const ids = tokenizer.encode(text);
      return {
        text,
        ids,
        withSpecial: [...tokenizer.startIds, ...ids],
        decoded: tokenizer.decode(ids),
        withoutSpecial: tokenizer.decode(ids, { skipSpecialTokens: true }),
      };
    });
    expect(ours).toEqual(texts);
  });

  test('is the same from the folder that it saves', () => {
    const saved = join(folder, `saved-${name}`);
    tokenizer.save(saved);
    const back = Tokenizer.fromFolder(saved);
    expect(texts.map(({ text }) => back.encode(text))).toEqual(texts.map(({ ids }) => ids));
    expect([back.eosId, back.startIds, back.specialTokens]).toEqual([
      tokenizer.eosId,
      tokenizer.startIds,
      tokenizer.specialTokens,
    ]);
  });
});

describe.each(names.slice(0, 3))('the template of %s', (name) => {
  const { chats } = expectedOf(name);

  test.each(chats)(
    'renders as transformers does: %#',
    ({ prompt, system, history = [], question, tools }) => {
      const messages = [
        ...(system === undefined ? [] : [{ role: 'system', content: system }]),
        ...history.flatMap((turn) => [
          { role: 'user', content: turn.question },
          { role: 'assistant', content: turn.answer },
        ]),
        { role: 'user', content: question },
      ];
      const template = ChatTemplate.fromFolder(join(fixtures, name));
      expect(template.render(messages, { tools, addGenerationPrompt: true })).toBe(prompt);
      const saved = join(folder, `template-${name}`);
      Tokenizer.fromFolder(join(fixtures, name)).save(saved);
      template.save(saved);
      const back = ChatTemplate.fromFolder(saved);
      expect(back.render(messages, { tools, addGenerationPrompt: true })).toBe(prompt);
    },
  );
});

test('a folder without a template has none', () => {
  expect(ChatTemplate.ofFolder(join(fixtures, 'base'))).toBeNull();
  expect(() => ChatTemplate.fromFolder(join(fixtures, 'base'))).toThrow(
    'chat_template.jinja: the file is missing, and neither chat_template.json nor tokenizer_config.json has a',
  );
});

describe('folders that have no tokenizer.json', () => {
  /** A copy of a folder, with files written anew. */
  function changed(name: string, files: Record<string, unknown>): string {
    const place = mkdtempSync(join(folder, 'changed-'));
    cpSync(join(fixtures, name), place, { recursive: true });
    for (const [file, content] of Object.entries(files)) {
      if (content === null) rmSync(join(place, file));
      else writeFileSync(join(place, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return place;
  }
  const configOf = (name: string) =>
    JSON.parse(readFileSync(join(fixtures, name, 'tokenizer_config.json'), 'utf8'));
  const load = (place: string) => () => Tokenizer.fromFolder(place);

  test.each(['PreTrainedTokenizerFast', 'LlamaTokenizer', 'QWenTokenizer', undefined])(
    'of the class %s are refused by name',
    (tokenizerClass) => {
      const config = { ...configOf('qwen2'), tokenizer_class: tokenizerClass };
      const place = changed('qwen2', { 'tokenizer_config.json': config });
      const given = tokenizerClass === undefined ? 'nothing' : `"${tokenizerClass}"`;
      expect(load(place)).toThrow(TextError);
      expect(load(place)).toThrow(
        `tokenizer_config.json: tokenizer_class is ${given}; without a tokenizer.json expected Qwen2Tokenizer or ` +
          'GPT2Tokenizer. Fix: write tokenizer.json with',
      );
    },
  );

  test('with a SentencePiece model are refused by name', () => {
    const place = join(folder, 'sentencepiece');
    mkdirSync(place);
    writeFileSync(join(place, 'tokenizer.model'), 'x');
    writeFileSync(join(place, 'tokenizer_config.json'), '{}');
    expect(load(place)).toThrow(
      'tokenizer.model: a SentencePiece model, which is not read without a tokenizer.json',
    );
  });

  test.each([
    ['a b c', 'line 2 is "a b c"; expected two tokens with a space between'],
    ['a', 'line 2 is "a"; expected two tokens with a space between'],
    ['zq qz', 'line 2: vocab.json has no token "zq"'],
  ])('with the merge %s name the line', (line, problem) => {
    const place = changed('base', { 'merges.txt': `#version: 0.2\n${line}\n` });
    expect(load(place)).toThrow(`merges.txt: ${problem}`);
  });

  test('a token list that is none is named', () => {
    const config = { ...configOf('qwen2'), added_tokens_decoder: { 500: { special: true } } };
    const place = changed('qwen2', { 'tokenizer_config.json': config });
    expect(load(place)).toThrow('tokenizer_config.json: added_tokens_decoder: 500 is ');
  });

  test('put a first token before texts where the configuration asks for it', () => {
    const config = { ...configOf('base'), add_bos_token: true };
    const place = changed('base', { 'tokenizer_config.json': config });
    const tokenizer = Tokenizer.fromFolder(place);
    expect(tokenizer.startIds).toEqual([tokenizer.tokenId('<|endoftext|>')]);
    const saved = join(folder, 'with-bos');
    tokenizer.save(saved);
    expect(Tokenizer.fromFolder(saved).startIds).toEqual(tokenizer.startIds);
  });
});
