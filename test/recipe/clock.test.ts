// Limits and times of a training under a clock of the day that steps back at every look.

import { Estimate } from '../../lib/recipe/estimate.js';
import { TimeBudget, TimeCap } from '../../lib/recipe/time-budget.js';
import { SFTTrainer, type TrainerCallback } from '../../lib/train/index.js';
import { answerOnly, samples, tinyModel } from '../train/tiny-model.js';

let clock: jest.SpyInstance;
beforeEach(() => {
  let now = Date.UTC(2030, 0);
  clock = jest.spyOn(Date, 'now').mockImplementation(() => (now -= 3_600_000));
});
afterEach(() => clock.mockRestore());

function train(config: object, callbacks: TrainerCallback[] = []) {
  return new SFTTrainer({
    model: tinyModel(),
    trainDataset: samples,
    formatCompletion: answerOnly,
    config: { outputDir: null, maxSteps: 1000, loggingSteps: 1, ...config },
    callbacks,
  }).train();
}

test('maxSeconds ends a training, and its seconds are those that passed', async () => {
  const stepTimes: number[] = [];
  const onLog: TrainerCallback['onLog'] = (_, __, { step_time }) => void stepTimes.push(step_time);
  const started = performance.now();
  const { endedBy, state } = await train({ maxSeconds: 0.2 }, [{ onLog }]);
  expect(endedBy).toBe('time');
  expect(state.seconds).toBeGreaterThanOrEqual(0.2);
  expect(state.seconds).toBeLessThanOrEqual((performance.now() - started) / 1000);
  expect(Math.min(...stepTimes)).toBeGreaterThan(0);
});

test("a command's cap of time ends it too", async () => {
  const estimate = new Estimate(
    [{ name: 'sft', title: 'SFT', steps: 1000, secondsPerStep: 1, answersQuestions: true }],
    0,
  );
  const seconds = new TimeBudget(estimate, performance.now() + 200).secondsFor('sft');
  const cap = new TimeCap(seconds as number);
  const { state } = await train({}, [cap.callback]);
  expect(cap.ended).toBe(true);
  expect(state.step).toBeLessThan(1000);
});
