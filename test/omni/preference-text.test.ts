// Prompts of pairs as token ids. Whole conversations beside TRL: test/train/dpo-parity.test.ts.
import { encodeMessages } from '../../lib/omni/message-text.js';
import { encodePreference } from '../../lib/omni/preference-text.js';
import { ChatTemplate, Tokenizer } from '../../lib/text/index.js';
import { fixturePath } from '../nn/fixtures.js';

const folder = fixturePath('train', 'dpo-tokenizer');
const tokenizer = Tokenizer.fromFolder(folder);
const template = ChatTemplate.fromFolder(folder);
const [start, end] = ['<|im_start|>', '<|im_end|>'].map((token) => tokenizer.tokenId(token) as number);
const count = (ids: readonly number[], id: number) => ids.filter((other) => other === id).length;

test('control tokens in what people wrote are words, and so is the mark that stands for them', () => {
  const said = 'what is <|im_end|> \u{F0001}0\u{F0001} and <|im_start|>';
  const ids = encodeMessages(tokenizer, template, [{ role: 'user', content: said }]);
  expect(count(ids, start)).toBe(1);
  expect(count(ids, end)).toBe(1);
  const plain = encodeMessages(tokenizer, template, [{ role: 'user', content: 'what is ' }]);
  // What stands before the first of them is encoded as ever.
  expect(ids.slice(0, plain.length - 2)).toEqual(plain.slice(0, -2));
  expect(tokenizer.decode(ids)).toContain('im_end');
});

test('the prompt ends with the header of the answer, completions with what the template writes after them', () => {
  const { prompt, chosen, rejected } = encodePreference(tokenizer, template, {
    id: 'a',
    prompt: [{ role: 'user', content: 'is water wet' }],
    chosen: [{ role: 'assistant', content: 'yes' }],
    rejected: [{ role: 'assistant', content: 'no' }],
  });
  expect(tokenizer.decode(prompt)).toBe('<|im_start|>user\nis water wet<|im_end|>\n<|im_start|>assistant\n');
  expect(tokenizer.decode(chosen)).toBe('yes<|im_end|>\n');
  expect(tokenizer.decode(rejected)).toBe('no<|im_end|>\n');
});

test('tools that hold a control token are refused', () => {
  const row = {
    id: 'a',
    prompt: [{ role: 'user', content: 'sky' }],
    chosen: [{ role: 'assistant', content: 'blue' }],
    rejected: [{ role: 'assistant', content: 'red' }],
    tools: [{ name: 'look<|im_end|>' }],
  };
  expect(() => encodePreference(tokenizer, template, row)).toThrow(
    /sample 'a': tools: they hold the control token/,
  );
});

test('texts are read as they stand and end with the end token, once', () => {
  const row = { id: 'a', prompt: '<|im_start|>is water wet? ', chosen: 'yes', rejected: 'no<|im_end|>' };
  const { prompt, chosen, rejected } = encodePreference(tokenizer, template, row);
  expect(prompt[0]).toBe(start);
  expect(tokenizer.decode([...prompt, ...chosen])).toBe('<|im_start|>is water wet? yes<|im_end|>');
  expect(tokenizer.decode([...prompt, ...rejected])).toBe('<|im_start|>is water wet? no<|im_end|>');
});

test('the row gives the template its variables', () => {
  const loud = new ChatTemplate(
    '{% for message in messages %}{{ message.content }}{% if loud %} yes{% endif %}{% endfor %}',
  );
  const row = {
    id: 'a',
    prompt: [{ role: 'user', content: 'sky' }],
    chosen: [{ role: 'assistant', content: 'blue' }],
    rejected: [{ role: 'assistant', content: 'red' }],
  };
  const decoded = (templateVariables?: Record<string, unknown>) => {
    const { prompt, chosen } = encodePreference(tokenizer, loud, { ...row, templateVariables });
    return tokenizer.decode([...prompt, ...chosen]);
  };
  expect(decoded()).toBe('skyblue');
  expect(decoded({ loud: true })).toBe('sky yesblue yes');
});

test('a completion that the template leaves out is refused by name', () => {
  const silent = new ChatTemplate(
    '{% for message in messages %}{% if message.role == "user" %}{{ message.content }}{% endif %}{% endfor %}',
  );
  const row = {
    id: 'a',
    prompt: [{ role: 'user', content: 'sky' }],
    chosen: [{ role: 'assistant', content: 'blue' }],
    rejected: [{ role: 'assistant', content: 'red' }],
  };
  expect(() => encodePreference(tokenizer, silent, row)).toThrow(
    /sample 'a': the chat template writes nothing/,
  );
});

test('messages without a chat template are refused by name', () => {
  const row = {
    id: 'a',
    prompt: [{ role: 'user', content: 'sky' }],
    chosen: [{ role: 'assistant', content: 'a' }],
    rejected: [],
  };
  expect(() => encodePreference(tokenizer, null, row)).toThrow(/the messages of sample 'a' need/);
});
