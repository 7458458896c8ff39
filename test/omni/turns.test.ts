/** Steps of reasoning and second turns as token ids, and completions that a second turn ends. */
import type { Sample } from '../../lib/data/index.js';
import { evaluate } from '../../lib/eval/index.js';
import { newSmallModel, type OmniModel } from '../../lib/omni/index.js';
import { PromptText } from '../../lib/omni/prompt-text.js';
import { type ProtocolName, targetCompletion, targetTurns } from '../../lib/rewards/index.js';
import { Tokenizer } from '../../lib/text/index.js';
import { GRPOTrainer, ProcessDPOTrainer, SFTTrainer } from '../../lib/train/index.js';
import { chatml, textModel } from './text-model.js';

const sample: Sample = {
  id: 'q',
  question: 'Why?',
  options: ['red', 'blue'],
  answer: 'blue',
  steps: ['It is cold.', 'So blue.'],
};
const texts = ['Why red blue It is cold So Give the final answer'];

describe('a step', () => {
  /** Letters, and a merge across the end of a step. */
  const characters = [...new Set('<end_of_step>\nab ')];
  const vocab = Object.fromEntries([...characters, '>\n'].map((token, id) => [token, id]));
  const bpe = { type: 'BPE', unk_token: null, vocab, merges: [['>', '\n']] };
  const model = { normalizer: null, post_processor: null, pre_tokenizer: null, decoder: null };
  const tokenizer = new Tokenizer({
    model: { ...model, added_tokens: [], model: bpe },
    config: { eos_token: 'a' },
  });
  const text = new PromptText(tokenizer, null, []);
  const ofCharacters = (written: string) => [...written].map((character) => vocab[character]);

  it('has the ids that it has alone, whatever follows it', () => {
    const [first, second] = ['a<end_of_step>', '\nb<end_of_step>'];
    expect(text.answer(`${first}${second}\nb`)).toEqual(ofCharacters(`${first}${second}\nb`));
    expect(text.answer(first + second)).toEqual([...text.answer(first), ...text.answer(second)]);
    // Elsewhere the tokenizer merges as it does.
    expect(text.answer('a>\n')).toEqual([vocab.a, vocab['>\n']]);
  });
});

describe('two turns', () => {
  const turns = targetTurns(sample, 'twoTurn');
  const [steps, answer] = turns.map(({ text }) => text);

  it.each([
    [
      'ChatML',
      chatml,
      '<|im_end|>\n<|im_start|>user\nGive the final answer.<|im_end|>\n<|im_start|>assistant\n',
    ],
    ['a template without roles', undefined, '<|im_end|><|im_start|>Give the final answer.<|im_end|>'],
  ])('of %s are learned, with their ends, and the question between them is not', (_, template, between) => {
    const model =
      template === undefined
        ? newSmallModel([sample], { protocol: 'twoTurn' })
        : textModel(texts, 1, template);
    const { ids, lossMask } = model.encodeTurns(turns);
    const written = (marked: number) => model.tokenizer.decode(ids.filter((__, i) => lossMask[i] === marked));
    expect(model.tokenizer.decode(ids)).toBe(`${steps}${between}${answer}<|im_end|>`);
    expect(written(1)).toBe(`${steps}<|im_end|>${answer}<|im_end|>`);
  });

  it('need a template that writes a second question', () => {
    const model = textModel(
      texts,
      1,
      "{% if messages | length > 1 %}{{ raise_exception('one') }}{% endif %}{{ messages[0].content }}",
    );
    expect(() => model.encodeTurns(turns)).toThrow(/chat template|one/);
  });

  it('the mark is one token of a fresh model that is asked for steps', () => {
    const count = (protocol: ProtocolName) =>
      newSmallModel([sample], { protocol }).tokenizer.encode('<end_of_step>').length;
    expect(count('steps')).toBe(1);
    expect(count('spans')).toBeGreaterThan(1);
  });
});

describe('a completion in two turns', () => {
  const model = textModel(texts, 7);
  const options = { maxNewTokens: 6, numGenerations: 3, seed: 2 };
  const question = 'And so?';

  it('is the first turn, and the likeliest reply to the second question in an answer block', async () => {
    const first = (await model.generate(sample, options)).completions;
    const protocol = { name: 'twoTurn' as const, finalQuestion: question };
    const { completions } = await model.generate(sample, { ...options, protocol });
    expect(completions.map(({ ids }) => ids)).toEqual(first.map(({ ids }) => ids));
    const end = model.tokenizer.encode('<|im_end|>')[0];
    const asked = `<|im_end|>\n<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;
    for (const [i, { text, ids }] of first.entries()) {
      const told = ids.at(-1) === end ? ids.slice(0, -1) : ids;
      const prefix = [...told, ...model.tokenizer.encode(asked)];
      const [reply] = (await model.generate(sample, { prefix, temperature: 0, maxNewTokens: 64 }))
        .completions;
      expect(completions[i].text).toBe(`${text}\n<answer>${reply.text.trim()}</answer>`);
    }
  });

  it('is not streamed', async () => {
    const stream = model.stream(sample, { protocol: 'twoTurn' });
    await expect(stream.next()).rejects.toThrow(/stream: protocol: 'twoTurn' is not implemented/);
  });

  it('is what rewards of GRPO read; the first turn is what learns', async () => {
    const read: { texts: string[]; ids: readonly (readonly number[])[] }[] = [];
    const learner = textModel(texts, 7);
    await new GRPOTrainer({
      model: learner,
      trainDataset: [sample],
      protocol: 'twoTurn',
      rewardFuncs: [
        ({ completions, completionIds }) => {
          read.push({ texts: completions, ids: completionIds });
          return completions.map((_, i) => i);
        },
      ],
      config: {
        numGenerations: 2,
        perDeviceTrainBatchSize: 2,
        maxCompletionLength: 5,
        maxSteps: 1,
        outputDir: null,
      },
    }).train();
    const [{ texts: scored, ids }] = read;
    const written = ids.map((of) => model.tokenizer.decode(of, { skipSpecialTokens: true }));
    for (const [i, text] of scored.entries()) {
      expect(ids[i].length).toBeLessThanOrEqual(5);
      expect(text.startsWith(`${written[i]}\n<answer>`)).toBe(true);
    }
  });
});

describe('a reference answer in two turns beside a preference', () => {
  it('has the loss that SFT has: the question between the turns is not learned', async () => {
    const config = { maxSteps: 1, perDeviceTrainBatchSize: 1, loggingSteps: 1, outputDir: null };
    const logged: Record<string, number>[] = [];
    const callbacks = [
      { onLog: (_: unknown, __: unknown, metrics: Record<string, number>) => void logged.push(metrics) },
    ];
    const certain = { pChosen: 1, pRejected: 0, alpha: 1, kind: 'path' as const };
    const pair = { sampleId: 'q', prefix: [], chosen: 'It is<end_of_step>', rejected: 'red', ...certain };
    const given = { protocol: 'twoTurn' as const, callbacks };
    await new ProcessDPOTrainer({
      ...{ ...given, model: textModel(texts, 5), samples: [sample], trainDataset: [pair] },
      config: { ...config, sftWeight: 1 },
    }).train();
    await new SFTTrainer({ ...given, model: textModel(texts, 5), trainDataset: [sample], config }).train();
    const [preference, sft] = logged.filter((metrics) => 'loss' in metrics);
    expect(preference.nll_loss).toBeCloseTo(sft.loss, 5);
  });
});

describe('what SFT teaches', () => {
  /** Learns one sample by heart. */
  async function learned(protocol: ProtocolName): Promise<OmniModel> {
    const model = textModel(texts, 3);
    const config = { learningRate: 2e-2, maxSteps: 60, perDeviceTrainBatchSize: 1, outputDir: null };
    await new SFTTrainer({ model, trainDataset: [sample], protocol, config }).train();
    return model;
  }

  it.each<ProtocolName>(['steps', 'twoTurn', 'direct'])(
    'is what evaluation asks for and scores: %s',
    async (protocol) => {
      const model = await learned(protocol);
      const [answered] = await evaluate(model, [sample], { views: ['av'], maxNewTokens: 60, protocol });
      expect(answered.completion).toBe(targetCompletion(sample, 'letter', protocol));
      expect(answered).toMatchObject({ correct: true, wellFormed: true });
    },
  );
});
