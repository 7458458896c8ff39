/** Chat templates: the prompts of transformers (scripts/fixtures/text.py), and which file of a folder counts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
