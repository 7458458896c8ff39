import { modalityReward } from '../../lib/rewards/index.js';
import { answering, batchOf, completion, question } from './batch.js';

const RIGHT = answering('B');
const WRONG = answering('A');
const modality = modalityReward();
const text = (correct: number) => (correct ? RIGHT : WRONG);

function batch(av: number[], v: number[], a: number[]) {
  const rollout = (scores: number[]) => scores.map((score) => completion(text(score)));
  return batchOf(av.map(text), { rollouts: { av: rollout(av), v: rollout(v), a: rollout(a) } });
}

describe('modality reward (r_attn of OmniVideo-R1)', () => {
  // The whole truth table of: alpha if a_AV >= a_V and a_AV >= a_A, else 0.
  test.each([
    [0, 0, 0, 0.3],
    [0, 0, 1, 0],
    [0, 1, 0, 0],
    [0, 1, 1, 0],
    [1, 0, 0, 0.3],
    [1, 0, 1, 0.3],
    [1, 1, 0, 0.3],
    [1, 1, 1, 0.3],
  ])('AV %i, V %i, A %i earns %f', async (av, v, a, expected) => {
    expect(await modality(batch([av], [v], [a]))).toEqual([expected]);
  });

  // The whole truth table of: alpha if a_AV > a_V and a_AV > a_A, else 0.
  test.each([
    [0, 0, 0, 0],
    [0, 0, 1, 0],
    [0, 1, 0, 0],
    [0, 1, 1, 0],
    [1, 0, 0, 0.3],
    [1, 0, 1, 0],
    [1, 1, 0, 0],
    [1, 1, 1, 0],
  ])('to be better: AV %i, V %i, A %i earns %f', async (av, v, a, expected) => {
    expect(await modalityReward({ rule: 'better' })(batch([av], [v], [a]))).toEqual([expected]);
  });

  test('pairs completions by index', async () => {
    expect(await modality(batch([0, 0], [1, 0], [0, 0]))).toEqual([0, 0.3]);
  });

  test('asks for the two single-track views', () => {
    expect(modality.views).toEqual(['v', 'a']);
    expect(modality.name).toBe('modality');
  });

  test('alpha is an option', async () => {
    expect(await modalityReward({ alpha: 0.8 })(batch([1], [0], [0]))).toEqual([0.8]);
  });

  test('groupMean compares the means of a prompt, ties paid', async () => {
    const reward = modalityReward({ compare: 'groupMean' });
    expect(await reward(batch([0, 1], [1, 0], [0, 0]))).toEqual([0.3, 0.3]);
    expect(await reward(batch([0, 1], [1, 1], [0, 0]))).toEqual([0, 0]);
  });

  test('groupMean keeps prompts apart', async () => {
    const both = batch([0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]);
    both.samples = [question(), question(), question({ id: 'other' }), question({ id: 'other' })];
    expect(await modalityReward({ compare: 'groupMean' })(both)).toEqual([0.3, 0.3, 0, 0]);
  });

  test('does not apply without a reference answer', async () => {
    const unanswered = batch([1, 1], [0, 0], [0, 0]);
    unanswered.samples = [question({ answer: undefined }), question()];
    expect(await modality(unanswered)).toEqual([null, 0.3]);
    expect(await modalityReward({ compare: 'groupMean' })(unanswered)).toEqual([null, 0.3]);
  });

  test('open questions are left out unless a rule for them is named', async () => {
    const open = batch([1, 0], [1, 1], [0, 0]);
    open.samples = open.samples.map((sample) => ({ ...sample, options: undefined }));
    expect(await modality(open)).toEqual([null, null]);
    expect(await modalityReward({ by: 'exact' })(open)).toEqual([0.3, 0]);
  });

  test('a missing view is an error that names it', async () => {
    await expect(modality(batchOf([RIGHT]))).rejects.toThrow(/rollouts\.v has no completions, expected 1/);
  });
});
