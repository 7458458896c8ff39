/** What `earsight check` shows of a model's folder: it loads it, asks it one question and writes nothing. */
import type { OmniModel } from '../omni/index.js';
import type { Tensor } from '../tensor/index.js';
import { adapterOf } from './arguments.js';
import { byteSize } from './byte-size.js';

/** Tokens for which the memory of keys and values is shown. */
const cacheTokens = 1000;

export async function checkFolder(folder: string, adapter?: string): Promise<void> {
  const { openFolder } = await import('../recipe/index.js');
  const { startProgress } = await import('./progress.js');
  const { alignColumns } = await import('../eval/index.js');
  const { scope } = await import('../tensor/index.js');
  const model = await openFolder(folder, {}, { adapter: adapterOf(adapter), progress: startProgress });
  try {
    const tokens = await scope(async () => {
      const { av } = await model.prepare([{ id: 'hello', question: 'Hello' }], { views: ['av'] });
      await model.samplePrompts(av, { maxNewTokens: 1, temperature: 0 });
      return av[0].tokens.text;
    });
    const rows = [...(await networkRows(model)), ...textRows(model)];
    console.log(alignColumns([...rows, ['a question of one word', `${tokens} tokens`]], 2));
  } finally {
    model.graph.dispose();
    await model.close();
  }
}

async function networkRows({ graph }: OmniModel): Promise<string[][]> {
  const { families } = await import('../models/index.js');
  const size = (tensors: readonly Tensor[]) => tensors.reduce((sum, tensor) => sum + tensor.numel(), 0);
  const own = graph.adapter?.parameters() ?? [];
  const count = size(graph.parameters()) - size(own);
  const what = families().find(({ modelType }) => modelType === graph.modelType)?.what ?? [];
  return [
    ['model', `${graph.modelType}; takes ${what.join(', ')}`],
    ['parameters', `${count.toLocaleString('en')}, ${byteSize(4 * count)} as float32`],
    ...(own.length > 0 ? [['adapter', `${size(own).toLocaleString('en')} parameters`]] : []),
    [`keys and values of ${cacheTokens} tokens`, byteSize(graph.cacheBytes(cacheTokens))],
  ];
}

function textRows({ tokenizer, template, generation, stopIds }: OmniModel): string[][] {
  const { params, unsupported } = generation;
  const ends = stopIds.map((id) => `${tokenizer.decode([id])} (${id})`);
  const settings = Object.entries(params).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    ['tokenizer', `${tokenizer.vocabSize.toLocaleString('en')} tokens`],
    ['chat template', template?.file ?? 'none: prompts are plain text'],
    ['answers end at', ends.join(', ')],
    ['generate samples with', settings.join(', ') || 'its own defaults'],
    ...(unsupported.length > 0 ? [['generate refuses', unsupported.join(', ')]] : []),
  ];
}
