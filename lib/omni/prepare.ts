/** Prompts of samples in several views at once: what views and questions have in common is made once. */
import type { Prompt, PromptRoot } from '../batch/index.js';
import { allViews, hasMedia, type Sample, type View } from '../data/index.js';
import { streamKey, uniformAt } from '../rollout/index.js';
import { shown } from '../runtime/index.js';
import { checkOptions, type Device, kinds, listOf, oneOf, required } from '../tensor/index.js';
import { onSample } from './clip-error.js';
import type { ClipFeatures } from './clip-store.js';
import type { ClipTracks } from './clip-tracks.js';
import type { Processor } from './processor.js';
import type { Preface } from './prompt-text.js';

export interface PrepareOptions<V extends View = View> {
  views: readonly V[];
  /** For each sample, how often the training has sampled it before: other completions each time. Default 0 each. */
  occurrences?: readonly number[];
  /** Of the order of the frames in the view 'shuffled'. Default 0. */
  seed?: number;
}

const optionKinds = {
  views: required(listOf(oneOf(...allViews))),
  occurrences: kinds.list,
  seed: kinds.seed,
};

/** @param shown the views that the model can show @throws TypeError and RangeError naming the option at fault */
export function checkPrepare(
  samples: readonly Sample[],
  options: PrepareOptions,
  shown: readonly View[],
): void {
  checkOptions('prepare', options, optionKinds);
  const missing = options.views.find((view) => !shown.includes(view));
  if (missing !== undefined)
    throw new RangeError(
      `prepare: views: the model takes no video and no audio: expected ${shown.join(' or ')}, got '${missing}'`,
    );
  if (options.occurrences !== undefined) checkOccurrences('prepare', samples, options.occurrences);
}

/** @throws TypeError and RangeError */
export function checkOccurrences(
  op: string,
  samples: readonly Sample[],
  occurrences: readonly number[],
): void {
  if (!Array.isArray(occurrences) || occurrences.length !== samples.length)
    throw new TypeError(
      `${op}: occurrences: expected a list of ${samples.length} numbers, one a sample, got ${shown(occurrences)}`,
    );
  const wrong = occurrences.find((n) => !Number.isSafeInteger(n) || n < 0);
  if (wrong !== undefined)
    throw new RangeError(`${op}: occurrences: expected integers >= 0, got ${shown(wrong)}`);
}

/**
 * Prompts by view. Those of one clip, view and system message have a root in common, those of one clip its tracks; a shuffled
 * clip belongs to one sample.
 * @param clips of the samples; the same object for the same clip
 */
export function preparePrompts<V extends View>(
  processor: Processor,
  samples: readonly (Sample & Preface)[],
  clips: readonly ClipFeatures[],
  { views, occurrences, seed = 0 }: PrepareOptions<V>,
  device: Device,
): Record<V, Prompt[]> {
  const tracks = new Map(clips.map((clip) => [clip, processor.tracks(clip, device)]));
  const inView = (view: V): Prompt[] => {
    const roots = new SharedRoots();
    return samples.map((sample, i) => {
      const occurrence = occurrences?.[i] ?? 0;
      const order = (count: number) =>
        shuffledOrder(count, streamKey(seed, sample.id, 0, occurrence, shuffling));
      const clip = tracks.get(clips[i]) as ClipTracks;
      const root = roots.of(view === 'none' ? view : view === 'shuffled' ? i : clips[i], sample, () =>
        onSample(sample, () => processor.root(clip, view, sample, order)),
      );
      const question = onSample(sample, () => processor.question(sample, clip, view));
      const prompt = processor.prompt(sample, root, question, occurrence);
      return hasMedia(sample) ? { ...prompt, duration: clips[i].duration } : prompt;
    });
  };
  return Object.fromEntries(views.map((view) => [view, inView(view)])) as Record<V, Prompt[]>;
}

/** Roots by what they show, their system message and tools. */
class SharedRoots {
  private readonly roots = new Map<unknown, Map<string, PromptRoot>>();

  of(media: unknown, { system, tools }: Preface, make: () => PromptRoot): PromptRoot {
    const byPreface = this.roots.get(media) ?? new Map<string, PromptRoot>();
    this.roots.set(media, byPreface);
    const key = JSON.stringify([system, tools]);
    const root = byPreface.get(key) ?? make();
    byPreface.set(key, root);
    return root;
  }
}

/** Stream of the numbers that order frames; those of completions have others. */
const shuffling = 0x5f3759df;

/** Fisher and Yates' shuffle. */
function shuffledOrder(count: number, key: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(uniformAt(key, i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
