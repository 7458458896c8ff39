/** What sampling paths and rolling out their steps have in common. */
import type { Completion, Sample, SamplingParams } from '../data/index.js';
import type { OmniModel } from '../omni/index.js';
import { type AnswerRule, type Protocol, type ProtocolOption, protocolOf } from '../rewards/index.js';
import { shown } from '../runtime/index.js';
import { kinds, required } from '../tensor/index.js';

/** What is sampled from: `OmniModel` has it. */
export type SampledModel = Pick<OmniModel, 'graph' | 'prepare' | 'samplePrompts' | 'finalAnswers'>;

/** How solutions are drawn, and when their answers are right. Defaults: temperature 1, topP 0.9, 512 new tokens, seed 0. */
export interface SolutionSettings
  extends AnswerRule,
    Partial<Pick<SamplingParams, 'temperature' | 'topP' | 'topK' | 'minP' | 'maxNewTokens' | 'seed'>> {
  /** How solutions are asked for: by 'steps', reasoning and answer in one turn, or by 'twoTurn'. Default 'steps'. */
  protocol?: ProtocolOption;
}

export interface RecordsOptions<R> {
  samples: readonly Sample[];
  /** Hears of each sample, in their order, once its records are whole, and is waited for. */
  onRecords?: (records: readonly R[], progress: { done: number; total: number }) => void | Promise<void>;
  /** Ends the call with the signal's reason. */
  signal?: AbortSignal;
}

export interface SolutionOptions<R> extends SolutionSettings, RecordsOptions<R> {
  model: SampledModel;
}

export const recordsKinds = {
  samples: required(kinds.list),
  onRecords: kinds.function,
  signal: kinds.abortSignal,
};

/** Without `by` and `judge`, which the answer reward checks. */
export const solutionKinds = {
  ...recordsKinds,
  model: required(kinds.object),
  temperature: kinds.notNegative,
  topP: kinds.fraction,
  topK: kinds.count,
  minP: kinds.fraction,
  maxNewTokens: kinds.countFrom1,
  seed: kinds.seed,
  protocol: kinds.passedOn,
  by: kinds.passedOn,
  judge: kinds.passedOn,
};

/** Protocols with steps of reasoning. */
export const reasoningProtocols = ['steps', 'twoTurn'] as const;

/** @throws TypeError and RangeError for a protocol without steps */
export function reasoningProtocol(op: string, option: ProtocolOption = 'steps'): Protocol {
  const protocol = protocolOf(option, op);
  if ((reasoningProtocols as readonly string[]).includes(protocol.name)) return protocol;
  throw new RangeError(
    `${op}: protocol: expected one with steps of reasoning, ${reasoningProtocols.join(' or ')}, got '${protocol.name}'`,
  );
}

/** What follows a path that has ended. */
export const nothingMore: Completion = { text: '', ids: [], logprobs: [], finishReason: 'stop' };

/** The params of the sampler. */
export function samplingOf({
  temperature = 1,
  topP = 0.9,
  topK = 0,
  minP = 0,
  maxNewTokens = 512,
  seed = 0,
}: SolutionSettings) {
  return { temperature, topP, topK, minP, maxNewTokens, seed };
}

/** @throws TypeError for what is no sample, RangeError where two have one id */
export function samplesById(op: string, samples: readonly Sample[]): Map<string, Sample> {
  const byId = new Map<string, Sample>();
  for (const [i, sample] of samples.entries()) {
    if (typeof sample?.id !== 'string')
      throw new TypeError(
        `${op}: samples[${i}]: expected a sample { id, question, video, ... } with a text as id, got ${shown(sample)}`,
      );
    if (byId.has(sample.id))
      throw new RangeError(
        `${op}: samples: two have the id '${sample.id}'; expected an id of its own for each`,
      );
    byId.set(sample.id, sample);
  }
  return byId;
}

/** The sample of paths. @throws RangeError where it is missing */
export function sampleOfPaths(op: string, byId: ReadonlyMap<string, Sample>, id: string): Sample {
  const sample = byId.get(id);
  if (sample !== undefined) return sample;
  throw new RangeError(`${op}: paths: sample '${id}' is not among the samples; give those of all paths`);
}
