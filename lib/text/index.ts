/** Text: tokenizers and chat templates, in Hugging Face's file formats. */
export { type BuildTokenizerOptions, buildTokenizer } from './build-tokenizer.js';
export { ChatTemplate, type ContentPart, type Message, type RenderOptions } from './chat-template.js';
export { TextError } from './text-error.js';
export { Tokenizer } from './tokenizer.js';
export type { TokenizerFiles } from './tokenizer-files.js';
