// The completions of a stage as the page's browser of rollouts takes them, with the samples that they answer.

import type { CompletionRecord, CompletionsByStep } from '../train/index.js';
import type { ClipSource } from './media.js';
import { type KnownData, sampleView } from './sample-view.js';
import type { RolloutsView, StepRollouts } from './view.js';

/** A page that is a file has the newest steps and others at equal distances, up to so many and so many characters. */
const newestSteps = 8;
const earlierSteps = 16;
const maxCharacters = 6 << 20;

/** All steps, for a page that asks for each. */
export function listedRollouts({ steps }: CompletionsByStep): RolloutsView | null {
  return steps.length === 0
    ? null
    : { steps: steps.map(({ step }) => step), written: steps.length, embedded: [] };
}

/** Some steps inside the page, the newest first as long as there is room. */
export function embeddedRollouts(
  file: CompletionsByStep,
  data: KnownData,
  clips: ClipSource,
): RolloutsView | null {
  const all = file.steps.map(({ step }) => step);
  if (all.length === 0) return null;
  const embedded: StepRollouts[] = [];
  let characters = 0;
  for (const step of chosenSteps(all).toReversed()) {
    const records = file.read(step);
    characters += records.reduce((sum, { completion }) => sum + 2 * completion.length + 300, 0);
    if (embedded.length > 0 && characters > maxCharacters) break;
    embedded.unshift(stepRollouts(step, records, data, clips));
  }
  return { steps: embedded.map(({ step }) => step), written: all.length, embedded };
}

/** Of a list of steps in their order: the newest, and earlier ones at equal distances from the first on. */
function chosenSteps(steps: readonly number[]): number[] {
  if (steps.length <= newestSteps + earlierSteps) return [...steps];
  const earlier = steps.slice(0, -newestSteps);
  const chosen = Array.from(
    { length: earlierSteps },
    (_, i) => earlier[Math.floor((i * earlier.length) / earlierSteps)],
  );
  return [...chosen, ...steps.slice(-newestSteps)];
}

export function stepRollouts(
  step: number,
  records: readonly CompletionRecord[],
  data: KnownData,
  clips: ClipSource,
): StepRollouts {
  const ids = [...new Set(records.map(({ sample }) => sample))];
  const samples = ids.flatMap((id) => {
    const sample = data.samples.get(id);
    return sample === undefined ? [] : [[id, sampleView(sample, data, clips)] as const];
  });
  return {
    step,
    completions: records.map(({ step: _, ...record }) => record),
    samples: Object.fromEntries(samples),
  };
}
