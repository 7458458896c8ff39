import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../lib/data/index.js';
import { MediaPool } from '../../lib/media/index.js';
import { smallConfig } from '../../lib/models/index.js';
import { newSmallModel, OmniModel, Processor } from '../../lib/omni/index.js';
import { FileError } from '../../lib/runtime/index.js';
import { scope, torch } from '../../lib/tensor/index.js';
import { tinyConfig, writeClip } from './clips.js';

const folder = mkdtempSync(join(tmpdir(), 'earsight-rollout-'));
const pool = new MediaPool({ workers: 1 });
let sample: Sample;
let model: OmniModel;

beforeAll(async () => {
  sample = {
    id: 'clip-1',
    video: await writeClip(pool, folder),
    question: 'What moves?',
    options: ['a red bar', 'a blue ball'],
    answer: 'a red bar',
    steps: ['A red bar moves.'],
    spans: [[0, 2]],
  };
  torch.manualSeed(3);
  model = newSmallModel([sample], { config: tinyConfig });
  model.media = pool;
}, 60_000);

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

const settings = { maxNewTokens: 10, numGenerations: 2, seed: 1 };

describe('a sample whose clip cannot be read', () => {
  it.each([
    ['a NUL character', { video: 'a\0.mp4' }, /a\0\.mp4: .*NUL.* sample 'broken'/],
    [
      'a sound file that is not there',
      { audio: '/nowhere.wav' },
      /\/nowhere\.wav: no such file.* sample 'broken'/,
    ],
    ['a folder', { video: folder }, /a folder, not a file.* sample 'broken'/],
    ['no path', { video: 5 as unknown as string }, /sample 'broken': decode: file is 5/],
  ])('%s: the error names the file and the sample', async (_, media, message) => {
    await expect(model.generate({ ...sample, ...media, id: 'broken' }, settings)).rejects.toThrow(message);
  });
});

describe('a model that is asked about a clip', () => {
  it('counts the tokens of its prompt by modality', async () => {
    // 4 frames a second in pairs: 4 pairs of 2 x 2 merged cells; 2 audio tokens a second.
    const { promptTokens } = await model.generate(sample, { maxNewTokens: 1 });
    expect(promptTokens).toMatchObject({ video: 16, audio: 4 });
    expect(promptTokens.text).toBeGreaterThan(10);
  });

  it('leaves out the tokens and markers of the tracks that a view does not show', async () => {
    const count = async (view: 'av' | 'v' | 'a' | 'none') =>
      (await model.generate(sample, { maxNewTokens: 1, view })).promptTokens;
    const { text } = await count('av');
    expect(await count('v')).toEqual({ video: 16, audio: 0, text: text - 2 });
    expect(await count('a')).toEqual({ video: 0, audio: 4, text: text - 2 });
    expect(await count('none')).toEqual({ video: 0, audio: 0, text: text - 4 });
  });

  it('answers a view as it answers a clip that never had the other track', async () => {
    const heard: Sample = { ...sample, video: undefined, audio: sample.video };
    const byView = await model.generate(sample, { ...settings, view: 'a' });
    const alone = await model.generate(heard, { ...settings, view: 'av' });
    expect(alone).toEqual(byView);
    const full = await model.generate(sample, settings);
    expect(full.completions[0].logprobs).not.toEqual(alone.completions[0].logprobs);
  });

  it('gives text, ids and log-probabilities of the asked number of completions', async () => {
    const { completions } = await model.generate(sample, settings);
    expect(completions).toHaveLength(2);
    for (const { text, ids, logprobs, finishReason } of completions) {
      const said = finishReason === 'stop' ? ids.slice(0, -1) : ids;
      expect(model.tokenizer.decode(said, { skipSpecialTokens: true })).toBe(text);
      expect(logprobs).toHaveLength(ids.length);
      expect(Math.max(...logprobs)).toBeLessThan(0);
    }
  });

  it('reads a system message and earlier exchanges, which other questions about the clip do not', async () => {
    const spoken: Sample = {
      ...sample,
      system: 'red bar',
      history: [{ question: 'What moves?', answer: 'A red bar moves.' }],
    };
    const [bare, full, again] = await scope(async () => {
      const asked = [sample, spoken, { ...sample, id: 'again' }];
      const { av: prompts } = await model.prepare(asked, { views: ['av'] });
      return prompts.map(({ root, question }) => ({ root, question }));
    });
    expect(again.root).toBe(bare.root);
    const encode = (text: string) => model.tokenizer.encode(text);
    expect(full.root.textIds).toEqual([...encode('<|im_start|>red bar<|im_end|>'), ...bare.root.textIds]);
    expect(full.question).toEqual([
      ...encode('What moves?<|im_end|><|im_start|>A red bar moves.<|im_end|><|im_start|>'),
      ...bare.question,
    ]);
    const [[alone], [told]] = await model.generateBatch([sample, spoken], { ...settings, temperature: 0 });
    expect(told.logprobs).not.toEqual(alone.logprobs);
    expect((await model.generate(spoken, { ...settings, temperature: 0 })).completions[0].ids).toEqual(
      told.ids,
    );
  });

  it('takes a question without a clip as a text prompt', async () => {
    const asked = await model.generate({ question: 'What moves?' }, settings);
    expect(asked.promptTokens).toEqual({
      text: model.tokenizer.encode('<|im_start|>What moves?<|im_end|>').length,
      audio: 0,
      video: 0,
    });
    expect(asked.completions).toHaveLength(2);
    // The same tokens as of a clip's blind view.
    const blind = { ...sample, id: 'prompt', options: undefined };
    expect((await model.generate(blind, { ...settings, view: 'none' })).completions).toEqual(
      asked.completions,
    );
    const [named] = await model.generateBatch(
      [{ id: 'prompt', question: 'What moves?', audio: null }],
      settings,
    );
    expect(named).toEqual(asked.completions);
  });

  it('reads its own words back, and control tokens in them as words', () => {
    const ids = model.encodeCompletion('<thinking>A red bar moves.</thinking><answer>A</answer>');
    expect(ids.at(-1)).toBe(model.tokenizer.eosId);
    expect(model.tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(
      '<thinking>A red bar moves.</thinking><answer>A</answer>',
    );
    const control = '<|im_end|><|VIDEO|>';
    const [end, ...words] = model.encodeCompletion(control).reverse();
    expect(words.reverse()).toEqual([...Buffer.from(control)]);
    expect(end).toBe(model.tokenizer.eosId);
  });

  it('is the same model after a save and a load', async () => {
    const saved = join(folder, 'saved');
    model.savePretrained(saved);
    const loaded = await OmniModel.fromPretrained(saved);
    loaded.media = pool;
    expect(loaded.graph.config).toEqual(model.graph.config);
    expect(await loaded.generate(sample, settings)).toEqual(await model.generate(sample, settings));
  });

  it.each([
    [{ view: 'x' }, /view: expected one of av, v, a, none, shuffled, got 'x'/],
    [{ maxTokens: 1 }, /no argument named 'maxTokens'/],
    [{ temperature: -1 }, /temperature: expected a number >= 0/],
    [{ topP: 2 }, /topP: .* got 2/],
    [{ maxNewTokens: 0 }, /maxNewTokens: expected an integer >= 1/],
    [{ seed: 0.5 }, /seed: expected an integer 0\.\.2\^53-1, got 0\.5/],
    [{ seed: -1 }, /seed: expected an integer 0\.\.2\^53-1, got -1/],
    [{ seed: Number.NaN }, /seed: expected an integer 0\.\.2\^53-1, got NaN/],
    [{ seed: 2 ** 53 }, /seed: expected an integer 0\.\.2\^53-1, got 9007199254740992/],
    [{ maxNewToken: 1 }, /did you mean 'maxNewTokens'\?/],
    [
      { numGenerations: 1e9, maxNewTokens: 1e6 },
      /numGenerations 1000000000 and maxNewTokens 1000000 need .* GiB/,
    ],
  ])('refuses the options %j', async (options, message) => {
    await expect(model.generate(sample, options as never)).rejects.toThrow(message);
  });

  it.each<[unknown, string]>([
    [undefined, 'generate: expected a sample { id, question, video, ... }, got nothing'],
    ['clip.mp4', 'generate: expected a sample { id, question, video, ... }, got "clip.mp4"'],
    [{ question: 'q', video: 'v' }, 'generate: sample nothing: id: expected a text, got nothing'],
    [{ id: 's', question: 7 }, 'generate: sample "s": question: expected a text, got 7'],
    [{ id: 's', question: 'q', options: 'ab' }, 'generate: sample "s": options: expected texts, got "ab"'],
    [{ id: 's', question: 'q', system: 7 }, 'generate: sample "s": system: expected a text, got 7'],
    [
      { id: 's', question: 'q', history: [{ question: 'q' }] },
      'generate: sample "s": history: expected a list of { question, answer }, got [{"question":"q"}]',
    ],
    [{ video: undefined }, 'generate: sample "prompt": question: expected a text, got nothing'],
  ])('names what is wrong in the sample %j', async (wrong, message) => {
    await expect(model.generate(wrong as never)).rejects.toThrow(new TypeError(message));
    await expect(model.generateBatch([sample, wrong] as never)).rejects.toThrow(new TypeError(message));
  });

  it('samples anew each time that a sample occurs, and names counts that do not fit', async () => {
    const sampling = { maxNewTokens: 12, temperature: 1, numGenerations: 2 };
    const batch = await model.generateBatch([sample, sample], { ...sampling, occurrences: [1, 0] });
    const [later, first] = batch.map((completions) => completions.map(({ ids }) => ids.join()));
    const { completions } = await model.generate(sample, sampling);
    expect(first).toEqual(completions.map(({ ids }) => ids.join()));
    expect(new Set([...later, ...first]).size).toBe(4);
    const refused = (occurrences: unknown) =>
      expect(model.generateBatch([sample], { occurrences } as never)).rejects;
    await refused([0, 1]).toThrow('occurrences: expected a list of 1 numbers, one a sample');
    await refused([-1]).toThrow('occurrences: expected integers >= 0, got -1');
  });

  it('names the sample or file that cannot be used', async () => {
    const broken: Sample = { ...sample, id: 'broken', video: join(folder, 'nothing.mp4') };
    await expect(model.generate(broken)).rejects.toThrow('nothing.mp4');
  });
});

describe('a model from a configuration alone', () => {
  it('writes bytes, and refuses a vocabulary that does not hold them', async () => {
    const config = smallConfig(300, tinyConfig);
    const fresh = OmniModel.fromConfig(config);
    fresh.media = pool;
    expect(fresh.encodeCompletion('ab')).toEqual([...Buffer.from('ab'), fresh.tokenizer.eosId]);
    const { completions } = await fresh.generate(sample, settings);
    expect(completions).toHaveLength(2);
    expect(() => OmniModel.fromConfig(smallConfig(100, tinyConfig))).toThrow("the model's vocabulary is 100");
  });

  it('names a wrong field of the processor and its value, given or in a folder', () => {
    expect(() => OmniModel.fromConfig(smallConfig(300, tinyConfig), { processor: { fps: -1 } })).toThrow(
      /^processor config: fps: .* \(got -1\)$/,
    );
    const file = join(folder, 'preprocessor_config.json');
    writeFileSync(file, '{ "maxFrames": "many" }');
    expect(() => Processor.readConfig(folder)).toThrow(
      /preprocessor_config\.json: maxFrames: .* \(got "many"\)$/,
    );
    writeFileSync(file, '{');
    expect(() => Processor.readConfig(folder)).toThrow(/preprocessor_config\.json: .*JSON/);
  });
});

describe('a folder that states the impossible', () => {
  const saved = join(folder, 'stated');
  const rewrite = (name: string, change: object) => {
    const file = join(saved, name);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    return file;
  };
  beforeEach(() => model.savePretrained(saved));
  const opening = () => OmniModel.fromPretrained(saved);

  it.each([
    ['fps', 0],
    ['fps', -1],
    ['fps', 1e9],
    ['maxFrames', 1e12],
    ['minPixels', -4],
    ['maxPixels', 1e15],
    ['imageMean', [0.5, 'NaN', 0.5]],
    ['imageMean', [0.5, null, 0.5]],
    ['imageMean', [0.5, 0.5]],
    ['imageStd', [0.5, 0, 0.5]],
    ['sampleRate', 8000],
    ['minPixels', 1e7],
    ['minPixels', 1e6],
  ])('preprocessor_config.json: %s of %p', async (field, value) => {
    const file = rewrite('preprocessor_config.json', { [field]: value });
    await expect(opening()).rejects.toThrow(FileError);
    await expect(opening()).rejects.toThrow(`${file}: ${field}`);
  });

  it('config.json: a vocabulary that the tokenizer exceeds', async () => {
    const { vocabSize } = model.tokenizer;
    const extra = { content: '<beyond>', id: vocabSize, special: true, single_word: false, lstrip: false };
    const { added_tokens } = JSON.parse(readFileSync(join(saved, 'tokenizer.json'), 'utf8'));
    rewrite('tokenizer.json', { added_tokens: [...added_tokens, extra] });
    await expect(opening()).rejects.toThrow(
      `${join(saved, 'config.json')}: the model's vocabulary is ${vocabSize}; the tokenizer has ${vocabSize + 1} tokens`,
    );
  });

  it.each([
    [
      'without a placeholder',
      '{{ messages[0].content[1].text }}',
      "renders 'clip' content with 0 placeholders",
    ],
    ['without the question', '<|im_start|><|VIDEO|>', 'renders a text not at all or more than once'],
    ['without markers', '<|VIDEO|>{{ messages[0].content[1].text }}', 'puts fewer than two markers'],
    [
      'that loops',
      '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
      'too many steps',
    ],
  ])('chat_template.jinja %s', async (_, source, problem) => {
    const file = join(saved, 'chat_template.jinja');
    writeFileSync(file, source);
    const opened = await opening();
    opened.media = pool;
    await expect(opened.generate(sample)).rejects.toThrow(`${file}: `);
    await expect(opened.generate(sample)).rejects.toThrow(problem);
  });

  it('a second argument that fromPretrained does not take', async () => {
    await expect(OmniModel.fromPretrained(saved, { dtpye: 'bfloat16' } as never)).rejects.toThrow(
      "fromPretrained: no argument named 'dtpye'; expected dtype, device, onProgress, adapter; did you mean 'dtype'?",
    );
    expect(() => OmniModel.fromConfig(smallConfig(300, tinyConfig), { tokeniser: 1 } as never)).toThrow(
      "fromConfig: no argument named 'tokeniser'; expected tokenizer, template, processor; did you mean 'tokenizer'?",
    );
  });
});

describe('fresh small models', () => {
  it('can be made from samples with an answer only, whatever they say of it', () => {
    const answerOnly = { ...sample, steps: undefined };
    const { tokenizer } = newSmallModel([answerOnly], { config: tinyConfig });
    expect(tokenizer.encode('a red bar').length).toBeLessThanOrEqual(3);
  });

  it('leaves out a tower that is null', async () => {
    const deaf = newSmallModel([sample], { config: { ...tinyConfig, audio: null } });
    deaf.media = pool;
    expect((await deaf.generate(sample, { maxNewTokens: 1 })).promptTokens).toMatchObject({
      audio: 0,
      video: 16,
    });
  });

  it('are the same for the same seed', () => {
    const weights = (seed: number) => {
      torch.manualSeed(seed);
      return newSmallModel([sample], { config: tinyConfig }).graph.headWeight.toArray();
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });
});
