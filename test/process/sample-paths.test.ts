// Paths: seeds, steps, answers and outcomes, by a model whose completions are written down.
import type { PathRecord, Sample } from '../../lib/data/index.js';
import { processDpo } from '../../lib/index.js';
import { down, judgeBy, withWarnings } from '../rewards/judged.js';
import { asked, scriptedModel } from './scripted-model.js';

/** Right where the seed is even. */
const solution = (seed: number) => `look<end_of_step>\n<answer>${seed % 2 === 0 ? 'A' : 'B'}</answer>`;

test('numPaths solutions of each sample, each with a seed of its own', async () => {
  const { model, calls } = scriptedModel(({ seed }) => solution(seed));
  const paths = await processDpo.samplePaths({ model, samples: asked, numPaths: 3, seed: 4 });
  const record = (sampleId: string, seed: number): PathRecord => ({
    ...{ sampleId, seed, correct: seed % 2 === 0 },
    path: ['look<end_of_step>', `\n<answer>${seed % 2 === 0 ? 'A' : 'B'}</answer>`],
    answer: seed % 2 === 0 ? 'A' : 'B',
    // The script counts a token a character.
    tokens: solution(seed).length,
  });
  expect(paths).toEqual(['a', 'b'].flatMap((id) => [4, 5, 6].map((seed) => record(id, seed))));
  expect(calls).toHaveLength(1);
});

test('ten paths at temperature 1, top-p 0.9 and up to 512 tokens where nothing else is said', async () => {
  const { model, calls } = scriptedModel(() => solution(0));
  expect(await processDpo.samplePaths({ model, samples: asked.slice(0, 1) })).toHaveLength(10);
  expect(calls[0].params).toMatchObject({ temperature: 1, topP: 0.9, maxNewTokens: 512 });
});

test('a path without an answer is wrong', async () => {
  const { model } = scriptedModel(({ seed }) => (seed === 0 ? 'A. red' : 'look...'));
  const paths = await processDpo.samplePaths({ model, samples: asked.slice(0, 1), numPaths: 2 });
  expect(paths.map(({ answer, correct }) => [answer, correct])).toEqual([
    ['', false],
    ['', false],
  ]);
});

test('records are handed over sample by sample, in batches of samples', async () => {
  const { model, prepared } = scriptedModel(({ seed }) => solution(seed));
  const samples = ['a', 'b', 'c'].map((id) => ({ ...asked[0], id }));
  const heard: unknown[] = [];
  const onRecords = (records: readonly PathRecord[], { done, total }: { done: number; total: number }) =>
    void heard.push([records.map(({ sampleId }) => sampleId).join(''), done, total]);
  await processDpo.samplePaths({ model, samples, numPaths: 2, batchSize: 2, onRecords });
  expect(heard).toEqual([
    ['aa', 1, 3],
    ['bb', 2, 3],
    ['cc', 3, 3],
  ]);
  expect(prepared.map((batch) => batch.length)).toEqual([2, 1]);
});

test('a judge decides from half its scale on; where it fails the path is left out', async () => {
  const { model } = scriptedModel(({ seed }) => `look<end_of_step>\n<answer>${seed}</answer>`);
  const samples = [{ id: 'a', question: 'how many?', answer: 'none' }];
  const { judge } = judgeBy((request) => [0.4, 0.5, null, 1][Number((request as { answer: string }).answer)]);
  const paths = await processDpo.samplePaths({ model, samples, numPaths: 4, by: 'judge', judge });
  expect(paths.map(({ seed, correct }) => [seed, correct])).toEqual([
    [0, false],
    [1, true],
    [3, true],
  ]);
  const { result } = await withWarnings(() =>
    processDpo.samplePaths({ model, samples, numPaths: 4, by: 'judge', judge: down }),
  );
  expect(result).toEqual([]);
});

test('samples whose answer cannot be compared with are refused before anything is sampled', async () => {
  const { model, calls } = scriptedModel(() => '');
  const sample = (fields: object): Sample[] => [{ ...asked[0], answer: undefined, ...fields }];
  const run = (samples: Sample[], more: object = {}) => processDpo.samplePaths({ model, samples, ...more });
  await expect(run(sample({}))).rejects.toThrow("sample 'a' has no answer; expected one");
  await expect(run(sample({ answer: 'red' }), { by: 'numeric' })).rejects.toThrow(
    /sample 'a' has the answer "red"; expected one that by: 'numeric'/,
  );
  await expect(run([...asked, asked[0]])).rejects.toThrow("two have the id 'a'");
  await expect(run(sample({ answer: 'red' }), { by: 'judge' })).rejects.toThrow('expected a judge');
  await expect(run(sample({ answer: 'red' }), { paths: 3 })).rejects.toThrow("no argument named 'paths'");
  expect(calls).toEqual([]);
});

test('a signal ends the call with its reason, after the sample that it came in', async () => {
  const { model, calls } = scriptedModel(({ seed }) => solution(seed));
  const controller = new AbortController();
  const onRecords = () => controller.abort(new Error('enough'));
  const options = { model, samples: asked, batchSize: 1, onRecords, signal: controller.signal };
  await expect(processDpo.samplePaths(options)).rejects.toThrow('enough');
  expect(calls).toHaveLength(1);
});

test('under two turns a path is the first turn, and the answer that of the second', async () => {
  const { model, prepared } = scriptedModel(({ prefix, seed }) =>
    prefix.at(-1) === 'the answer?'
      ? prefix[0].startsWith('red')
        ? 'A'
        : 'B'
      : `${seed === 0 ? 'red' : 'blue'}<end_of_step>`,
  );
  const protocol = { name: 'twoTurn', instruction: 'Think.' } as const;
  const paths = await processDpo.samplePaths({ model, samples: asked.slice(0, 1), numPaths: 2, protocol });
  expect(paths.map(({ path, answer, correct, tokens }) => [path, answer, correct, tokens])).toEqual([
    [['red<end_of_step>'], 'A', true, 'red<end_of_step>A'.length],
    [['blue<end_of_step>'], 'B', false, 'blue<end_of_step>B'.length],
  ]);
  expect(prepared[0][0].instruction).toBe('Think.');
});

test.each(['spans', 'direct'] as const)('the protocol %s has no steps to sample', async (protocol) => {
  const { model } = scriptedModel(() => '');
  await expect(processDpo.samplePaths({ model, samples: asked, protocol })).rejects.toThrow(
    `samplePaths: protocol: expected one with steps of reasoning, steps or twoTurn, got '${protocol}'`,
  );
});
