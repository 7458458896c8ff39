/**
 * Whether a model has learned anything: its answers compared with the best guess that needs no clip. A model that does not
 * beat the guess has not used its tracks, and further training from it would be on noise.
 */
import { clipKey, type Sample } from '../data/index.js';
import { targetCaptions } from '../rewards/index.js';
import type { Answered } from './accuracy.js';
import { clusteredMean, type Gain } from './gain.js';
import type { CaptioningModel } from './model.js';

/** `mean`, `low` and `high` are those of the difference between the model and the guess. */
export interface Learning extends Gain {
  /** Fraction of right answers, in [0, 1]. */
  accuracy: number;
  /** What guessing from the text alone is expected to get right. */
  chance: number;
  /** Clips behind the answers. */
  clips: number;
}

/** Answers about fewer clips do not distinguish chance from learning. */
const enoughClips = 20;

/**
 * Whether the answers are no better than guesses: the 95 % interval of the difference includes zero. Null where they
 * cannot show it: about fewer than 20 clips, or where nothing is ever exactly right, as with answers in free words.
 */
export function isAtChance({ low, clips, accuracy, chance }: Learning): boolean | null {
  if (clips < enoughClips || (accuracy === 0 && chance === 0)) return null;
  return low <= 0;
}

/** Prompts sampled at once. */
const batchSize = 192;

interface Trial {
  sample: Sample;
  correct: boolean;
  /** Probability that the guess is right. */
  chance: number;
}

/**
 * Answers to questions beside guessing: one of the options at random or, where there are none, the answer that is most
 * common for the same question in `train`. One view only.
 */
export function answerLearning(answered: readonly Answered[], train: readonly Sample[]): Learning {
  const guess = commonest(train, ({ answer }) => answer);
  return learning(
    answered.map(({ sample, correct }) => ({
      sample,
      correct,
      chance: sample.options ? 1 / sample.options.length : Number(guess(sample) === sample.answer),
    })),
  );
}

/** Greedy captions with their times beside the captions that are most common for the same question in `train`. */
export async function captionLearning(
  model: CaptioningModel,
  samples: readonly Sample[],
  train: readonly Sample[],
): Promise<Learning> {
  const targets = samples.map(targetCaptions);
  const maxNewTokens = targets.reduce((most, text) => Math.max(most, model.encodeCompletion(text).length), 1);
  const guess = commonest(train, targetCaptions);
  const trials: Trial[] = [];
  for (let start = 0; start < samples.length; start += batchSize) {
    const batch = samples.slice(start, start + batchSize);
    const completions = await model.generateBatch(batch, { maxNewTokens, temperature: 0 });
    for (const [i, sample] of batch.entries()) {
      const target = targets[start + i];
      trials.push({
        sample,
        correct: completions[i][0].text.trim() === target,
        chance: Number(guess(sample) === target),
      });
    }
  }
  return learning(trials);
}

function learning(trials: readonly Trial[]): Learning {
  const mean = (value: (trial: Trial) => number): number =>
    trials.reduce((sum, trial) => sum + value(trial), 0) / trials.length;
  return {
    ...clusteredMean(
      trials.map(({ sample, correct, chance }) => ({
        clip: clipKey(sample),
        change: Number(correct) - chance,
      })),
    ),
    accuracy: mean(({ correct }) => Number(correct)),
    chance: mean(({ chance }) => chance),
    clips: new Set(trials.map(({ sample }) => clipKey(sample))).size,
  };
}

/** For a sample, the text that is most common among samples with its question; the first among equals. */
function commonest(
  train: readonly Sample[],
  textOf: (sample: Sample) => string | undefined,
): (sample: Sample) => string | undefined {
  const counts = new Map<string, Map<string, number>>();
  for (const sample of train) {
    const text = textOf(sample);
    if (text === undefined) continue;
    const texts = counts.get(sample.question) ?? new Map<string, number>();
    counts.set(sample.question, texts.set(text, (texts.get(text) ?? 0) + 1));
  }
  const best = new Map(
    [...counts].map(([question, texts]) => [
      question,
      [...texts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0],
    ]),
  );
  return ({ question }) => best.get(question);
}
