/** The chat templates of a model's folder. A model may have several, by name; `default` is for conversations. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { shown } from '../runtime/index.js';
import { readJson, readText, TextError } from './text-error.js';

const jinjaFile = 'chat_template.jinja';
const otherFolder = 'additional_chat_templates';
const extension = '.jinja';

interface TemplateFiles {
  /** Sources by name. */
  templates: Record<string, string>;
  /** Where the default one comes from, or all of them. */
  file: string;
}

/**
 * Reads the .jinja files, else chat_template.json, else tokenizer_config.json: the order of transformers. null: none of them
 * has a template.
 */
export function readTemplates(folder: string): TemplateFiles | null {
  const file = join(folder, jinjaFile);
  const templates = jinjaTemplates(folder, file);
  if (Object.keys(templates).length > 0) return { templates, file };
  for (const name of ['chat_template.json', 'tokenizer_config.json']) {
    const json = join(folder, name);
    if (!existsSync(json)) continue;
    const { chat_template: value } = readJson(json);
    if (value !== undefined && value !== null) return { templates: namedTemplates(value, json), file: json };
  }
  return null;
}

/** The error about a folder without a template. */
export function noTemplate(folder: string): TextError {
  return new TextError(
    join(folder, jinjaFile),
    'the file is missing, and neither chat_template.json nor tokenizer_config.json has a chat_template',
  );
}

/** Writes the default template to chat_template.jinja and others beside it, as transformers does. */
export function writeTemplates(folder: string, templates: Record<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(templates)) {
    if (name === 'default') {
      writeFileSync(join(folder, jinjaFile), source);
      continue;
    }
    if (name === '' || basename(name) !== name)
      throw new TextError(folder, `a chat template is named ${shown(name)}, which is no file name`);
    mkdirSync(join(folder, otherFolder), { recursive: true });
    writeFileSync(join(folder, otherFolder, `${name}${extension}`), source);
  }
}

function jinjaTemplates(folder: string, file: string): Record<string, string> {
  const others = join(folder, otherFolder);
  const names = existsSync(others) ? readdirSync(others).filter((name) => name.endsWith(extension)) : [];
  const more = names.sort().map((name) => [basename(name, extension), readText(join(others, name))] as const);
  return { ...(existsSync(file) ? { default: readText(file) } : {}), ...Object.fromEntries(more) };
}

/** A text is the default template; a list of { name, template } or an object of texts has several. */
function namedTemplates(value: unknown, file: string): Record<string, string> {
  if (typeof value === 'string') return { default: value };
  const entries: [unknown, unknown][] = Array.isArray(value)
    ? value.map((entry) => [entry?.name, entry?.template])
    : Object.entries(value as object);
  const wrong = entries.find(([name, source]) => typeof name !== 'string' || typeof source !== 'string');
  if (typeof value === 'object' && entries.length > 0 && wrong === undefined)
    return Object.fromEntries(entries as [string, string][]);
  throw new TextError(
    file,
    `chat_template is ${shown(value)}; expected a text or a list of { "name", "template" }`,
  );
}
