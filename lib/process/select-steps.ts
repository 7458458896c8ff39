/** Contrastive step selection: the steps of a path that depend most on what the model sees and hears. */
import { checkPaths, endOfStep, nameSamples, type PathRecord, type Sample } from '../data/index.js';
import type { OmniModel } from '../omni/index.js';
import { instructed, type ProtocolOption } from '../rewards/index.js';
import { EncodedMedia } from '../rollout/index.js';
import { groupBy } from '../runtime/index.js';
import { checkOptions, kinds, oneOf, required, scope } from '../tensor/index.js';
import { type Perturbation, perturbations } from './perturb.js';
import {
  type RecordsOptions,
  reasoningProtocol,
  recordsKinds,
  sampleOfPaths,
  samplesById,
} from './sampling.js';
import { stepDivergences } from './step-divergence.js';

export interface SelectStepsOptions extends RecordsOptions<PathRecord> {
  /** The one that sampled the paths. */
  model: Pick<OmniModel, 'graph' | 'prepare' | 'encodePart'>;
  paths: readonly PathRecord[];
  /** By which the paths were asked for. Default 'steps'. */
  protocol?: ProtocolOption;
  /** What the clean input is compared with. */
  perturb: Perturbation;
  /** Steps of each path that are selected, at most. Default 3. */
  top?: number;
  /** Of noise and of the frames that are dropped. Default 0. */
  seed?: number;
  /** Samples whose paths are compared together. Default 8. */
  batchSize?: number;
}

const optionKinds = {
  ...recordsKinds,
  model: required(kinds.object),
  paths: required(kinds.list),
  protocol: kinds.passedOn,
  perturb: required(oneOf(...perturbations)),
  top: kinds.countFrom1,
  seed: kinds.seed,
  batchSize: kinds.countFrom1,
};

/**
 * The paths, in their order, with the divergence of each step between the clean and the perturbed input, teacher-forced, and
 * with the steps of the largest ones. A step is closed by its mark: what follows the last mark has a divergence, and is not
 * selected. Of equal divergences the earlier step comes first.
 * @throws RangeError naming a sample that is missing, or that does not show what would be perturbed
 */
export async function selectSteps(options: SelectStepsOptions): Promise<PathRecord[]> {
  checkOptions('selectSteps', options, optionKinds);
  const { samples, paths, batchSize = 8, onRecords, signal } = options;
  checkPaths('selectSteps', paths);
  reasoningProtocol('selectSteps', options.protocol);
  const groups = groupsOf(samples, paths);
  const done = new Map<PathRecord, PathRecord>();
  for (let first = 0; first < groups.length; first += batchSize) {
    const batch = groups.slice(first, first + batchSize);
    const records = await scope(() => selectedIn(batch, options)).catch((error) => {
      throw nameSamples(
        error,
        batch.map(({ sample }) => sample),
      );
    });
    for (const [i, group] of batch.entries()) {
      for (const [p, path] of group.paths.entries()) done.set(path, records[i][p]);
      await onRecords?.(records[i], { done: first + i + 1, total: groups.length });
      signal?.throwIfAborted();
    }
  }
  return paths.map((path) => done.get(path) as PathRecord);
}

interface Group {
  sample: Sample;
  paths: PathRecord[];
}

/** The samples that have paths, in their order. */
function groupsOf(samples: readonly Sample[], paths: readonly PathRecord[]): Group[] {
  const byId = samplesById('selectSteps', samples);
  const pathsOf = groupBy(paths, ({ sampleId }) => sampleId);
  for (const id of pathsOf.keys()) sampleOfPaths('selectSteps', byId, id);
  return samples.flatMap((sample) => {
    const own = pathsOf.get(sample.id);
    return own === undefined ? [] : { sample, paths: own };
  });
}

async function selectedIn(
  batch: readonly Group[],
  { model, protocol, perturb, top = 3, seed = 0, signal }: SelectStepsOptions,
): Promise<PathRecord[][]> {
  const asks = reasoningProtocol('selectSteps', protocol);
  const { av } = await model.prepare(
    batch.map(({ sample }) => instructed(sample, asks)),
    { views: ['av'] },
  );
  const divergences = await stepDivergences(
    { graph: model.graph, encodePart: (step) => model.encodePart(step) },
    batch.map(({ paths }, i) => ({ prompt: av[i], paths: paths.map(({ path }) => path) })),
    { perturb, seed, media: new EncodedMedia(model.graph), signal },
  );
  return batch.map(({ paths }, i) =>
    paths.map((path, p) => {
      const divergence = divergences[i][p];
      return { ...path, divergence, selected: largest(path.path, divergence, top) };
    }),
  );
}

/** The `most` closed steps with the largest divergences, largest first. @param end after the last step that counts */
export function largest(
  path: readonly string[],
  divergence: readonly number[],
  most: number,
  first = 0,
  end = path.length,
): number[] {
  return [...path.keys()]
    .filter((step) => step >= first && step < end && path[step].endsWith(endOfStep))
    .sort((a, b) => divergence[b] - divergence[a] || a - b)
    .slice(0, most);
}
