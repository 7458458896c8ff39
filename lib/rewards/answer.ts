// The answer reward: 1 for the right answer, 0 for a wrong or missing one, null where the sample has no reference answer.
// Multiple choice compares the indices of options, so a letter and the option's text count alike; open questions compare
// normalised text.

import { answerIndex, normaliseAnswer, parseOption, type Sample } from '../data/index.js';
import { answerText } from './parse.js';
import type { RewardBatch } from './types.js';

/** Whether a completion's answer is the sample's reference answer; null where the sample has none. */
export function isCorrect(text: string, sample: Sample): boolean | null {
  if (sample.answer === undefined) return null;
  const given = answerText(text);
  if (given === null) return false;
  if (!sample.options) return normaliseAnswer(given) === normaliseAnswer(sample.answer);
  return parseOption(given, sample.options) === answerIndex(sample);
}

/** 1, 0 or null, as `isCorrect` says. */
export function answerScore(text: string, sample: Sample): number | null {
  const correct = isCorrect(text, sample);
  return correct === null ? null : Number(correct);
}

export function answer({ completions, samples }: RewardBatch): (number | null)[] {
  return completions.map((text, i) => answerScore(text, samples[i]));
}
