/** Solutions of questions, sampled and compared with the reference answers. */
import { nameSamples, type PathRecord, type Sample, splitSteps } from '../data/index.js';
import { instructed } from '../rewards/index.js';
import { EncodedMedia } from '../rollout/index.js';
import { checkOptions, kinds, scope } from '../tensor/index.js';
import { outcomeScorer, type ScoreOutcomes } from './outcomes.js';
import {
  reasoningProtocol,
  type SolutionOptions,
  samplesById,
  samplingOf,
  solutionKinds,
} from './sampling.js';

export interface SamplePathsOptions extends SolutionOptions<PathRecord> {
  /** Paths of each sample. Default 10. */
  numPaths?: number;
  /** Samples whose paths are sampled together. Default 8. */
  batchSize?: number;
}

export const samplePathsKinds = { ...solutionKinds, numPaths: kinds.countFrom1, batchSize: kinds.countFrom1 };

/**
 * `numPaths` solutions of each sample. Path i has the seed `seed + i`: it is what `generate` gives for the sample with that
 * seed and the same params, whatever else is sampled. A path whose judge failed is left out.
 * @throws RangeError naming a sample whose answer cannot be compared with
 */
export async function samplePaths(options: SamplePathsOptions): Promise<PathRecord[]> {
  checkOptions('samplePaths', options, samplePathsKinds);
  const { samples, batchSize = 8, onRecords, signal } = options;
  samplesById('samplePaths', samples);
  reasoningProtocol('samplePaths', options.protocol);
  const score = await outcomeScorer('samplePaths', options, samples);
  const paths: PathRecord[] = [];
  for (let first = 0; first < samples.length; first += batchSize) {
    const batch = samples.slice(first, first + batchSize);
    const groups = await scope(() => pathsOf(batch, score, options)).catch((error) => {
      throw nameSamples(error, batch);
    });
    for (const [i, records] of groups.entries()) {
      for (const record of records) paths.push(record);
      await onRecords?.(records, { done: first + i + 1, total: samples.length });
      signal?.throwIfAborted();
    }
  }
  return paths;
}

/** The paths of each sample. */
async function pathsOf(
  batch: readonly Sample[],
  score: ScoreOutcomes,
  { model, numPaths = 10, signal, ...settings }: SamplePathsOptions,
): Promise<PathRecord[][]> {
  const params = samplingOf(settings);
  const protocol = reasoningProtocol('samplePaths', settings.protocol);
  const media = new EncodedMedia(model.graph);
  const asked = batch.map((sample) => instructed(sample, protocol));
  const { av } = await model.prepare(asked, { views: ['av'] });
  const places = batch.flatMap((sample, b) =>
    Array.from({ length: numPaths }, (_, i) => ({ sample, prompt: av[b], seed: params.seed + i })),
  );
  const prompts = places.map(({ prompt }) => prompt);
  const seeds = places.map(({ seed }) => seed);
  const sampled = await model.samplePrompts(prompts, params, { seeds, media, signal });
  signal?.throwIfAborted();
  const answered = await model.finalAnswers(prompts, sampled, { protocol, media, signal });
  signal?.throwIfAborted();
  const outcomes = await score(
    answered.map(([{ scored }]) => scored),
    places.map(({ sample }) => sample),
    signal,
  );
  signal?.throwIfAborted();
  const records = places.flatMap(({ sample, seed }, i): PathRecord[] => {
    const [{ text, ids, answer, reply }] = answered[i];
    const correct = outcomes[i];
    if (correct === null) return [];
    const tokens = ids.length + (reply?.ids.length ?? 0);
    return [{ sampleId: sample.id, seed, path: splitSteps(text), answer: answer ?? '', correct, tokens }];
  });
  return batch.map(({ id }) => records.filter(({ sampleId }) => sampleId === id));
}
