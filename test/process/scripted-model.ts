/** A model whose completions are written down: what it says follows from the prefix, the seed and the number of the completion. */
import type { Prompt } from '../../lib/batch/index.js';
import type { Completion, Sample } from '../../lib/data/index.js';
import type { processDpo } from '../../lib/index.js';
import { answerText, protocolOf, withReply } from '../../lib/rewards/index.js';

type Model = Parameters<typeof processDpo.samplePaths>[0]['model'];

interface Asked {
  id: string;
  prefix: readonly string[];
  seed: number;
  index: number;
  /** Calls before this one. */
  call: number;
}

interface SamplingCall {
  prompts: readonly Prompt[];
  prefixes: readonly (readonly string[])[];
  params: Parameters<Model['samplePrompts']>[1];
  options: Parameters<Model['samplePrompts']>[2];
}

/** @param say a text that ends by itself; one that ends in '...' was cut off */
export function scriptedModel(say: (asked: Asked) => string) {
  const calls: SamplingCall[] = [];
  const prepared: (readonly Sample[])[] = [];
  const prepare = async (samples: readonly Sample[]) => {
    prepared.push(samples);
    return { av: samples.map(({ id }) => ({ id }) as Prompt) };
  };
  const samplePrompts: Model['samplePrompts'] = async (prompts, params = {}, options = {}) => {
    const call = calls.length;
    const prefixes = (options.prefixes ?? prompts.map(() => [])) as (readonly string[])[];
    calls.push({ prompts, prefixes, params, options });
    return prompts.map(({ id }, p) =>
      Array.from({ length: params.numGenerations ?? 1 }, (_, index): Completion => {
        const seed = options.seeds?.[p] ?? params.seed ?? 0;
        const text = say({ id, prefix: prefixes[p], seed, index, call });
        const finishReason = text.endsWith('...') ? 'length' : 'stop';
        return { text, ids: [...text].map(() => 1), logprobs: [], finishReason };
      }),
    );
  };
  // What OmniModel does; the second turn goes through the script too.
  const finalAnswers: Model['finalAnswers'] = async (prompts, completions, { protocol, prefixes = [] }) =>
    Promise.all(
      completions.map(async (ofPrompt, p) => {
        if (protocolOf(protocol).name !== 'twoTurn')
          return ofPrompt.map((it) => ({ ...it, scored: it.text, answer: answerText(it.text) }));
        return Promise.all(
          ofPrompt.map(async (it) => {
            const first = [...((prefixes[p] ?? []) as string[]), it.text].join('');
            const [[reply]] = await samplePrompts([prompts[p]], {}, { prefixes: [[first, 'the answer?']] });
            return { ...it, reply, answer: reply.text, scored: withReply(it.text, reply.text) };
          }),
        );
      }),
    );
  return { model: { graph: {}, prepare, samplePrompts, finalAnswers } as unknown as Model, calls, prepared };
}

export const asked: Sample[] = ['a', 'b'].map((id) => ({
  ...{ id, question: 'which?', options: ['red', 'blue'], answer: 'red' },
}));
