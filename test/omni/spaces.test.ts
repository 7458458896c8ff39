/** Tokenizers that put a space before a text put none within one, wherever a text is encoded in parts. */

import { OmniModel } from '../../lib/omni/index.js';
import { encodeMessages } from '../../lib/omni/message-text.js';
import { PromptText } from '../../lib/omni/prompt-text.js';
import { ChatTemplate } from '../../lib/text/index.js';
import { spacedTokenizer, spacedVocab } from './spaced-tokenizer.js';

const tokenizer = spacedTokenizer();
const shown = (ids: readonly number[]) => ids.map((id) => spacedVocab[id]).join(' ');

const turns = (header: string) =>
  `{% for m in messages %}u{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}${header}{% endif %}`;

function model(template: string | null): OmniModel {
  const config = {
    model_type: 'qwen2' as const,
    vocab_size: tokenizer.vocabSize,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    intermediate_size: 8,
  };
  return OmniModel.fromConfig(config, {
    tokenizer,
    template: template === null ? null : new ChatTemplate(template),
  });
}

test.each([
  ['a header of words', turns('a\n')],
  ['a header that ends with a control token', turns('a</s>')],
  ['no header', turns('')],
  ['no chat template', null],
])('an answer after %s', (_, template) => {
  const answered = model(template);
  expect(shown(answered.encodeCompletion('b b'))).toBe('b ▁b </s>');
  expect(shown(answered.encodeCompletion(''))).toBe('</s>');
});

test('control tokens that people wrote, and what follows them', () => {
  expect(shown(tokenizer.encode('b</s>b', { splitSpecialTokens: true }))).toBe('▁b < / s > b');
  expect(shown(tokenizer.encode('</s>b', { splitSpecialTokens: true }))).toBe('▁ < / s > b');
  const prompt = new PromptText(tokenizer, new ChatTemplate(turns('')), []);
  const { between } = prompt.prefix({}, 'none');
  expect(shown([...between, ...prompt.question({ question: 'b</s>b' }, 'none')])).toBe(
    '▁ u b < / s > b </s>',
  );
  const messages = [{ role: 'user', content: 'b</s>b' }];
  expect(shown(encodeMessages(tokenizer, new ChatTemplate(turns('')), messages))).toBe(
    '▁ u b < / s > b </s>',
  );
});

test('a text after another one', () => {
  expect(shown(tokenizer.encode('b b', { after: 'a' }))).toBe('b ▁b');
  expect(shown(tokenizer.encode('b', { after: '</s>' }))).toBe('b');
  expect(shown(tokenizer.encode('b'))).toBe('▁b');
});
