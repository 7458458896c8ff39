// What completions need of each track, on a model whose likelihoods are known in closed form (stub-model.ts).

import type { Prompt } from '../../lib/batch/index.js';
import type { Sample } from '../../lib/data/index.js';
import { necessity } from '../../lib/judges/index.js';
import { batchOf } from '../rewards/batch.js';
import { logprob, stubModel, words } from './stub-model.js';

const samples: Sample[] = ['s', 't'].map((id) => ({ id, video: `${id}.mp4`, question: 'what?' }));

/** Red is seen and heard in the first clip, only seen in the second. */
const { model, counts } = stubModel({
  's.mp4': { seen: { 0: 'red', 1: 'red' }, heard: { 0: 'red' } },
  't.mp4': { seen: { 0: 'red' } },
});

const prepared = {
  graph: model.graph,
  async prepare(given: readonly Sample[], { views }: { views: readonly string[] }) {
    expect(views).toEqual(['av']);
    const prompts = await Promise.all(
      given.map(async (sample): Promise<Prompt> => {
        const tracks = model.processor.tracks(await model.processor.features(sample, model.media));
        const root = model.processor.root(tracks, 'av', sample);
        const tokens = { text: 6, audio: 8, video: 8 };
        return { id: sample.id, occurrence: 0, root, question: [0], text: sample.question, tokens };
      }),
    );
    return { av: prompts };
  },
};

const idsOf = (text: string) => text.split(' ').map((word) => words.indexOf(word));

test('by how much the mean log-likelihood falls without each track', async () => {
  const completions = ['red', 'blue', 'red red', 'red'];
  const batch = batchOf(completions, {
    samples: [samples[0], samples[0], samples[1], samples[0]],
    completionIds: completions.map(idsOf),
  });
  const found = await necessity({ model: prepared })(batch);
  const [none, one, two, three] = [0, 1, 2, 3].map((shown) => logprob(shown));
  const blue = (red: number) => logprob(0, [red]);
  const expected = [
    { audio: three - two, video: three - one },
    // Other words become likelier: the fall is negative.
    { audio: blue(3) - blue(2), video: blue(3) - blue(1) },
    { audio: 0, video: one - none },
    { audio: three - two, video: three - one },
  ];
  for (const [i, { audio, video }] of expected.entries()) {
    expect(found[i].audio).toBeCloseTo(audio, 5);
    expect(found[i].video).toBeCloseTo(video, 5);
  }
  // Three passes over the same tokens of the towers.
  expect(counts).toMatchObject({ vision: 2, audio: 2, passes: 3 });
});

test('a completion without tokens has no likelihood', async () => {
  const batch = batchOf([''], { samples: [samples[1]], completionIds: [[]] });
  expect(await necessity({ model: prepared })(batch)).toEqual([{ audio: NaN, video: NaN }]);
});

test('a model is needed', () => {
  expect(() => necessity({} as never)).toThrow('necessity: model: expected an object, got undefined');
});
