/** A whole model as a folder: its graph, and the files of tokenizer, template, processor and generation. */
import { type ModelGraph, type SaveGraphOptions, saveGraph } from '../models/index.js';
import { checkOptions, kinds } from '../tensor/index.js';
import type { ChatTemplate, Tokenizer } from '../text/index.js';
import { type GenerationConfig, writeGenerationConfig } from './generation-config.js';
import type { Processor } from './processor.js';

interface SavedParts {
  readonly graph: ModelGraph;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | null;
  readonly processor: Processor;
  readonly generation: GenerationConfig;
}

export type SavePretrainedOptions = Pick<SaveGraphOptions, 'maxShardSize'>;

/** One of an earlier model that the new one does not have would be read with it. */
const besideGraph = new Set([
  ...['tokenizer', 'tokenizer_config', 'special_tokens_map', 'added_tokens', 'vocab'].map(
    (name) => `${name}.json`,
  ),
  'merges.txt',
  ...['chat_template.json', 'chat_template.jinja', 'additional_chat_templates'],
  ...['generation_config.json', 'preprocessor_config.json'],
]);

export function saveModel(model: SavedParts, folder: string, options: SavePretrainedOptions): void {
  checkOptions('savePretrained', options, { maxShardSize: kinds.passedOn });
  const write = (partial: string): void => {
    model.tokenizer.save(partial);
    model.template?.save(partial);
    model.processor.save(partial);
    writeGenerationConfig(partial, model.generation);
  };
  saveGraph(model.graph, folder, { ...options, also: { write, replaced: (name) => besideGraph.has(name) } });
}
