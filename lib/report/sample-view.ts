// A sample as the page shows it, beside what a model wrote to it.

import type { ClipSource } from './media.js';
import type { KnownSample } from './sample-files.js';
import type { SampleView } from './view.js';

/** What the samples of a run are known from. */
export interface KnownData {
  samples: ReadonlyMap<string, KnownSample>;
  /** Without links: clips below these are shown. */
  mediaFolders: readonly string[];
}

export function sampleView({ sample, folders }: KnownSample, data: KnownData, clips: ClipSource): SampleView {
  const { question, options = [], answer = null, spans = [], kind = null } = sample;
  const file = sample.video ?? sample.audio ?? null;
  return {
    ...{ question, options, answer, spans, kind },
    clip: file === null ? null : clips.show(file, [...data.mediaFolders, ...folders]),
  };
}
