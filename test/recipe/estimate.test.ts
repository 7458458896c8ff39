// Times of stages and how a cap divides them, with paces made up here.
import { Estimate, estimateText } from '../../lib/recipe/estimate.js';
import { TimeBudget } from '../../lib/recipe/time-budget.js';

const stages = () => [
  { name: 'first', title: 'captions', steps: 100, secondsPerStep: 0.5, answersQuestions: false },
  { name: 'sft', title: 'SFT', steps: 200, secondsPerStep: 0.25, answersQuestions: true },
  { name: 'qi', title: 'GRPO (qi)', steps: 10, secondsPerStep: 4, answersQuestions: true },
];

test('a table of steps, seconds a step and seconds, with the answers to the test samples after SFT and GRPO', () => {
  const text = estimateText(new Estimate(stages(), 15));
  expect(text).toMatch(/^captions +100 +0\.50 s +50 s$/m);
  expect(text).toMatch(/^SFT +200 +0\.25 s +50 s$/m);
  expect(text).toMatch(/^GRPO \(qi\) +10 +4\.0 s +40 s$/m);
  expect(text).toMatch(/^answering the test samples +30 s$/m);
  expect(text).toMatch(/^together +3 min$/m); // 50 + 50 + 40 + 30 = 170 s
});

test('the table says what a cap of time does not cut, and when that leaves no time to train', () => {
  const estimate = new Estimate(stages(), 15);
  expect(estimateText(estimate, 1)).toMatch(
    /^answering the test samples \(not capped by --minutes\) +30 s$/m,
  );
  expect(estimateText(estimate, 1)).not.toContain('leave no time');
  // 30 s of answers.
  expect(estimateText(estimate, 0.5)).toMatch(
    /^The answers to the test samples leave no time to train within 0\.5 min: each stage makes one step\.$/m,
  );
});

test('a baseline has its part of a cap', () => {
  jest.spyOn(performance, 'now').mockReturnValue(0);
  const compared = [...stages(), { ...stages()[1], name: 'baseline', steps: 160 }];
  // GRPO and the baseline, 40 s each: of 60 s half for each.
  const budget = new TimeBudget(new Estimate(compared, 0), 60_000);
  expect(budget.secondsFor('qi')).toBeCloseTo(30, 6);
  expect(budget.secondsFor('baseline')).toBeCloseTo(60, 6);
  jest.restoreAllMocks();
});

test('a measured pace replaces the estimated one and scales those of later stages', () => {
  const estimate = new Estimate(stages(), 0);
  estimate.correct('sft', 0.5);
  // 50 s as they were, 200 x 0.5 s, 10 x 8 s.
  expect(estimate.secondsFrom()).toEqual({ training: 50 + 100 + 80, tests: 0 });
  expect(estimate.secondsFrom('qi')).toEqual({ training: 80, tests: 0 });
  expect(estimate.secondsAfter('sft')).toBe(80);
});

test('a cap divides the time that is left by what the stages are expected to take', () => {
  jest.spyOn(performance, 'now').mockReturnValue(10_000);
  const estimate = new Estimate(stages(), 0);
  const half = new TimeBudget(estimate, 10_000 + 70_000); // 140 s of training in 70 s
  expect(half.secondsFor('first')).toBeCloseTo(25, 6);
  expect(half.secondsFor('qi')).toBeCloseTo(70, 6); // nothing comes after it
  // SFT and GRPO are 90 s of training: nine minutes leave SFT 300 s where it needs 50.
  expect(new TimeBudget(estimate, 10_000 + 540_000).secondsFor('sft')).toBeCloseTo(300, 6);
  // The answers after SFT and GRPO, 15 s each, come off first: 110 s for 140 s of training.
  const tested = new TimeBudget(new Estimate(stages(), 15), 10_000 + 140_000);
  expect(tested.secondsFor('first')).toBeCloseTo((50 * 110) / 140, 6);
  expect(half.secondsFor('baseline')).toBeUndefined();
  jest.restoreAllMocks();
});
