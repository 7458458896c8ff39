// The necessity reward of OmniSeek (arXiv 2610.02181): a right answer earns what its completion needs of both tracks,
//
//     r = c x min(max(0, n_A), max(0, n_V))          (c = 1 for a right answer, else 0)
//
// where n is by how much the mean log-likelihood of the completion's tokens falls when that track is hidden.

import { checkOptions, kinds, required } from '../tensor/index.js';
import { isCorrect } from './answer-score.js';
import { unlessFailed } from './judge.js';
import type { RewardBatch, RewardFunc, Scores } from './types.js';

/** By how much the mean log-likelihood of a completion's tokens falls when a track is hidden; NaN: not known. */
export interface Necessity {
  audio: number;
  video: number;
}

export interface NecessityRewardOptions {
  /** One result a completion. `judges.necessity` makes it. */
  score: (batch: RewardBatch) => Promise<Necessity[]>;
}

export const necessityRewardKinds = { score: required(kinds.function) };

/** NaN for a right answer where `score` failed. Samples without a reference answer are not scored. */
export function necessityReward(options: NecessityRewardOptions): RewardFunc {
  checkOptions('necessityReward', options, necessityRewardKinds);
  const { score } = options;
  return async function necessity(batch: RewardBatch): Promise<Scores> {
    const { completions, samples, signal } = batch;
    const found = await unlessFailed(score, 'necessity reward: score', samples, signal, () => score(batch));
    if (found !== null && found?.length !== completions.length)
      throw new Error(
        `score returned ${Array.isArray(found) ? found.length : typeof found} for ${completions.length} completions; ` +
          'expected an array of one { audio, video } for each',
      );
    return completions.map((text, i) => {
      const correct = isCorrect(text, samples[i]);
      if (!correct) return correct === null ? null : 0;
      const { audio, video } = found?.[i] ?? { audio: Number.NaN, video: Number.NaN };
      return Math.min(Math.max(0, audio), Math.max(0, video));
    });
  };
}
