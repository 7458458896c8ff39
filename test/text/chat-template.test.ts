/** Chat templates: the prompts of transformers (scripts/fixtures/text.py), and which file of a folder counts. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ChatTemplate } from '../../lib/text/chat-template.js';
import { TextError } from '../../lib/text/text-error.js';

const { chat } = JSON.parse(
  gunzipSync(readFileSync(join(__dirname, '../fixtures/text/recorded.json.gz'))).toString(),
);
const folder = mkdtempSync(join(tmpdir(), 'earsight-chat-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([0, 1, 2])("conversation %d renders to transformers' prompt", (index) => {
  const { messages, add_generation_prompt: addGenerationPrompt, ...variables } = chat.conversations[index];
  const prompt = new ChatTemplate(chat.template).render(messages, { addGenerationPrompt, ...variables });
  expect(prompt).toBe(chat.prompts[index]);
});

const user = [{ role: 'user', content: 'hi' }];

test('chat_template.jinja comes before chat_template.json before tokenizer_config.json', () => {
  const place = join(folder, 'order');
  mkdirSync(place);
  const rendered = () => ChatTemplate.fromFolder(place).render(user);
  writeFileSync(join(place, 'tokenizer_config.json'), JSON.stringify({ chat_template: 'config' }));
  expect(rendered()).toBe('config');
  writeFileSync(join(place, 'chat_template.json'), JSON.stringify({ chat_template: 'json' }));
  expect(rendered()).toBe('json');
  writeFileSync(join(place, 'chat_template.jinja'), 'jinja {{ messages[0].content }}');
  expect(rendered()).toBe('jinja hi');
});

test('a saved template is read back', () => {
  new ChatTemplate(chat.template).save(join(folder, 'saved'));
  expect(ChatTemplate.fromFolder(join(folder, 'saved')).source).toBe(chat.template);
});

/** What transformers 5.24 renders of these files is in the tests below. */
describe('named templates and special tokens', () => {
  const place = join(folder, 'named');
  const first =
    '{{ bos_token }}{{ pad_token }}{{ eos_token }}{{ video_token }}{{ audio_token }}[{{ unk_token }}]' +
    "{% if tools is none and documents is none %}no tools{% endif %}{{ 'defined' if tools is defined else 'undefined' }}" +
    ' {{ messages[0].content }}';
  const templates = [
    { name: 'default', template: first },
    { name: 'tool_use', template: '{{ tools | length }} tools: {{ messages[0].content }}' },
    { name: 'rag', template: 'rag{% if documents is none %} of nothing{% endif %}' },
  ];
  const config = {
    bos_token: { __type: 'AddedToken', content: '<|im_start|>', special: true },
    eos_token: '<|im_end|>',
    pad_token: '<|im_end|>',
    unk_token: null,
    add_bos_token: false,
    video_token: '<|VIDEO|>',
    extra_special_tokens: { audio_token: '<|AUDIO|>' },
  };
  const write = (name: string, value: object) => writeFileSync(join(place, name), JSON.stringify(value));
  const open = (name?: string) => ChatTemplate.fromFolder(place, { name });
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const rendered = '<|im_start|><|im_end|><|im_end|><|VIDEO|><|AUDIO|>[]no toolsdefined hi';

  beforeEach(() => {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place);
    write('tokenizer_config.json', { ...config, chat_template: templates });
  });

  test('the default reads the special tokens; tools are none unless given', () => {
    expect(open().render(user)).toBe(rendered);
    expect(open().render(user, { tools: undefined })).toBe(rendered);
    expect(open().render(user, { bos_token: 'mine' })).toBe(rendered.replace('<|im_start|>', 'mine'));
  });

  test('a conversation with tools takes the template for them; others are asked for by name', () => {
    expect(open().render(user, { tools })).toBe('1 tools: hi');
    expect(open('rag').render(user)).toBe('rag of nothing');
    expect(() => open('chat')).toThrow(
      new TextError(
        join(place, 'tokenizer_config.json'),
        'has no template named "chat"; expected one of default, tool_use, rag',
      ),
    );
  });

  test('all are saved where transformers saves them, and read back', () => {
    const saved = join(place, 'saved');
    open().save(saved);
    write('saved/tokenizer_config.json', config);
    expect(readdirSync(saved)).toEqual([
      'additional_chat_templates',
      'chat_template.jinja',
      'tokenizer_config.json',
    ]);
    const names = readdirSync(join(saved, 'additional_chat_templates'));
    expect(names.sort()).toEqual(['rag.jinja', 'tool_use.jinja']);
    const back = ChatTemplate.fromFolder(saved);
    expect([back.render(user), back.render(user, { tools })]).toEqual([rendered, '1 tools: hi']);
  });

  test('chat_template.json may hold a list, and so may an object of names', () => {
    write('chat_template.json', { chat_template: templates });
    expect(open().render(user)).toBe(rendered);
    write('chat_template.json', { chat_template: { default: 'one', rag: 'two' } });
    expect([open().render(user), open('rag').render(user)]).toEqual(['one', 'two']);
  });

  test('templates without a default must be chosen by name', () => {
    write('chat_template.json', { chat_template: templates.slice(1) });
    expect(() => open()).toThrow(
      'chat_template.json: has the templates tool_use, rag and no default; choose one by { name }',
    );
    expect(open('rag').render(user)).toBe('rag of nothing');
  });

  test.each([[[{ name: 'default' }]], [[]], [7], [{ default: 1 }]])('%j is no chat template', (value) => {
    write('chat_template.json', { chat_template: value });
    expect(() => open()).toThrow(/chat_template\.json: chat_template is .*; expected a text or a list of/);
  });
});

describe('errors name the file', () => {
  function failure(files: Record<string, string>): string {
    const place = mkdtempSync(join(folder, 'bad-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
    try {
      ChatTemplate.fromFolder(place);
    } catch (error) {
      expect(error).toBeInstanceOf(TextError);
      return (error as Error).message.slice(place.length + 1);
    }
    throw new Error('no error');
  }

  test('no template anywhere', () => {
    expect(failure({ 'tokenizer_config.json': '{}' })).toMatch(/^chat_template\.jinja: the file is missing/);
  });
  test('not JSON', () => {
    expect(failure({ 'chat_template.json': '{' })).toMatch(/^chat_template\.json: not JSON/);
  });
  test('not Jinja', () => {
    expect(failure({ 'chat_template.jinja': '{% if %}' })).toMatch(
      /^chat_template\.jinja: not a Jinja template/,
    );
  });
});

test('a template may refuse a conversation', () => {
  const strict = new ChatTemplate(
    "{% if messages[0].role != 'system' %}{{ raise_exception('system first') }}{% endif %}",
  );
  expect(() => strict.render(user)).toThrow('system first');
});
