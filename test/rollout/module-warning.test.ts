// A model that the engine does not take is sampled through its modules, and a warning says so once.
import type { FamilyGraph } from '../../lib/models/index.js';
import { sampleBatch } from '../../lib/rollout/index.js';
import { tinyGraph } from '../models/tiny.js';
import { promptOf, textRoot, unrestricted } from './prompts.js';

const params = { ...unrestricted, numGenerations: 1, maxNewTokens: 2 };
const sample = (graph: FamilyGraph) =>
  sampleBatch(graph, [promptOf('a', textRoot([1, 2]), [3])], params, { stopIds: [], decode: String });

const cases: [string, () => FamilyGraph][] = [
  ['its weights are float64', () => tinyGraph().to('float64')],
  [
    'its graph has no decoder() that describes its layers',
    () => Object.assign(tinyGraph(), { decoder: () => null }),
  ],
  [
    'its graph has no decoder() that describes its layers',
    () => Object.assign(tinyGraph(), { decoder: undefined }),
  ],
];

afterEach(() => jest.restoreAllMocks());

test('the reasons, each once', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  for (const [, graph] of cases) {
    const own = graph();
    for (const [completion] of await Promise.all([sample(own), sample(own)]).then((all) => all.flat()))
      expect(completion.ids).toHaveLength(2);
  }
  expect(warn.mock.calls).toEqual(
    [...new Set(cases.map(([reason]) => reason))].map((reason) => [
      expect.stringMatching(
        `^a model \\(.+\\) is sampled through its modules, .*: ${reason.replace('()', '\\(\\)')}$`,
      ),
      { type: 'EarsightWarning', code: 'EARSIGHT_MODULE_SAMPLING' },
    ]),
  );
});

test('a model that the engine takes gives none', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  await sample(tinyGraph());
  await sample(tinyGraph().to('bfloat16'));
  await sample(tinyGraph().to('float16'));
  expect(warn).not.toHaveBeenCalled();
});
