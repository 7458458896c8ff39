import { RewardError, type RewardFunc, scoreCompletions, totalRewards } from '../../lib/rewards/index.js';
import { batchOf, question } from './batch.js';

const batch = batchOf(['x', 'y', 'z'], {
  samples: [question({ id: 's0' }), question({ id: 's1' }), question({ id: 's2' })],
});

describe('scoring with several rewards', () => {
  test('a row a completion; null is left out of the weighted sum, not zero', async () => {
    const scored = await scoreCompletions([() => [1, 0, null], async () => [0.5, null, null]], batch, [1, 2]);
    expect(scored).toEqual({
      rewards: [
        [1, 0.5],
        [0, NaN],
        [NaN, NaN],
      ],
      weights: [1, 2],
      failed: [false, false, false],
      failures: Array(3).fill([false, false]),
      seconds: [expect.any(Number), expect.any(Number)],
    });
    expect(totalRewards(scored)).toEqual([2, 0, NaN]);
  });

  test('NaN takes the completion out, whatever other rewards say of it, and is counted by reward', async () => {
    const scored = await scoreCompletions(
      [() => [1, NaN, 0], () => [NaN, NaN, 2], () => [1, 1, null]],
      batch,
    );
    expect(scored).toEqual({
      rewards: [
        [NaN, NaN, NaN],
        [NaN, NaN, NaN],
        [0, 2, NaN],
      ],
      weights: [1, 1, 1],
      failed: [true, true, false],
      failures: [
        [false, true, false],
        [true, true, false],
        [false, false, false],
      ],
      seconds: Array(3).fill(expect.any(Number)),
    });
    expect(totalRewards(scored)).toEqual([NaN, NaN, 2]);
  });

  test('a reward of weight 0 is only reported: it neither scores a completion nor takes one out', async () => {
    const scored = await scoreCompletions([() => [1, null, 2], () => [NaN, 5, 7]], batch, [1, 0]);
    expect(totalRewards(scored)).toEqual([1, NaN, 2]);
    expect(scored.failed).toEqual([false, false, false]);
    expect(scored.failures).toEqual([
      [false, true],
      [false, false],
      [false, false],
    ]);
    expect(scored.rewards).toEqual([
      [1, NaN],
      [NaN, 5],
      [2, 7],
    ]);
  });

  test.each([
    ['a score', [null, null, 1], 's1'],
    ['a failure', [0, NaN, null], 's1'],
  ])('null beside %s for completions of one sample is refused with its id', async (_, scores, id) => {
    const samples = [question({ id: 's0' }), question({ id }), question({ id })];
    const half: RewardFunc = () => scores;
    await expect(scoreCompletions([half], { ...batch, samples })).rejects.toMatchObject({
      message: expect.stringMatching(/^reward half: returned null for some completions of a sample .*s1\)$/s),
      sampleIds: ['s1'],
    });
    // Of samples of their own they are fine.
    await expect(scoreCompletions([half], batch)).resolves.toMatchObject({ weights: [1] });
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

  test('when one reward throws, the signal of the others is aborted', async () => {
    const slow: RewardFunc = ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve([0, 0, 0])));
    const seen: AbortSignal[] = [];
    const late: RewardFunc = (given) => {
      seen.push(given.signal);
      return slow(given);
    };
    const down: RewardFunc = () => Promise.reject(new Error('down'));
    await expect(scoreCompletions([late, down], batch)).rejects.toThrow('reward down: threw down');
    expect(seen[0].aborted).toBe(true);
  });

  test('a caller can abort what its rewards do', async () => {
    const controller = new AbortController();
    const waits: RewardFunc = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const scores = scoreCompletions([waits], { ...batch, signal: controller.signal });
    controller.abort(new Error('time is up'));
    await expect(scores).rejects.toThrow('reward waits: threw time is up');
  });

  test.each([
    ['too few scores', () => [1, 2], 'returned 2 scores, expected an array of 3'],
    ['no array', () => 1, 'returned number, expected an array of 3'],
    ['infinity', () => [0, Infinity, 1], 'returned Infinity, expected a finite number, null'],
    ['undefined', () => [0, undefined, 1], 'returned undefined, expected a finite number'],
    ['a text', () => [0, '1', 1], 'returned 1, expected a finite number'],
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

describe('a limit on the time that is waited', () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  beforeEach(() => void warned.mockClear());
  afterAll(() => warned.mockRestore());

  test('a reward that does not answer has failed on the batch, and the others go on', async () => {
    const reasons: unknown[] = [];
    const judge: RewardFunc = ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(new Error('given up'));
        }),
      );
    const signals: AbortSignal[] = [];
    const other: RewardFunc = async ({ signal }) => {
      signals.push(signal);
      return [1, 2, 3];
    };
    const scored = await scoreCompletions([judge, other], batch, [0, 1], 0.02);
    expect(scored.failures).toEqual(Array(3).fill([true, false]));
    expect(totalRewards(scored)).toEqual([1, 2, 3]);
    expect(signals[0].aborted).toBe(false);
    expect(reasons).toEqual([
      expect.objectContaining({
        name: 'TimeoutError',
        message: 'reward judge: no scores within 0.02 s',
      }),
    ]);
    expect(warned.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^reward judge: no scores within 0.02 s: its 3 completions .*rewardTimeoutSeconds/,
        ),
      ],
    ]);
    expect((await scoreCompletions([judge], batch, [1], 0.02)).failed).toEqual([true, true, true]);
  });

  test('time in which the program computes does not count', async () => {
    const computes: RewardFunc = async () => {
      const end = performance.now() + 100;
      while (performance.now() < end) await new Promise(setImmediate);
      return [1, 2, 3];
    };
    const scored = await scoreCompletions([computes], batch, [1], 0.02);
    expect(scored.failed).toEqual([false, false, false]);
    expect(warned).not.toHaveBeenCalled();
  });
});
