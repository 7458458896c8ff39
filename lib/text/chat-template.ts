/** Renders conversations to prompt text with a model's own Jinja template. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { shown } from '../runtime/index.js';
import { renderTemplate } from './bounded-interpreter.js';
import { readJson, readText, TextError } from './text-error.js';

/** Published templates have up to 30,000 characters. */
const maxLength = 100_000;
/** The parser's time goes by the square of a run of white space. */
const longGap = /\s{2000}/;

/** One part of a message; `type` names what it is (text, video, audio, ...). */
export interface ContentPart {
  type: string;
  text?: string;
}

export interface Message {
  role: string;
  content: string | readonly ContentPart[];
}

export class ChatTemplate {
  readonly source: string;
  /** Names the template in errors. */
  readonly file: string;
  private readonly template: Template;

  constructor(source: string, file = 'chat template') {
    if (typeof source !== 'string')
      throw new TypeError(`ChatTemplate: source: expected a text, got ${shown(source)}`);
    if (source.length > maxLength)
      throw new TextError(file, `${source.length} characters; a template has at most ${maxLength}`);
    if (longGap.test(source)) throw new TextError(file, 'more than 2000 characters of white space in a row');
    this.source = source;
    this.file = file;
    try {
      this.template = new Template(source);
    } catch (error) {
      throw new TextError(file, `not a Jinja template: ${(error as Error).message}`);
    }
  }

  /** Reads chat_template.jinja, else chat_template.json, else tokenizer_config.json: the order of transformers. */
  static fromFolder(folder: string): ChatTemplate {
    const jinja = join(folder, 'chat_template.jinja');
    if (existsSync(jinja)) return new ChatTemplate(readText(jinja), jinja);
    for (const name of ['chat_template.json', 'tokenizer_config.json']) {
      const file = join(folder, name);
      if (!existsSync(file)) continue;
      const { chat_template: source } = readJson(file);
      if (typeof source === 'string') return new ChatTemplate(source, file);
    }
    throw new TextError(
      jinja,
      'the file is missing, and neither chat_template.json nor tokenizer_config.json has a chat_template',
    );
  }

  save(folder: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'chat_template.jinja'), this.source);
  }

  /**
   * @param variables further variables that the template reads
   * @throws TextError when the template fails, or would take more steps than any conversation needs
   */
  render(
    messages: readonly Message[],
    options: { addGenerationPrompt?: boolean; [name: string]: unknown } = {},
  ): string {
    if (!Array.isArray(messages))
      throw new TypeError(`render: messages: expected a list of messages, got ${shown(messages)}`);
    const { addGenerationPrompt = false, ...variables } = options;
    const given = { ...variables, messages, add_generation_prompt: addGenerationPrompt };
    try {
      return renderTemplate(this.template, given);
    } catch (error) {
      const reason = error instanceof RangeError ? 'it nests or grows too far' : (error as Error).message;
      throw new TextError(this.file, `the template failed: ${reason}`);
    }
  }
}
