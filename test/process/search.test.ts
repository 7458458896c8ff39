// Searches whose trees are written down: what is kept at each step is known by hand.
import type { Completion, Sample, SamplingParams } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { words } from '../judges/stub-model.js';
import { divergence, logprobs, mark, stubReader, samples as stubSamples } from './stub-reader.js';

type Options = Parameters<typeof processDpo.search>[0];
type Model = Options['model'];

/**
 * What is said after a prefix, by the names of its steps: next steps, and the likeliest rest. '!x' answers x, '~' is cut off, '@'
 * says nothing more.
 */
interface Script {
  next: Record<string, string[]>;
  rest?: Record<string, string[]>;
}

const textOf = (name: string) =>
  name === '@' ? '' : name.startsWith('!') ? `<answer>${name.slice(1)}</answer>` : name + mark;
const nameOf = (step: string) => step.replace(mark, '').replace(/<answer>(.*)<\/answer>/, '!$1');

function scripted(scripts: Record<string, Script>, base: Partial<Model> = {}) {
  const calls: { prefixes: string[]; params: Partial<SamplingParams> }[] = [];
  const samplePrompts: Model['samplePrompts'] = async (prompts, params = {}, { prefixes = [] } = {}) => {
    const keys = prompts.map(({ id }, i) => `${id}:${(prefixes[i] as string[]).map(nameOf).join(' ')}`);
    calls.push({ prefixes: keys, params });
    return keys.map((key) => {
      const [id, names] = key.split(':');
      const { next, rest = {} } = scripts[id];
      const said =
        params.temperature === 0 ? [(rest[names] ?? []).map(textOf).join('')] : next[names].map(textOf);
      return said.slice(0, params.numGenerations ?? 1).map((text): Completion => {
        const finishReason = text.includes('~') ? 'length' : 'stop';
        return { text, ids: [...text].map(() => 1), logprobs: [], finishReason };
      });
    });
  };
  const prepare = async (given: readonly Sample[]) => ({ av: given.map(({ id }) => ({ id })) });
  return { model: { graph: {}, prepare, ...base, samplePrompts } as unknown as Model, calls };
}

const asked: Sample[] = ['s', 't'].map((id) => ({ id, question: 'which?' }));

/** Scores of steps by their names. */
function scorerOf(scores: Record<string, number>): { scorer: processDpo.PathScorer; heard: string[] } {
  const heard: string[] = [];
  const scorer: processDpo.PathScorer = async ({ samples, paths }) =>
    paths.map((path, i) => {
      heard.push(`${samples[i].id}:${path.map(nameOf).join(' ')}`);
      return path.map((step) => scores[nameOf(step)]);
    });
  return { scorer, heard };
}

describe('beam search', () => {
  const next = {
    '': ['A', 'B'],
    A: ['A1', 'A2'],
    B: ['B1', 'B2'],
    'A A1': ['!v', 'A4'],
    'A A2': ['!x', 'A3'],
    'B B1': ['!y', 'B3'],
    'A A2 A3': ['!z', '!w'],
  };
  const scores = {
    ...{ A: 0.6, A1: 0.5, A2: 0.9, A3: 0.5, A4: 0.1, '!v': 0.7, '!x': 0.1, '!z': 0.5, '!w': 0.4 },
    ...{ B: 0.5, B1: 0.99, B2: 0.2, B3: 0.3, '!y': 0.9 },
  };
  const find = async (more: Partial<Options>, script: Script = { next }) => {
    const { model, calls } = scripted({ s: script });
    const { scorer, heard } = scorerOf(scores);
    const given = { model, samples: [asked[0]], scorer, beam: 2, kind: 'beam' as const };
    const [{ path, ...result }] = await processDpo.search({ ...given, ...more });
    return { path: path.map(nameOf), ...result, calls, heard };
  };

  test('keeps the best paths of each depth; ended ones wait', async () => {
    // A 0.6, B 0.5; A2 0.54, B1 0.495, A1 0.3, B2 0.1; y 0.4455, A3 0.27, B3 0.1485, x 0.054; z 0.135, w 0.108.
    const found = await find({});
    expect(found.path).toEqual(['B', 'B1', '!y']);
    expect(found.score).toBeCloseTo(0.4455, 12);
    expect(found.answer).toBe('y');
    expect(found.calls.map(({ prefixes }) => prefixes)).toEqual([
      ['s:'],
      ['s:A', 's:B'],
      ['s:A A2', 's:B B1'],
      ['s:A A2 A3'],
    ]);
    expect(found.calls[0].params).toMatchObject({
      ...{ numGenerations: 2, maxNewTokens: 64, stop: [mark], temperature: 1, topP: 0.9, seed: 0 },
    });
    expect(found.heard).toContain('s:A A2 A3 !w');
    expect(new Set(found.heard).size).toBe(found.heard.length);
    const texts = ['A', 'B', 'A1', 'A2', 'B1', 'B2', '!x', 'A3', '!y', 'B3', '!z', '!w'].map(textOf);
    expect(found.tokens).toBe(texts.join('').length);
  });

  test('other reductions and widths keep other paths', async () => {
    // A2 0.6, A1 0.5 before B1 0.5; A3 0.5, v 0.5; v comes before z 0.5.
    expect(await find({ reduction: 'min' })).toMatchObject({ path: ['A', 'A1', '!v'], score: 0.5 });
    expect(await find({ reduction: 'last' })).toMatchObject({ path: ['B', 'B1', '!y'], score: 0.9 });
    const narrow = await find({ beam: 1 });
    expect(narrow.path).toEqual(['A', 'A1', '!v']);
    expect(narrow.score).toBeCloseTo(0.21, 12);
  });

  test('at the largest depth paths are completed by their likeliest rest', async () => {
    const rest = { A: ['A1', '!x'], B: ['B2', '!y'] };
    const found = await find({ maxDepth: 1, maxNewTokens: 33 }, { next, rest });
    expect(found.path).toEqual(['B', 'B2', '!y']);
    expect(found.score).toBeCloseTo(0.09, 12);
    expect(found.calls[1]).toMatchObject({
      prefixes: ['s:A', 's:B'],
      params: { temperature: 0, maxNewTokens: 33 },
    });
  });

  test('a step twice is one branch; after none but cut ones the path is completed', async () => {
    const cut = { next: { '': ['A', 'A'], A: ['A1~', '~'] }, rest: { A: ['!x'] } };
    const found = await find({}, cut);
    expect(found.heard).toEqual(['s:A', 's:A !x']);
    expect(found.path).toEqual(['A', '!x']);
    expect(found.calls).toHaveLength(3);
  });

  test('samples are searched together, each as alone', async () => {
    const scripts = { s: { next }, t: { next: { '': ['B', '!y'], B: ['!x', '!z'] } } };
    const { scorer } = scorerOf(scores);
    const options = { samples: asked, scorer, beam: 2, kind: 'beam' as const };
    const { model, calls } = scripted(scripts);
    const heard: unknown[] = [];
    const both = await processDpo.search({
      ...{ ...options, model },
      onRecords: ([{ sampleId }], progress) => {
        heard.push([sampleId, progress]);
      },
    });
    expect(both.map(({ path }) => path.map(nameOf))).toEqual([['B', 'B1', '!y'], ['!y']]);
    expect(calls.map(({ prefixes }) => prefixes.length)).toEqual([2, 3, 2, 1]);
    expect(heard).toEqual([
      ['s', { done: 1, total: 2 }],
      ['t', { done: 2, total: 2 }],
    ]);
    const apart = scripted(scripts);
    expect(await processDpo.search({ ...options, model: apart.model, batchSize: 1 })).toEqual(both);
    expect(apart.calls).toHaveLength(6);
  });

  test('a scorer that gives other than one number a step is refused', async () => {
    for (const scores of [[], [1], [Number.NaN], [2]])
      await expect(
        find({ scorer: async ({ paths }) => paths.map(() => scores as number[]).slice(1) }),
      ).rejects.toThrow(
        /search: scorer: expected 1 numbers for a path of 1 steps of sample 's', each from 0 to 1, got/,
      );
  });
});

test('twoTurn: a path may end after any step, and a second turn asks the best one for its answer', async () => {
  const asks: unknown[] = [];
  const finalAnswers: Model['finalAnswers'] = async (prompts, completions, options) => {
    asks.push([prompts.map(({ id }) => id), completions, options.prefixes, options.protocol]);
    const [[completion]] = completions;
    const reply = { ...completion, ids: [1, 2, 3] };
    return [[{ ...completion, scored: '', answer: 'red', reply }]];
  };
  const instructions: unknown[] = [];
  const { model } = scripted(
    { s: { next: { '': ['A', '@'], A: ['@', 'A1'], 'A A1': ['A2'], 'A A1 A2': ['@', '@'] } } },
    { finalAnswers },
  );
  const prepare = model.prepare;
  model.prepare = (given, options) => {
    instructions.push(given.map(({ instruction }) => instruction));
    return prepare(given, options);
  };
  const { scorer } = scorerOf({ A: 0.6, A1: 0.5, A2: 0.9 });
  const protocol = { name: 'twoTurn', instruction: 'Think.' } as const;
  const options = { model, samples: [asked[0]], scorer, protocol, beam: 2, kind: 'beam' as const };
  const [found] = await processDpo.search(options);
  expect(found).toEqual({
    ...{ sampleId: 's', path: [`A${mark}`], answer: 'red', score: 0.6 },
    tokens: [...textOf('A'), ...textOf('A1'), ...textOf('A2')].length + 3,
  });
  expect(asks).toEqual([
    [['s'], [[expect.objectContaining({ text: '', ids: [] })]], [[`A${mark}`]], protocol],
  ]);
  expect(instructions).toEqual([['Think.']]);
});

describe('contrastive depth-first search', () => {
  const scores = { A: 0.6, B: 0.5, C: 0.8, D: 0.5, E: 0.4, '!x': 0.1, '!y': 0.9, '!z': 0.5, '!w': 0.4 };
  const script = {
    next: { '': ['A', 'C'], C: ['E', '!z'] },
    rest: { '': ['A', 'B', '!x'], C: ['D', '!y'], 'C E': ['!w'] },
  };

  test('goes on from the best of the path and its alternatives, one step after the other', async () => {
    const { model, calls } = scripted({ s: script });
    const { scorer, heard } = scorerOf(scores);
    const options = { model, samples: [asked[0]], scorer, beam: 3, kind: 'contrastiveDfs' as const };
    const [found] = await processDpo.search(options);
    // A B x 0.03; at A: C D y 0.36; at D: C E w 0.128, C z 0.4, which has no more steps.
    expect(found.path.map(nameOf)).toEqual(['C', '!z']);
    expect(found.score).toBeCloseTo(0.4, 12);
    expect(heard).toEqual(['s:A B !x', 's:C D !y', 's:C E !w', 's:C !z']);
    expect(
      calls.map(({ prefixes, params }) => [prefixes, params.temperature, params.numGenerations]),
    ).toEqual([
      [['s:'], 0, undefined],
      [['s:'], 1, 2],
      [['s:C'], 0, undefined],
      [['s:C'], 1, 2],
      [['s:C E'], 0, undefined],
    ]);
    const [shallow] = await processDpo.search({ ...options, maxDepth: 1 });
    expect(shallow.path.map(nameOf)).toEqual(['C', 'D', '!y']);
  });

  test('of equal paths the one so far stays', async () => {
    const { model } = scripted({ s: { next: { '': ['C'] }, rest: { '': ['A', '!x'], C: ['!x'] } } });
    const { scorer } = scorerOf({ A: 0.5, C: 0.5, '!x': 0.5 });
    const given = { model, samples: [asked[0]], scorer, beam: 2, kind: 'contrastiveDfs' as const };
    const [{ path, score }] = await processDpo.search(given);
    expect([path.map(nameOf), score]).toEqual([['A', '!x'], 0.25]);
  });

  test('without a scorer the path with the highest log-probability is kept, at the steps that depend most on the clip', async () => {
    const { model: reader, counts } = stubReader();
    const end = words.indexOf('start');
    const base = {
      ...{ graph: reader.graph, prepare: reader.prepare, encodePart: reader.encodePart },
      encodeCompletion: () => [end],
    };
    const next = { 'A A': ['bell', 'A'], 'A A bell': ['red', 'A A'] };
    const rest = { '': ['A A', 'blue', 'bell'], 'A A bell': ['red'], 'A A A': ['red'], 'A A bell A A': [] };
    const { model, calls } = scripted({ s: { next, rest } }, base as never);
    const options = { model, samples: [stubSamples[0]], beam: 3, kind: 'contrastiveDfs' as const };
    const [found] = await processDpo.search({ ...options, perturb: 'hideVideo', top: 1 });
    // Of three steps the second and third depend on what is seen in each of their tokens, the first in one of three.
    expect(divergence({ red: 2, bell: 1 }, { red: 1, bell: 1 })).toBeGreaterThan(0.001);
    expect(calls.filter(({ params }) => params.stop).map(({ prefixes }) => prefixes)).toEqual([['s:A A']]);
    const logp = logprobs({ red: 2, bell: 1 });
    /** After A a word is one of eight. */
    const score = (path: string) =>
      path.split(' ').reduce(
        ({ sum, last }, word) => ({
          sum: sum + (last === 'A' ? -Math.log(8) : logp[words.indexOf(word)]),
          last: word,
        }),
        { sum: 0, last: '' },
      ).sum;
    const [greedy, bell, a] = [
      'A A start blue start bell start start',
      'A A start bell start red start start',
      'A A start A start red start start',
    ].map(score);
    expect(Math.max(greedy, bell, a)).toBe(a);
    expect(found.path.map(nameOf)).toEqual(['A A', 'A', 'red']);
    expect(found.score).toBeCloseTo(a, 4);
    // The clip passes its towers once for the whole search.
    expect(counts).toMatchObject({ vision: 1, audio: 1 });
  });
});

test('options that do not fit the kind are refused by name', async () => {
  const { model } = scripted({});
  const { scorer } = scorerOf({});
  const refused = (more: object, message: string) =>
    expect(processDpo.search({ model, samples: [], kind: 'beam', scorer, ...more })).rejects.toThrow(message);
  await refused({ scorer: undefined }, 'search: scorer: expected a function, got undefined');
  await refused({ perturb: 'hideVideo' }, "search: perturb: applies to kind 'contrastiveDfs'; leave it out");
  await refused({ top: 2 }, 'search: top: needs perturb; leave it out');
  const depthFirst = { kind: 'contrastiveDfs', scorer: undefined };
  await refused(
    { ...depthFirst, beam: 1 },
    "search: beam: expected at least 2 for kind 'contrastiveDfs', got 1",
  );
  await refused({ ...depthFirst, reduction: 'min' }, 'search: reduction: needs a scorer; leave it out');
  await refused(
    { protocol: 'direct' },
    'search: protocol: expected one with steps of reasoning, steps or twoTurn',
  );
  await refused({ samples: [asked[0], asked[0]] }, "search: samples: two have the id 's'");
});
