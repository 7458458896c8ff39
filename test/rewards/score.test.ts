import { RewardError, scoreCompletions } from '../../lib/rewards/index.js';
import { batchOf, question } from './batch.js';

const batch = batchOf(['x', 'y', 'z'], {
  samples: [question({ id: 's0' }), question({ id: 's1' }), question({ id: 's2' })],
});

describe('scoring with several rewards', () => {
  test('sums the weighted scores; null is left out, not zero', async () => {
    const scored = await scoreCompletions([() => [1, 0, null], async () => [0.5, null, null]], batch, [1, 2]);
    expect(scored.perReward.map((row) => [...row])).toEqual([
      [1, 0, NaN],
      [0.5, NaN, NaN],
    ]);
    expect([...scored.total]).toEqual([2, 0, NaN]);
  });

  test('a reward that throws is named, with the samples and the cause', async () => {
    const cause = new Error('judge is down');
    function judge(): number[] {
      throw cause;
    }
    const error = await scoreCompletions([judge], batch).catch((e) => e);
    expect(error).toBeInstanceOf(RewardError);
    expect(error.message).toBe('reward judge: threw judge is down (samples s0, s1, s2)');
    expect(error).toMatchObject({ reward: 'judge', sampleIds: ['s0', 's1', 's2'], cause });
  });

  test.each([
    ['too few scores', () => [1, 2], 'returned 2 scores, expected an array of 3'],
    ['no array', () => 1, 'returned number, expected an array of 3'],
    ['NaN', () => [0, NaN, 1], 'returned NaN, expected a finite number, or null'],
    ['undefined', () => [0, undefined, 1], 'returned undefined, expected a finite number'],
  ])('%s is refused', async (_, reward, message) => {
    await expect(scoreCompletions([reward as never], batch)).rejects.toThrow(message);
  });

  test('a bad score names only its own sample', async () => {
    await expect(scoreCompletions([() => [0, Infinity, 1]], batch)).rejects.toMatchObject({
      sampleIds: ['s1'],
    });
  });

  test('as many weights as rewards', async () => {
    await expect(scoreCompletions([() => [0, 0, 0]], batch, [1, 2])).rejects.toThrow(
      'rewardWeights has 2 values for 1 reward functions',
    );
  });
});
