/** Renders conversations to prompt text with a model's own Jinja template. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { readJson, TextError } from './text-error.js';

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
  private readonly template: Template;

  constructor(source: string, file = 'chat template') {
    this.source = source;
    try {
      this.template = new Template(source);
    } catch (error) {
      throw new TextError(file, `not a Jinja template: ${(error as Error).message}`);
    }
  }

  /** Reads chat_template.jinja, else chat_template.json, else tokenizer_config.json: the order of transformers. */
  static fromFolder(folder: string): ChatTemplate {
    const jinja = join(folder, 'chat_template.jinja');
    if (existsSync(jinja)) return new ChatTemplate(readFileSync(jinja, 'utf8'), jinja);
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

  /** @param variables further variables that the template reads */
  render(
    messages: readonly Message[],
    {
      addGenerationPrompt = false,
      ...variables
    }: { addGenerationPrompt?: boolean; [name: string]: unknown } = {},
  ): string {
    return this.template.render({ ...variables, messages, add_generation_prompt: addGenerationPrompt });
  }
}
