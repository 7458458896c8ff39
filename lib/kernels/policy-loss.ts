/** The policy losses of the GRPO family over packed completions: loss, gradient and metrics in one pass. */

import {
  checkOptions,
  kinds,
  type OptionKind,
  oneOf,
  required,
  scope,
  type Tensor,
  torch,
} from '../tensor/index.js';
import type { LossSettings } from './loss-fields.js';
import { optionKindsOf } from './loss-options.js';
import {
  defaultPolicyLoss,
  policyFields,
  policyLosses,
  policyMetrics,
  policyTerms,
} from './policy-losses.js';

export type PolicyLossType = keyof typeof policyLosses;

export const policyLossTypes = Object.keys(policyLosses) as [PolicyLossType, ...PolicyLossType[]];

/** Settings of a policy loss; policyFields has their ranges and defaults. */
export type PolicyLossSettings = LossSettings<typeof policyFields>;

export interface PolicyLossOptions extends PolicyLossSettings {
  /** Default 'dapo'. */
  type?: PolicyLossType;
  /** [B], or [total] for one a token. */
  advantages: Tensor;
  /** int64 [B + 1]: completion b owns tokens cuSeqlens[b] to cuSeqlens[b + 1]. */
  cuSeqlens: Tensor;
  /** [total] under the policy that is improved upon. Default: logp itself, detached (ratio 1). */
  oldLogp?: Tensor | null;
  /** [total] under the reference policy; needed when beta is not 0. */
  refLogp?: Tensor | null;
  /** [total] as the sampler gave them; NaN = the sampler gave none for this token. */
  samplerLogp?: Tensor | null;
  /** [total], not 0 = in the loss. Default: all. What stands at other tokens is never looked at. */
  mask?: Tensor | null;
  /** [total] in nats; may carry a gradient for the entropy bonus. */
  entropy?: Tensor | null;
}

/** @internal */
export const policyOptionKinds: Readonly<Record<keyof PolicyLossOptions, OptionKind>> = {
  type: oneOf(...policyLossTypes),
  advantages: required(kinds.tensor),
  cuSeqlens: required(kinds.tensor),
  oldLogp: kinds.passedOn,
  refLogp: kinds.passedOn,
  samplerLogp: kinds.passedOn,
  mask: kinds.passedOn,
  entropy: kinds.passedOn,
  ...optionKindsOf(policyFields),
};

export interface PolicyLoss {
  /** Scalar, differentiable (once) in logp and entropy. With global counts, the losses of micro-batches add up to the batch's. */
  loss: Tensor;
  /**
   * Detached scalars under TRL's names: `kl` (the bare estimate) where there is refLogp, `entropy` where it was given,
   * `clip_ratio/{low_mean,low_min,high_mean,high_max,region_mean}` or `cispo_clip_ratio` or `vespo/phi_seq_mean` by type,
   * `sampling/sampling_logp_difference/{mean,max}` and `sampling/importance_sampling_ratio/{min,mean,max}` where there is
   * samplerLogp. Means over the tokens in the loss; over sequences where a sequence has one ratio.
   */
  metrics: Record<string, Tensor>;
}

type Metric = (typeof policyMetrics)[number];

const samplingMetrics = (prefix: string): Record<string, Metric> =>
  Object.fromEntries(policyMetrics.filter((name) => name.startsWith(prefix)).map((name) => [name, name]));
const differenceMetrics = samplingMetrics('sampling/sampling_logp_difference/');
const correctionMetrics = samplingMetrics('sampling/importance_sampling_ratio/');

/**
 * Each token's policy term, weighted and masked, plus beta times its KL estimate, joined by the type's aggregation. The
 * table in policy-losses.ts has the formula of each type. Log-ratios are masked before exp and bounded to +-20 (no
 * gradient beyond); a log-probability of -Infinity counts as that of the smallest number. On the CPU only;
 * algorithms.policyLoss takes the reference form elsewhere.
 *
 * @param logp [total]: log-probability of each completion token under the policy, completions end to end; float32 or
 * float64 arithmetic
 * @throws TypeError for unknown options, RangeError for values out of range, TorchError naming the argument, its value and
 * what was expected
 */
export function policyLoss(logp: Tensor, options: PolicyLossOptions): PolicyLoss {
  checkOptions('policyLoss', options, policyOptionKinds);
  const { advantages, cuSeqlens, oldLogp, refLogp, samplerLogp, mask, entropy, ...settings } = options;
  const named = Object.entries(settings).filter(([, value]) => value !== undefined);
  return scope(() => {
    const [loss, values] = torch.ops.earsight.policy_loss(
      logp,
      advantages,
      cuSeqlens,
      oldLogp ?? null,
      refLogp ?? null,
      samplerLogp ?? null,
      mask ?? null,
      entropy ?? null,
      Object.fromEntries(named),
    ) as [Tensor, Tensor];
    const metrics = Object.entries(metricsOf(options)).map(([name, metric]) => [
      name,
      values.select(0, policyMetrics.indexOf(metric)),
    ]);
    return { loss, metrics: Object.fromEntries(metrics) };
  });
}

/** The names of what is reported, and which of the operator's metrics each is. */
function metricsOf(options: PolicyLossOptions): Record<string, Metric> {
  const { type = defaultPolicyLoss, importanceCorrection = 'none' } = options;
  const term = policyTerms[policyLosses[type].term];
  return {
    ...(options.refLogp && { kl: 'kl' }),
    ...(options.entropy && { entropy: 'entropy' }),
    ...('metrics' in term && term.metrics),
    ...(options.samplerLogp && differenceMetrics),
    ...(importanceCorrection !== 'none' && correctionMetrics),
  };
}
