/** Conversations as tokens: what is learned, by the template's marks and without them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chat } from '../../lib/data/index.js';
import { encodeChat } from '../../lib/omni/chat-text.js';
import { ChatTemplate } from '../../lib/text/index.js';
import { spacedTokenizer, spacedVocab } from './spaced-tokenizer.js';
import { chatml, textModel } from './text-model.js';

const model = textModel();
const turn = (role: string, content: string) => ({ role, content });
const chat: Chat = {
  id: 'c',
  messages: [
    turn('system', 'Be short.'),
    turn('user', 'One?'),
    turn('assistant', 'two'),
    turn('user', 'Three?'),
    turn('assistant', 'four'),
  ],
};
const written =
  '<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\ntwo<|im_end|>\n' +
  '<|im_start|>user\nThree?<|im_end|>\n<|im_start|>assistant\nfour<|im_end|>\n';

const marked = `{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' %}
        {% generation %}
        {{- message.content + '<|im_end|>' }}
        {%- endgeneration %}
    {%- else %}
        {{- message.content + '<|im_end|>' }}
    {%- endif %}
    {{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}`;

/** What is written, and the learned parts of it. */
function encoded(row: Chat, loss: { assistantOnly?: boolean; completionOnly?: boolean }, template = chatml) {
  const { ids, lossMask } = textModel([], 1, template).encodeChat(row, {
    assistantOnly: false,
    completionOnly: false,
    ...loss,
  });
  expect(lossMask).toHaveLength(ids.length);
  const learned: string[] = [];
  let part: number[] = [];
  for (const [i, id] of [...ids, 0].entries()) {
    if (lossMask[i] === 1) part.push(id);
    else if (part.length > 0) {
      learned.push(model.tokenizer.decode(part));
      part = [];
    }
  }
  return { text: model.tokenizer.decode(ids), learned };
}

test('without a choice, all of it is learned', () => {
  expect(encoded(chat, {})).toEqual({ text: written, learned: [written] });
});

test('every turn of the assistant is learned with the token that ends it', () => {
  expect(encoded(chat, { assistantOnly: true })).toEqual({
    text: written,
    learned: ['two<|im_end|>\n', 'four<|im_end|>\n'],
  });
  // The template says that its line breaks are not.
  expect(encoded(chat, { assistantOnly: true }, marked)).toEqual({
    text: written,
    learned: ['two<|im_end|>', 'four<|im_end|>'],
  });
});

test('the last turn alone, and both choices together', () => {
  expect(encoded(chat, { completionOnly: true }).learned).toEqual(['four<|im_end|>\n']);
  expect(encoded(chat, { completionOnly: true, assistantOnly: true }, marked).learned).toEqual([
    'four<|im_end|>',
  ]);
});

test('marks do not change what is written, with every way to trim white space', () => {
  for (const open of ['{% generation %}', '{%- generation %}', '{% generation -%}', '{%-  generation  -%}'])
    for (const close of ['{% endgeneration %}', '{%- endgeneration %}', '{%- endgeneration -%}'])
      for (const indent of ['', '   ', 'x ', '\n  ']) {
        const source = `a\n${indent}${open}\n b {{ messages[0].content }}\n ${close}\n c`;
        const template = new ChatTemplate(source);
        const text = template.render([turn('user', 'Q')]);
        const { text: same, spans } = template.renderMarked([turn('user', 'Q')])!;
        expect([source, same]).toEqual([source, text]);
        expect(spans.map(([start, end]) => text.slice(start, end).includes('b Q'))).toEqual([true]);
      }
});

test('control tokens that people wrote are words', () => {
  const row = {
    id: 'c',
    messages: [turn('user', 'What is <|im_end|>?'), turn('assistant', 'It is <|im_end|>.')],
  };
  const { ids, lossMask } = model.encodeChat(row, { assistantOnly: true, completionOnly: false });
  const end = model.tokenizer.eosId;
  expect(ids.filter((id) => id === end)).toHaveLength(2);
  expect(ids.filter((id, i) => id === end && lossMask[i] === 1)).toHaveLength(1);
  expect(model.tokenizer.decode(ids)).toContain('It is <|im_end|>.<|im_end|>');
});

describe("Qwen3's template, which leaves out the thoughts of earlier turns", () => {
  const folder = join(__dirname, '../fixtures/text/folders/qwen3');
  const qwen3 = `{%- set last = namespace(user=0) %}{%- for message in messages %}{%- if message.role == 'user' %}{%- set last.user = loop.index0 %}{%- endif %}{%- endfor %}
{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' and '</think>' in message.content and loop.index0 < last.user %}{{- message.content.split('</think>')[-1].lstrip('\\n') }}
{%- else %}{{- message.content }}{%- endif %}{{- '<|im_end|>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`;
  const thinking: Chat = {
    id: 'deep',
    messages: [
      turn('user', 'One?'),
      turn('assistant', '<think>\nhm\n</think>\n\ntwo'),
      turn('user', 'Three?'),
      turn('assistant', '<think>\nwell\n</think>\n\nfour'),
    ],
  };

  it('has the last turn learned as it is written', () => {
    expect(encoded(thinking, { completionOnly: true }, qwen3).learned).toEqual([
      '<think>\nwell\n</think>\n\nfour<|im_end|>\n',
    ]);
  });

  it('refuses the earlier ones by name, with what to do', () => {
    expect(() => encoded(thinking, { assistantOnly: true }, qwen3)).toThrow(
      /sample 'deep': messages\[1\] is written otherwise once other messages follow.*completionOnlyLoss: true/,
    );
  });

  it('learns every turn where nothing is left out', () => {
    expect(encoded(chat, { assistantOnly: true }, qwen3).learned).toHaveLength(2);
    const published = readFileSync(join(folder, 'chat_template.jinja'), 'utf8');
    expect(encoded(chat, { assistantOnly: true }, published).learned).toHaveLength(2);
  });
});

test('a tokenizer that puts a space before a text puts none before a turn', () => {
  const spaced = spacedTokenizer();
  expect(spaced.encode('b')).toEqual([spacedVocab.indexOf('▁b')]);
  const template = new ChatTemplate(
    `{% for m in messages %}{% if m.role == 'user' %}u{% endif %}{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}{% endif %}`,
  );
  const messages = [turn('user', 'a'), turn('assistant', 'b b'), turn('user', 'b'), turn('assistant', 'b')];
  const { ids, lossMask } = encodeChat(
    spaced,
    template,
    { id: 'c', messages },
    { assistantOnly: true, completionOnly: false },
  );
  expect(ids.map((id, i) => spacedVocab[id] + (lossMask[i] ? '*' : '')).join(' ')).toBe(
    '▁ u a </s> b* ▁b* </s>* u b </s> b* </s>*',
  );
});

test('tools that hold a control token are refused, as where answers are generated', () => {
  const tools = [{ name: 'add', description: 'adds<|im_end|>' }];
  expect(() => encoded({ ...chat, tools }, {})).toThrow(
    /sample 'c': tools: they hold the control token <\|im_end\|>; expected descriptions without any/,
  );
});

test('tools and further variables reach the template', () => {
  const template = `{% for tool in tools %}[{{ tool.name }}]{% endfor %}{{ mood }}:{{ messages[0].tool_calls[0].name }}`;
  const row = {
    id: 't',
    tools: [{ name: 'add' }],
    templateVariables: { mood: 'calm' },
    messages: [{ role: 'assistant', content: '', tool_calls: [{ name: 'call' }] }],
  };
  expect(encoded(row, {}, template).text).toBe('[add]calm:call');
});

test.each<[string, Chat, object, RegExp]>([
  [
    'no turn of the assistant',
    { id: 'a', messages: [turn('user', 'x')] },
    { assistantOnly: true },
    /sample 'a': nothing is learned of it/,
  ],
  [
    'a last turn of the user',
    { id: 'a', messages: [turn('user', 'x')] },
    { completionOnly: true },
    /sample 'a': the completion begins with a message of user; expected the assistant's/,
  ],
])('%s', (_, row, loss, problem) => {
  expect(() => encoded(row, loss)).toThrow(problem);
});

test('a template that writes the prompt otherwise when its answer follows', () => {
  const odd = `{% for message in messages %}{{ message.content }}{% endfor %}{% if add_generation_prompt %}<think>{% endif %}`;
  expect(() => encoded(chat, { completionOnly: true }, odd)).toThrow(
    /sample 'c': the prompt is written otherwise when the answer follows it/,
  );
  const failing = `{{ raise_exception('no ' + messages[0].role) }}`;
  expect(() => encoded(chat, {}, failing)).toThrow(/sample 'c': the template failed: no system/);
});
