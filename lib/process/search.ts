/** Answers by search over steps: what video-SALMONN-o1 compares preference training with. */
import { nameSamples, type Sample, type SamplingParams } from '../data/index.js';
import type { ProtocolOption } from '../rewards/index.js';
import { checkOption, checkOptions, kinds, oneOf, required, scope } from '../tensor/index.js';
import { beamSearch } from './beam-search.js';
import { contrastiveSearch } from './contrastive-search.js';
import { type PathScorer, type StepReduction, stepReductions } from './path-scorer.js';
import { type Perturbation, perturbations } from './perturb.js';
import { type RecordsOptions, reasoningProtocol, recordsKinds, samplesById, samplingOf } from './sampling.js';
import { type SearchSettings, SearchTask } from './search-task.js';

/** Defaults of the sampling of steps: temperature 1, topP 0.9, 64 tokens a step, seed 0. */
export interface SearchOptions
  extends RecordsOptions<SearchResult>,
    Partial<Pick<SamplingParams, 'temperature' | 'topP' | 'topK' | 'minP' | 'seed'>> {
  model: SearchSettings['model'];
  /** How answers are asked for: 'steps', reasoning and answer in one turn, or 'twoTurn'. Default 'steps'. */
  protocol?: ProtocolOption;
  /**
   * - 'beam': the `beam` best paths are kept after each step, by the scorer, and `beam` further steps are sampled after each.
   * - 'contrastiveDfs': from the likeliest path on, at each step in turn `beam` - 1 others are proposed and completed by the
   *   likeliest continuation; the best path is gone on with.
   */
  kind: 'beam' | 'contrastiveDfs';
  /** Default 4; of 'contrastiveDfs' at least 2. */
  beam?: number;
  /** Steps at which others are sampled, at most. Default 10. */
  maxDepth?: number;
  /** Needed by 'beam'. Without it 'contrastiveDfs' takes the path with the highest log-probability, a sum over its tokens. */
  scorer?: PathScorer;
  /** How the scores of steps make one of the path. Default 'product'. */
  reduction?: StepReduction;
  /** 'contrastiveDfs': what selects the steps at which others are proposed (see `selectSteps`). Left out: all of them. */
  perturb?: Perturbation;
  /** With `perturb`: steps that are selected, at most. Default 3. */
  top?: number;
  /** Longest step that is sampled; one that is cut off is no step. Default 64. */
  maxStepTokens?: number;
  /** Longest completion of a path. Default 512. */
  maxNewTokens?: number;
  /** Samples that are searched together. Default 8. */
  batchSize?: number;
}

export interface SearchResult {
  sampleId: string;
  path: string[];
  /** '' where the path gives none. */
  answer: string;
  /** Of the path: by the scorer, or its log-probability. */
  score: number;
  /** That were sampled for all branches. */
  tokens: number;
}

const optionKinds = {
  ...recordsKinds,
  model: required(kinds.object),
  protocol: kinds.passedOn,
  kind: required(oneOf('beam', 'contrastiveDfs')),
  beam: kinds.countFrom1,
  maxDepth: kinds.countFrom1,
  scorer: kinds.function,
  reduction: oneOf(...stepReductions),
  perturb: oneOf(...perturbations),
  top: kinds.countFrom1,
  temperature: kinds.notNegative,
  topP: kinds.fraction,
  topK: kinds.count,
  minP: kinds.fraction,
  seed: kinds.seed,
  maxStepTokens: kinds.countFrom1,
  maxNewTokens: kinds.countFrom1,
  batchSize: kinds.countFrom1,
};

/**
 * The best path of each sample. The clip of a sample passes the towers once, and what its branches have in common passes the
 * decoder once in each round of the search.
 * @throws TypeError and RangeError naming the option at fault
 */
export async function search(options: SearchOptions): Promise<SearchResult[]> {
  checkOptions('search', options, optionKinds);
  checkKind(options);
  const { samples, batchSize = 8, onRecords, signal } = options;
  samplesById('search', samples);
  reasoningProtocol('search', options.protocol);
  const results: SearchResult[] = [];
  for (let first = 0; first < samples.length; first += batchSize) {
    const batch = samples.slice(first, first + batchSize);
    const found = await scope(() => searched(batch, options)).catch((error) => {
      throw nameSamples(error, batch);
    });
    for (const [i, result] of found.entries()) {
      results.push(result);
      await onRecords?.([result], { done: first + i + 1, total: samples.length });
      signal?.throwIfAborted();
    }
  }
  return results;
}

/** Options of the other kind are refused. */
function checkKind({ kind, beam = 4, scorer, reduction, perturb, top }: SearchOptions): void {
  const refused = (name: string, value: unknown, needs: string): void => {
    if (value !== undefined) throw new RangeError(`search: ${name}: ${needs}; leave it out`);
  };
  if (kind === 'beam') {
    checkOption('search', 'scorer', scorer, required(kinds.function));
    refused('perturb', perturb, "applies to kind 'contrastiveDfs'");
  } else if (beam < 2) {
    throw new RangeError(`search: beam: expected at least 2 for kind 'contrastiveDfs', got ${beam}`);
  }
  if (perturb === undefined) refused('top', top, 'needs perturb');
  if (scorer === undefined) refused('reduction', reduction, 'needs a scorer');
}

async function searched(batch: readonly Sample[], options: SearchOptions): Promise<SearchResult[]> {
  const { model, kind, beam = 4, maxDepth = 10, perturb, top = 3 } = options;
  const { scorer, reduction = 'product', maxStepTokens = 64, signal } = options;
  const { maxNewTokens, ...sampling } = samplingOf(options);
  const protocol = reasoningProtocol('search', options.protocol);
  const settings = { model, protocol, sampling, maxStepTokens, maxNewTokens, scorer, reduction, signal };
  const task = await SearchTask.of(batch, settings);
  const paths =
    kind === 'beam'
      ? await beamSearch(task, beam, maxDepth)
      : await contrastiveSearch(task, { beam, maxDepth, perturb, top });
  const answers = await task.answers(paths);
  return paths.map(({ sample, steps, score }, i) => ({
    sampleId: batch[sample].id,
    path: [...steps],
    answer: answers[i],
    score,
    tokens: task.tokens[sample],
  }));
}
