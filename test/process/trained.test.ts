// From paths to pairs with a model that was trained for seconds: which step decides the answer.
import { processDpo } from '../../lib/index.js';
import { questions, trainedReasoner } from './trained-reasoner.js';

test('the step that decides the answer is worth what it says, and is preferred where it is right', async () => {
  const model = await trainedReasoner();
  const shared = { model, samples: questions, maxNewTokens: 60 };
  const paths = await processDpo.samplePaths({ ...shared, numPaths: 6 });
  expect(new Set(paths.map(({ correct }) => correct)).size).toBe(2);
  for (const { path, answer, correct } of paths) {
    expect(path).toHaveLength(3);
    expect([answer, correct]).toEqual(path[0] === 'red<end_of_step>' ? ['A', true] : ['B', false]);
  }
  const steps = await processDpo.rolloutSteps({ ...shared, paths });
  const seen = steps.filter(({ stepIndex }) => stepIndex === 0);
  expect(seen.length).toBeGreaterThan(0);
  for (const { step, alternative, correct, alternativeCorrect } of seen) {
    expect([step, alternative]).toEqual(['blue<end_of_step>', 'red<end_of_step>']);
    expect([correct, alternativeCorrect]).toEqual([Array(6).fill(false), Array(6).fill(true)]);
  }
  const heard = steps.filter(({ stepIndex }) => stepIndex === 1);
  expect(heard.flatMap(({ alternativeCorrect }) => alternativeCorrect)).not.toContain(true);
  const pairs = processDpo.buildPairs({ paths, steps }).filter(({ kind }) => kind === 'step');
  // Of what was heard nothing depends: no pair.
  expect(pairs.map(({ prefix, chosen, rejected }) => [prefix, chosen, rejected])).toEqual(
    seen.map(() => [[], 'red<end_of_step>', 'blue<end_of_step>']),
  );
  await model.close();
}, 60_000);
