/** Renders conversations to prompt text with a model's own Jinja template. */
import { Template } from '@huggingface/jinja';
import { shown } from '../runtime/index.js';
import { checkOption, checkOptions, kinds } from '../tensor/index.js';
import { renderTemplate } from './bounded-interpreter.js';
import { type MarkedText, takeMarks, withMarks } from './generation-marks.js';
import { noTemplate, readTemplates, writeTemplates } from './template-files.js';
import { TextError } from './text-error.js';
import { readSpecialTokens } from './tokenizer-files.js';

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

export interface RenderOptions {
  addGenerationPrompt?: boolean;
  tools?: readonly object[] | null;
  [name: string]: unknown;
}

export class ChatTemplate {
  /** The default template, or the one that was asked for by name. */
  readonly source: string;
  /** Names the template in errors. */
  readonly file: string;
  /** Sources of all templates by name. */
  private readonly sources: Record<string, string>;
  private readonly templates: Map<string, Template>;
  /** Those with marks in them, made when first asked for; null: it has none. */
  private readonly marked = new Map<string, Template | null>();
  /** What every template reads: `bos_token` and the like. */
  private readonly specialTokens: Record<string, string>;

  constructor(
    source: string | Readonly<Record<string, string>>,
    file = 'chat template',
    specialTokens: Readonly<Record<string, string>> = {},
  ) {
    this.sources = typeof source === 'string' ? { default: source } : { ...source };
    this.file = file;
    this.specialTokens = { ...specialTokens };
    this.templates = new Map(Object.entries(this.sources).map(([name, text]) => [name, parse(text, file)]));
    this.source = this.sources.default;
    if (this.source !== undefined) return;
    const names = Object.keys(this.sources).join(', ');
    throw new TextError(file, `has the templates ${names} and no default; choose one by { name }`);
  }

  /**
   * Reads the folder's templates (chat_template.jinja, else chat_template.json, else tokenizer_config.json: the order of
   * transformers) and special tokens (tokenizer_config.json, special_tokens_map.json).
   * @param options.name a template's name, where the folder has several; default: `tool_use` for conversations with
   * tools, if there is one, else `default`
   * @throws TextError naming the file, also where there is no template
   */
  static fromFolder(folder: string, options: { name?: string } = {}): ChatTemplate {
    checkOptions('fromFolder', options, { name: kinds.string });
    const found = readTemplates(folder);
    if (found === null) throw noTemplate(folder);
    const { templates, file } = found;
    const tokens = readSpecialTokens(folder);
    const { name } = options;
    if (name === undefined) return new ChatTemplate(templates, file, tokens);
    if (Object.hasOwn(templates, name)) return new ChatTemplate(templates[name], file, tokens);
    const known = Object.keys(templates).join(', ');
    throw new TextError(file, `has no template named ${shown(name)}; expected one of ${known}`);
  }

  /** As `fromFolder`; null where there is no template, as in the folders of base models. */
  static ofFolder(folder: string): ChatTemplate | null {
    return readTemplates(folder) === null ? null : ChatTemplate.fromFolder(folder);
  }

  save(folder: string): void {
    writeTemplates(folder, this.sources);
  }

  /**
   * @param options.tools descriptions of functions; like `documents`, none unless given
   * @param options further variables that the template reads
   * @throws TextError when the template fails, or would take more steps than any conversation needs
   */
  render(messages: readonly Message[], options: RenderOptions = {}): string {
    if (!Array.isArray(messages))
      throw new TypeError(`render: messages: expected a list of messages, got ${shown(messages)}`);
    return this.run(this.templates.get(this.nameFor(options)) as Template, messages, options);
  }

  /**
   * A conversation with the assistant's turns in it, by the template's `{% generation %}` marks; null where it has none.
   * @param options as of `render`
   */
  renderMarked(messages: readonly Message[], options: RenderOptions = {}): MarkedText | null {
    const name = this.nameFor(options);
    if (!this.marked.has(name)) {
      const source = withMarks(this.sources[name]);
      this.marked.set(name, source === null ? null : parse(source, this.file));
    }
    const template = this.marked.get(name);
    if (!template) return null;
    const rendered = this.run(template, messages, options);
    try {
      return takeMarks(rendered);
    } catch (error) {
      throw new TextError(this.file, (error as Error).message);
    }
  }

  /** The template that writes conversations with these tools. */
  private nameFor({ tools }: RenderOptions): string {
    return tools && this.templates.has('tool_use') ? 'tool_use' : 'default';
  }

  private run(template: Template, messages: readonly Message[], options: RenderOptions): string {
    const { addGenerationPrompt = false, tools = null, documents = null, ...variables } = options;
    checkOption('render', 'addGenerationPrompt', addGenerationPrompt, kinds.boolean);
    const given = { ...this.specialTokens, ...variables, tools, documents };
    try {
      return renderTemplate(template, { ...given, messages, add_generation_prompt: addGenerationPrompt });
    } catch (error) {
      const reason = error instanceof RangeError ? 'it nests or grows too far' : (error as Error).message;
      throw new TextError(this.file, `the template failed: ${reason}`);
    }
  }
}

function parse(source: unknown, file: string): Template {
  if (typeof source !== 'string')
    throw new TypeError(`ChatTemplate: source: expected a text, got ${shown(source)}`);
  if (source.length > maxLength)
    throw new TextError(file, `${source.length} characters; a template has at most ${maxLength}`);
  if (longGap.test(source)) throw new TextError(file, 'more than 2000 characters of white space in a row');
  try {
    return new Template(source);
  } catch (error) {
    throw new TextError(file, `not a Jinja template: ${(error as Error).message}`);
  }
}
